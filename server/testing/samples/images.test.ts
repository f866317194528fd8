import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseDigest } from '../../../shared/oci/digest.ts'
import { parseImageConfig } from '../../../shared/oci/image-config.ts'
import { blobsOf, isAttestation, type ParsedManifest, parseManifest } from '../../../shared/oci/manifest.ts'
import { isImageConfig } from '../../../shared/oci/media-types.ts'
import { platformsOf } from '../../../shared/oci/platforms.ts'
import { parseRepository, parseTag } from '../../../shared/oci/reference.ts'
import { createLayer, noise, writeTar } from '../image-builder.ts'
import { digestOf, type StoredRepository } from '../image-store.ts'
import { HOSTILE_LABELS } from './hostile.ts'
import { createSampleStore } from './images.ts'
import { ODDITIES } from './oddities.ts'

const store = createSampleStore()
const everything = store.repositories().map((name) => [name, store.repository(name)!] as const)
/** Without the one whose samples contradict themselves on purpose. */
const repositories = everything.filter(([name]) => name !== ODDITIES)

function parsed({ manifests }: StoredRepository, digest: string): ParsedManifest {
  const { bytes, mediaType } = manifests.get(digest)!
  return parseManifest(JSON.parse(bytes.toString('utf8')), mediaType)
}

function tagged(name: string, tag: string): ParsedManifest {
  const repository = store.repository(name)!
  return parsed(repository, repository.tags.get(tag)!)
}

test.each(everything)('%s: names and digests are right', (name, { blobs, manifests, tags }) => {
  expect(parseRepository(name)).toBe(name)
  for (const tag of tags.keys()) expect(parseTag(tag)).toBe(tag)
  for (const [digest, bytes] of blobs) expect(digestOf(bytes)).toBe(digest)
  for (const [digest, { bytes }] of manifests) expect(digestOf(bytes)).toBe(digest)
  for (const digest of tags.values()) expect(parseDigest(digest)).toBe(digest)
})

test.each(repositories)('%s: every descriptor leads to bytes of its size', (_name, repository) => {
  for (const digest of repository.manifests.keys()) {
    const manifest = parsed(repository, digest)
    expect(manifest.kind).not.toBe('invalid')
    const children = manifest.kind === 'index' ? manifest.manifests : []
    for (const child of children)
      expect(repository.manifests.get(child.digest)?.bytes).toHaveLength(child.size ?? Number.NaN)
    const blobs = manifest.kind === 'manifest' ? blobsOf(manifest) : []
    for (const blob of blobs) expect(repository.blobs.get(blob.digest)).toHaveLength(blob.size ?? Number.NaN)
    const subject =
      manifest.kind === 'unsupported' || manifest.kind === 'invalid' ? undefined : manifest.subject
    if (subject)
      expect(repository.manifests.get(subject.digest)?.bytes).toHaveLength(subject.size ?? Number.NaN)
  }
})

test.each(repositories)('%s: layers are gzipped archives, and configs list them', (_name, repository) => {
  for (const digest of repository.manifests.keys()) {
    const manifest = parsed(repository, digest)
    if (manifest.kind !== 'manifest' || manifest.config === undefined) continue
    if (!isImageConfig(manifest.config.mediaType)) continue
    const config = parseImageConfig(JSON.parse(String(repository.blobs.get(manifest.config.digest))))
    const archives = manifest.layers.filter(({ mediaType }) => /tar\.?\+?gzip$/.test(mediaType))
    const diffIds = archives.map((layer) => digestOf(gunzipSync(repository.blobs.get(layer.digest)!)))
    expect(config?.diffIds).toEqual(diffIds)
    expect(config?.history.filter((step) => step.empty_layer !== true)).toHaveLength(diffIds.length)
  }
})

test('only the broken tags lead nowhere', () => {
  const orphaned = repositories.flatMap(([name, { tags, manifests }]) =>
    [...tags].flatMap(([tag, digest]) => (manifests.has(digest) ? [] : [`${name}:${tag}`])),
  )
  expect(orphaned).toEqual(['payments/ledger:1.2.0-broken', 'tools/scratch:interrupted'])
})

test('each kind of content is there', () => {
  const api = tagged('payments/api', 'latest')
  expect(api.kind === 'index' && platformsOf(api)).toHaveLength(3)
  expect(api.kind === 'index' && api.manifests.filter(isAttestation)).toHaveLength(3)
  expect(store.repository('payments/api')!.tags.size).toBeGreaterThan(30)
  expect(
    [...store.repository('payments/api')!.tags.keys()].filter((tag) => /\.(?:sig|att|sbom)$/.test(tag)),
  ).toHaveLength(3)
  expect(tagged('payments/ledger', 'latest')).toMatchObject({
    kind: 'manifest',
    mediaType: expect.stringContaining('docker'),
  })
  expect(tagged('base/debian', 'bookworm')).toMatchObject({
    kind: 'index',
    mediaType: expect.stringContaining('docker'),
  })
  expect(tagged('tools/helm-chart', '0.9.0')).toMatchObject({
    kind: 'manifest',
    config: { mediaType: 'application/vnd.cncf.helm.config.v1+json' },
  })
  expect(tagged('tools/legacy', '1.0')).toEqual({ kind: 'unsupported', reason: 'schema1' })
  expect(store.repository('tools/empty')?.tags.size).toBe(0)
})

test('what is hardly ever seen is there: longest name and tag, 40 platforms, no layers', () => {
  const longest = repositories.find(([name]) => name.length === 255)
  expect([...(longest?.[1].tags.keys() ?? [])].map((tag) => tag.length)).toContain(128)
  const forty = tagged('edge/platforms', 'forty')
  expect(forty.kind === 'index' && platformsOf(forty)).toHaveLength(40)
  expect(tagged('edge/odd', 'no-layers')).toMatchObject({ kind: 'manifest', layers: [] })
})

test('latest is an alias of the newest release and not of a candidate', () => {
  const { tags } = store.repository('payments/api')!
  expect(tags.get('latest')).toBe(tags.get('4.12.1'))
  expect(tags.get('latest')).not.toBe(tags.get('4.13.0-rc.1'))
})

test('hostile labels arrive as written, the name __proto__ included', () => {
  const manifest = tagged('web/storefront', 'hostile')
  if (manifest.kind !== 'manifest' || manifest.config === undefined) throw new Error('no manifest')
  const bytes = store.repository('web/storefront')!.blobs.get(manifest.config.digest)
  const { config } = JSON.parse(String(bytes)) as { config: { Labels: Record<string, string> } }
  expect(Object.entries(config.Labels)).toEqual(Object.entries(HOSTILE_LABELS))
  expect(Object.keys(config.Labels)).toContain('__proto__')
})

test.each([
  ['nested', 'index'],
  ['nested-only', 'index'],
  ['missing-child', 'index'],
  ['no-platforms', 'index'],
  ['mismatched', 'manifest'],
  ['foreign-and-zstd', 'manifest'],
  ['artifact-manifest', 'invalid'],
  ['unknown-sizes', 'manifest'],
  ['broken-layer', 'manifest'],
  ['half-named-platforms', 'index'],
])('oddity %s is of kind %s', (tag, kind) => {
  expect(tagged(ODDITIES, tag).kind).toBe(kind)
})

test('the same digests at every start', () => {
  const again = createSampleStore()
  for (const [name, { tags }] of everything) expect(again.repository(name)?.tags).toEqual(tags)
})

test('an archive has the layout that tar reads', () => {
  const tar = writeTar({ 'dir/': '', 'dir/file': 'hello' })
  expect(tar.length % 512).toBe(0)
  expect(tar.subarray(512, 520).toString()).toBe('dir/file')
  expect(tar.subarray(512 + 257, 512 + 265).toString('latin1')).toBe('ustar\u000000')
  expect(tar.subarray(1024, 1029).toString()).toBe('hello')
  expect(noise('seed', 10)).toEqual(noise('seed', 10))
  expect(createLayer({ a: 'b' }).diffId).toBe(digestOf(writeTar({ a: 'b' })))
})
