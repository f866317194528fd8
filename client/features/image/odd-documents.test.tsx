// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import type { Digest } from '../../../shared/oci/digest.ts'
import {
  type ImageIndex,
  type ImageManifest,
  parseManifest,
  type RunnableImage,
} from '../../../shared/oci/manifest.ts'
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../shared/oci/media-types.ts'
import { parseRepository } from '../../../shared/oci/reference.ts'
import { blobOf, readDocument } from '../../api/documents.ts'
import { LayersTab } from '../layers/layers-tab.tsx'
import { ReferrersTab } from '../referrers/referrers-tab.tsx'
import { ArtifactOverview } from './artifact-overview.tsx'
import { ImageOverview } from './image-overview.tsx'
import { ImageSummary } from './image-summary.tsx'
import { IndexChildren } from './index-children.tsx'

const repository = parseRepository('team/api')!
const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const CONFIG = '{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["a","b"]}}'
const config = { mediaType: OCI_CONFIG, digest: digestOf('c'), size: CONFIG.length }
const layer = (letter: string, more: object = {}) => ({
  mediaType: OCI_LAYER_GZIP,
  digest: digestOf(letter),
  size: 1500,
  ...more,
})
const imageOf = (more: object) =>
  parseManifest({ config, layers: [], ...more }, OCI_MANIFEST) as RunnableImage

/** What a page says, without its markup. */
function wordsOf(page: ReactNode): string {
  const client = new QueryClient()
  client.setQueryData(
    blobOf(repository, config.digest).queryKey,
    readDocument(new TextEncoder().encode(CONFIG)),
  )
  const markup = renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <MemoryRouter>{page}</MemoryRouter>
    </QueryClientProvider>,
  )
  return markup
    .replaceAll('<wbr/>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}
const common = { repository, registry: undefined }
const summaryOf = (manifest: ImageManifest) =>
  wordsOf(
    <ImageSummary
      repository={repository}
      top={{ manifest, digest: undefined } as never}
      manifest={manifest}
      isLoading={false}
    />,
  )
const layersOf = (manifest: RunnableImage) => wordsOf(<LayersTab {...common} manifest={manifest} />)
const overviewOf = (manifest: RunnableImage, platform?: ImageIndex['manifests'][number]['platform']) =>
  wordsOf(<ImageOverview {...common} manifest={manifest} platform={platform} indexAnnotations={{}} />)

test('sizes that are known are added up', () => {
  const image = imageOf({ layers: [layer('1'), layer('2')] })
  expect(summaryOf(image)).toContain('3.1 kB compressed')
  expect(layersOf(image)).toContain('2 layers, 3.0 kB compressed')
  expect(layersOf(image)).not.toMatch(/unknown|≥|at least/)
})

test('a layer of unknown size is one, and the sums from there on are what there is at least', () => {
  const image = imageOf({ layers: [layer('1', { size: undefined }), layer('2')] })
  expect(summaryOf(image)).toContain('at least 1.6 kB compressed')
  const layers = layersOf(image)
  expect(layers).toContain('2 layers, at least 1.5 kB compressed')
  expect(layers).toMatch(/unknown unknown/)
  expect(layers).toContain('1.5 kB ≥ 1.5 kB')
})

test('where no size is known, none is shown', () => {
  const image = imageOf({
    config: { ...config, size: undefined },
    layers: [layer('1', { size: -1 }), layer('2', { size: null })],
  })
  expect(summaryOf(image)).toContain('size unknown')
  expect(layersOf(image)).toContain('2 layers, size unknown')
  // a config of unknown size contradicts nothing
  expect(overviewOf(image)).not.toContain('bytes')
})

test('what is odd stands on the page in words, and the rest beside it', () => {
  const image = imageOf({ layers: [layer('1'), { digest: 'no' }], annotations: { a: 7 } })
  for (const page of [overviewOf(image), layersOf(image)]) {
    expect(page).toContain('Layer 2 has no valid digest.')
    expect(page).toContain('The manifest: its annotation a is not text.')
    expect(page).not.toMatch(/Invalid input|The config lists/)
  }
  // a layer that names nothing is one, of unknown size
  expect(layersOf(image)).toContain('2 layers, at least 1.5 kB compressed')
  expect(overviewOf(image)).toContain('linux/amd64')
  expect(summaryOf(image)).toContain('at least')
})

test('an image without a config is shown by its layers', () => {
  const manifest = parseManifest({ layers: [layer('1', { size: undefined })] }, OCI_MANIFEST)
  if (manifest.kind !== 'manifest') throw new Error(manifest.kind)
  const page = wordsOf(<ArtifactOverview {...common} manifest={manifest} />)
  expect(page).toContain('The manifest has no config.')
  expect(page).toContain('size unknown')
  expect(summaryOf(manifest)).toContain('size unknown')
})

test.each<[string, object, string]>([
  ['of nothing', { os: '', architecture: '' }, 'linux/amd64'],
  ['of half a name', { architecture: 'amd64' }, 'Platform amd64'],
])('a platform %s is no contradiction', (_name, platform, shown) => {
  const index = parseManifest({ manifests: [{ ...layer('1'), platform }] }, undefined) as ImageIndex
  const image = imageOf({ layers: [layer('1'), layer('2')] })
  const page = overviewOf(image, index.manifests[0]?.platform)
  expect(page).toContain(shown)
  expect(page).not.toMatch(/The index says|Platform \//)
})

test('an index says which of its entries names nothing, and what it does not know of the others', () => {
  const index = parseManifest({ manifests: [{ digest: digestOf('1') }, {}] }, undefined) as ImageIndex
  const page = wordsOf(<IndexChildren repository={repository} index={index} />)
  expect(page).toContain('Entry 2 has no valid digest.')
  expect(page).toContain('manifest of unknown size')
  expect(page).toContain('no media type')
})

test('so does a list of referrers, and then nobody says that nothing refers to an image', () => {
  const found = {
    referrers: [],
    isLoading: false,
    failures: [],
    unasked: [],
    hasApi: true,
    truncated: false,
    problems: ['Entry 1 has no valid digest.'],
    isComplete: false,
    retry: () => {},
  }
  const page = wordsOf(<ReferrersTab repository={repository} found={found} names={new Map()} />)
  expect(page).toContain('Entry 1 has no valid digest.')
  expect(page).not.toContain('Nothing refers to this')
})
