// Real clients through Gantry, which uses its service account for them.

import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { ACCOUNTS } from './accounts.ts'
import { run } from './processes.ts'
import { type Gantry, missingTools, STACKS, type Stack, startStack } from './registries.ts'
import { writeDockerConfig } from './seed.ts'
import { tool } from './tools.ts'

interface World {
  readonly stack: Stack
  readonly gantry: Gantry
  readonly folder: string
}
const name = STACKS[1]
const test = base.extend<object, { world: World }>({
  world: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const stack = await startStack(name)
      const gantry = await stack.startGantry({
        REGISTRY_USERNAME: 'admin',
        REGISTRY_PASSWORD: ACCOUNTS.admin.password,
      })
      const folder = mkdtempSync(join(tmpdir(), 'gantry-clients-'))
      await use({ stack, gantry, folder })
      rmSync(folder, { recursive: true })
      await stack.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
})
const missing = missingTools(name)
test.skip(missing.length > 0, `needs ${missing.join(', ')}`)
const hostOf = ({ gantry }: World) => new URL(gantry.origin).host

test('skopeo list-tags', async ({ world }) => {
  const listed = JSON.parse(
    await run(tool('skopeo'), ['list-tags', '--tls-verify=false', `docker://${hostOf(world)}/payments/api`]),
  )
  expect(listed.Tags).toEqual(['1.10.0', '1.10.0-rc.1', '1.9.0', 'latest', 'part-amd64', 'part-arm64'])
})

test('skopeo copy: one image as the very bytes, an index with every platform', async ({ world }) => {
  const env = { DOCKER_CONFIG: writeDockerConfig(world.folder, world.stack.registry) }
  const copy = async (reference: string, target: string, ...more: string[]) => {
    const source = `docker://${hostOf(world)}/${reference}`
    await run(tool('skopeo'), ['copy', ...more, '--src-tls-verify=false', source, `dir:${target}`])
    return (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(target, name)))
        .digest('hex')
  }
  for (const reference of ['base/debian:12', 'base/debian:docker']) {
    const sha256 = await copy(reference, join(world.folder, reference.replace(/\W/g, '-')))
    const direct = await run(
      tool('crane'),
      ['digest', '--insecure', `${world.stack.registry}/${reference}`],
      env,
    )
    expect(`sha256:${sha256('manifest.json')}`).toBe(direct.trim())
  }
  // this skopeo writes an index anew: what is in it must be whole
  const target = join(world.folder, 'index')
  const sha256 = await copy('payments/api:1.10.0', target, '--all')
  const blobs = readdirSync(target).filter((name) => /^[0-9a-f]{64}$/.test(name))
  expect(blobs.length).toBeGreaterThanOrEqual(3)
  for (const name of blobs) expect(sha256(name)).toBe(name)
})

test('crane manifest and crane digest say what the registry says', async ({ world }) => {
  const env = { DOCKER_CONFIG: writeDockerConfig(world.folder, world.stack.registry) }
  for (const reference of ['payments/api:1.10.0', 'base/debian:12', 'base/debian:docker'])
    for (const command of ['manifest', 'digest']) {
      const direct = await run(
        tool('crane'),
        [command, '--insecure', `${world.stack.registry}/${reference}`],
        env,
      )
      const through = await run(tool('crane'), [command, '--insecure', `${hostOf(world)}/${reference}`])
      expect(through).toBe(direct)
    }
})

test('nothing can be pushed through Gantry', async ({ world }) => {
  const push = run(tool('skopeo'), [
    'copy',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    `docker://${hostOf(world)}/base/debian:12`,
    `docker://${hostOf(world)}/base/debian:pushed`,
  ])
  await expect(push).rejects.toThrow()
})
