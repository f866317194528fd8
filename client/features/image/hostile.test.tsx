// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import { layoutJson } from '../../../shared/json-layout.ts'
import { parseBuildCommand } from '../../../shared/oci/build-step.ts'
import { type ImageIndex, parseManifest } from '../../../shared/oci/manifest.ts'
import { platformsOf } from '../../../shared/oci/platforms.ts'
import { parseRepository } from '../../../shared/oci/reference.ts'
import { CommandText } from '../commands/command-text.tsx'
import { DockerfileView } from '../layers/dockerfile-view.tsx'
import { JsonLineView } from '../raw/json-line.tsx'
import { RawPicker } from '../raw/raw-tab.tsx'
import { Environment } from './environment.tsx'
import { IndexChildren } from './index-children.tsx'
import { Faults, Pairs } from './manifest-info.tsx'
import { OtherOverview } from './other-overview.tsx'
import { PartsTable } from './parts-table.tsx'
import { PlatformPicker } from './platform-picker.tsx'

const BIDI = '\u202e'
const EVIL = `${BIDI}evil\u200b`
const DIGEST = `sha256:${'a'.repeat(64)}`
const repository = parseRepository('team/api')!
const index = parseManifest(
  {
    manifests: [
      {
        mediaType: EVIL,
        digest: DIGEST,
        size: 1,
        artifactType: EVIL,
        platform: { os: 'linux', architecture: EVIL, 'os.version': EVIL, 'os.features': [EVIL] },
      },
      {
        mediaType: 'a/b',
        digest: `sha256:${'b'.repeat(64)}`,
        size: 1,
        annotations: { 'org.opencontainers.image.title': EVIL },
      },
    ],
  },
  undefined,
) as ImageIndex
const images = platformsOf(index)
const [part] = index.manifests
const json = layoutJson(JSON.stringify({ [EVIL]: EVIL }))
const raw = (label: string, isMain: boolean) =>
  ({ id: label, label, kind: 'blob', digest: part?.digest, reference: 'x', isMain }) as const
const command = parseBuildCommand(`RUN /bin/sh -c ${EVIL}`)

function markup(page: ReactNode): string {
  return renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>{page}</MemoryRouter>
    </QueryClientProvider>,
  )
}

test.each<[string, ReactNode]>([
  [
    'the platform picker',
    <PlatformPicker key="" repository={repository} images={images} chosen={images[0]!} />,
  ],
  ['children of an index', <IndexChildren key="" repository={repository} index={index} />],
  ['contradictions', <Faults key="" faults={[`The index says ${EVIL}.`]} />],
  ['the environment', <Environment key="" entries={[`${EVIL}=${EVIL}`, `PASSWORD_${EVIL}=x${EVIL}`]} />],
  ['a step', <CommandText key="" command={command} />],
  ['a step on one line', <CommandText key="" command={command} isLine />],
  [
    'the Dockerfile',
    <DockerfileView
      key=""
      rows={[
        {
          step: 1,
          command,
          history: undefined,
          layer: undefined,
          cumulative: { bytes: 0, isPartial: false },
        },
      ]}
    />,
  ],
  [
    'a part',
    <PartsTable
      key=""
      title="Files"
      repository={repository}
      parts={[{ name: EVIL, mediaType: EVIL, digest: part!.digest, size: 1, file: 'a' }]}
    />,
  ],
  [
    'a line of JSON',
    json?.lines.map((line) => (
      <JsonLineView
        key={JSON.stringify(line)}
        line={line}
        closing={undefined}
        hidden={0}
        search="vi"
        links={new Map()}
        onToggle={() => {}}
      />
    )),
  ],
  [
    'the list of documents',
    <RawPicker key="" documents={[raw(EVIL, true), raw(`${EVIL}2`, false)]} current={raw(EVIL, true)} />,
  ],
  [
    'what is no manifest',
    <OtherOverview
      key=""
      repository={repository}
      document={{ value: { mediaType: EVIL } } as never}
      manifest={{ kind: 'invalid', problem: `annotations.${EVIL}: no` }}
    />,
  ],
])('%s tells invisible signs by name', (_name, page) => {
  const shown = markup(page)
  // addresses and the values of options are nothing to look at
  const visible = shown.replace(/(?:value|href)="[^"]*"/g, '')
  expect(visible).toContain('U+202E')
  expect(visible).not.toMatch(/[\u202e\u200b]/)
})

test('ten thousand labels or files are not all in the page at once', () => {
  const many = Array.from({ length: 10_000 }, (_item, at) => at)
  const pairs = many.map((name) => ({ name, value: name }))
  expect(markup(<Pairs title="Labels" pairs={pairs} />).match(/<dt>/g)).toHaveLength(200)
  const parts = many.map((at) => ({
    name: String(at),
    mediaType: undefined,
    digest: part!.digest,
    size: 1,
    file: undefined,
  }))
  const table = markup(<PartsTable title="Files" repository={repository} parts={parts} />)
  expect(table.match(/<li>/g)).toHaveLength(100)
  expect(table).toContain('Show 100 more of 10,000 entries')
})
