// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import type { Digest } from '../../../shared/oci/digest.ts'
import { type Annotations, parseManifest, type RunnableImage } from '../../../shared/oci/manifest.ts'
import { OCI_CONFIG, OCI_EMPTY, OCI_LAYER_GZIP } from '../../../shared/oci/media-types.ts'
import { parseRepository } from '../../../shared/oci/reference.ts'
import { blobOf, readDocument } from '../../api/documents.ts'
import { ArtifactOverview } from './artifact-overview.tsx'
import { ImageOverview } from './image-overview.tsx'
import { ImageSummary } from './image-summary.tsx'

const OCI = 'org.opencontainers.image'
const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const repository = parseRepository('team/api')!
const part = (mediaType: string, letter: string) => ({ mediaType, digest: digestOf(letter), size: 1 })

interface Pushed {
  readonly config?: object
  readonly annotations?: Annotations
  readonly indexAnnotations?: Annotations
  readonly type?: string
}

/** The overview and the line above it, as text. */
function shown({ config = {}, annotations = {}, indexAnnotations = {}, type = OCI_CONFIG }: Pushed): string {
  const layers = [part(OCI_LAYER_GZIP, '1')]
  const manifest = parseManifest({ config: part(type, 'c'), layers, annotations }, undefined) as RunnableImage
  const index = parseManifest({ manifests: [], annotations: indexAnnotations }, undefined)
  const client = new QueryClient()
  const document = readDocument(new TextEncoder().encode(JSON.stringify(config)))
  client.setQueryData(blobOf(repository, digestOf('c')).queryKey, document)
  const common = { repository, registry: 'r.example', manifest }
  const page = renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <MemoryRouter>
        <ImageSummary
          repository={repository}
          top={{ manifest: index, digest: undefined } as never}
          manifest={manifest}
          isLoading={false}
        />
        <hr />
        {type === OCI_CONFIG ? (
          <ImageOverview {...common} platform={undefined} indexAnnotations={indexAnnotations} />
        ) : (
          <ArtifactOverview {...common} />
        )}
      </MemoryRouter>
    </QueryClientProvider>,
  )
  return page.replaceAll('<wbr/>', '')
}

const BASE = digestOf('b')
for (const [kind, type] of [
  ['image', OCI_CONFIG],
  ['artifact', OCI_EMPTY],
] as const) {
  test(`the base of an ${kind}: its name, its digest, or both`, () => {
    const name = { [`${OCI}.base.name`]: 'r.example/base/debian:12' }
    const digest = { [`${OCI}.base.digest`]: BASE }
    expect(shown({ type, annotations: name })).toContain('href="/r/base/debian:12"')
    for (const annotations of [digest, { ...name, ...digest }]) {
      const page = shown({ type, annotations })
      expect(page).toContain('Base image')
      expect(page).toContain(`<code title="${BASE}">sha256:bbbbbbbbbbbb</code>`)
      expect(page).toContain('Copy the digest of the base image')
    }
    expect(shown({ type, annotations: { [`${OCI}.base.digest`]: 'sha256:no' } })).toContain('sha256:no')
    expect(shown({ type })).not.toContain('Base image')
  })

  test(`the revision of an ${kind} can be copied, with a source or without`, () => {
    const revision = { [`${OCI}.revision`]: 'f00dcafe' }
    for (const annotations of [revision, { ...revision, [`${OCI}.source`]: 'https://git.example/a' }]) {
      const page = shown({ type, annotations })
      expect(page).toContain('f00dcafe')
      expect(page).toContain('Copy the revision')
    }
  })
}

const [EARLY, LATE] = ['2020-01-02T00:00:00Z', '2021-03-04T00:00:00Z']
const timesOf = (page: string) => {
  const [header = '', overview = ''] = page
    .split('<hr/>')
    .map((half) => [...half.matchAll(/<time dateTime="([^"]*)"/gi)].map(([, time]) => time).join(' '))
  return { header, overview }
}

test.each<[string, Pushed, string, string]>([
  ['its config', { config: { created: EARLY } }, EARLY, EARLY],
  ['an annotation', { annotations: { [`${OCI}.created`]: EARLY } }, EARLY, EARLY],
  ['a label', { config: { config: { Labels: { [`${OCI}.created`]: EARLY } } } }, EARLY, EARLY],
  ['the index', { indexAnnotations: { [`${OCI}.created`]: EARLY } }, EARLY, EARLY],
  [
    'an annotation where the config has Go’s zero time',
    { config: { created: '0001-01-01T00:00:00Z' }, annotations: { [`${OCI}.created`]: EARLY } },
    EARLY,
    EARLY,
  ],
  [
    'its config, and an annotation that differs',
    { config: { created: EARLY }, annotations: { [`${OCI}.created`]: LATE } },
    EARLY,
    `${EARLY} ${LATE}`,
  ],
  [
    'both alike',
    { config: { created: EARLY }, annotations: { [`${OCI}.created`]: '2020-01-02T00:00:00.000Z' } },
    EARLY,
    EARLY,
  ],
  ['nobody', {}, '', ''],
])('when an image was made says %s', (_name, pushed, header, overview) => {
  expect(timesOf(shown(pushed))).toEqual({ header, overview })
})
