// @vitest-environment happy-dom
import { renderToString } from 'react-dom/server'
import { expect, test } from 'vitest'
import { PullCommand } from './pull-command.tsx'

const commandFor = (platform: string | undefined) =>
  /<code>(.*)<\/code>/.exec(renderToString(<PullCommand reference="host/a:1" platform={platform} />))?.[1]

test.each(['linux/amd64', 'linux/arm64/v8', 'windows/amd64'])('%s is asked for by name', (platform) => {
  expect(commandFor(platform)).toBe(`docker pull --platform ${platform} host/a:1`)
})

test.each([
  undefined,
  'unnamed',
  'linux/amd64 #2',
  'windows/amd64 (10.0.1)',
  'linux/amd64;rm -rf ~',
  'linux/$(id)',
  'linux/`id`',
  'linux/amd64\nid',
  'linux/amd64\n',
  '-x/y z',
])('%j is left out: it is pasted into a shell', (platform) => {
  expect(commandFor(platform)).toBe('docker pull host/a:1')
})
