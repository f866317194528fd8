import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { compressedSize, parseManifest } from '../../shared/oci/manifest.ts'
import {
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from '../../shared/oci/media-types.ts'
import {
  configInfoOf,
  type ImageInfo,
  type IndexInfo,
  MAX_IMAGES,
  manifestInfoOf,
  summarizeImage,
  summarizeIndex,
  UNREADABLE_CONFIG,
} from './summarize.ts'

const digestOf = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}` as Digest
const blob = (n: number, size: number, mediaType = OCI_LAYER_GZIP) => ({
  mediaType,
  digest: digestOf(n),
  size,
})

function read(value: object, contentType = OCI_MANIFEST) {
  const manifest = parseManifest(value, contentType)
  if (manifest.kind !== 'manifest' && manifest.kind !== 'index') throw new Error(JSON.stringify(manifest))
  return manifest
}
const image = (content: object) => manifestInfoOf(read(content), 500) as ImageInfo
const index = (content: object) => manifestInfoOf(read(content, OCI_INDEX), 500) as IndexInfo
const plain = image({ config: blob(1, 10, OCI_CONFIG), layers: [blob(2, 100), blob(3, 200)] })
const child = (n: number, platform?: object, annotations?: object) => ({
  ...blob(n, 5, OCI_MANIFEST),
  ...(platform && { platform }),
  ...(annotations && { annotations }),
})
const AMD64 = { os: 'linux', architecture: 'amd64' }
const ARM64 = { os: 'linux', architecture: 'arm64', variant: 'v8' }
const NOBODY = { os: 'unknown', architecture: 'unknown' }
const CREATED = 'org.opencontainers.image.created'

test('an image: date and platform from its config, size from its manifest', () => {
  const config = configInfoOf({ created: '2025-03-01T10:00:00.123456789Z', ...ARM64 })
  expect(summarizeImage(digestOf(9), plain, config)).toEqual({
    digest: digestOf(9),
    mediaType: OCI_MANIFEST,
    created: '2025-03-01T10:00:00.123456789Z',
    size: 310,
    totalSize: 310,
    platforms: ['linux/arm64/v8'],
    config: digestOf(1),
  })
})

test('an image without its config is there all the same, and said to be partial', () => {
  expect(summarizeImage(digestOf(9), plain, undefined)).toMatchObject({
    size: 310,
    platforms: [],
    partial: true,
    created: undefined,
  })
})

test.each([
  [
    'its artifact type',
    { artifactType: 'application/x.sbom', config: blob(1, 2, OCI_EMPTY) },
    'application/x.sbom',
  ],
  [
    'its config’s type',
    { config: blob(1, 2, 'application/vnd.cncf.helm.config.v1+json') },
    'application/vnd.cncf.helm.config.v1+json',
  ],
  ['its config’s type for an empty one', { artifactType: '', config: blob(1, 2, 'a/b') }, 'a/b'],
])('an artifact is called by %s, and its config is not asked for', (_name, infoCache, expected) => {
  const info = image({ ...infoCache, layers: [], annotations: { [CREATED]: '2025-01-01T00:00:00Z' } })
  expect(info).toMatchObject({ artifactType: expected, config: undefined })
  const row = summarizeImage(digestOf(9), info, undefined)
  expect(row).toMatchObject({
    created: '2025-01-01T00:00:00Z',
    size: 2,
    platforms: [],
    config: undefined,
  })
  expect(row).not.toHaveProperty('partial')
})

test('an image whose config has no type of its own is an image', () => {
  const info = image({ config: blob(1, 10, 'application/octet-stream'), layers: [blob(2, 100)] })
  expect(info).toMatchObject({ artifactType: undefined, config: digestOf(1) })
})

test.each([
  ['2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z'],
  ['2025-01-01T00:00:00+02:00', '2025-01-01T00:00:00+02:00'],
  ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00Z'],
  ['0001-01-01T00:00:00Z', undefined],
  ['yesterday', undefined],
  ['2025-13-01T00:00:00Z', undefined],
  ['2025-01-01', '2025-01-01'],
  ['2025-01-01T00:00:00.123456789012Z', '2025-01-01T00:00:00.123456789012Z'],
  ['', undefined],
  [`2025-01-01T00:00:00.${'1'.repeat(500)}Z`, undefined],
  [1735689600, undefined],
  [{}, undefined],
])('the time %j is %j', (created, expected) => {
  expect(configInfoOf({ created, ...AMD64 }).created).toBe(expected)
})

test.each([
  ['of a signature', { os: '', architecture: '' }],
  ['of an attestation', NOBODY],
  ['malformed', { os: 7, architecture: ['amd64'] }],
])('a config names no platform: %s', (_name, config) => {
  expect(configInfoOf(config)).toEqual({ created: undefined, platform: undefined })
})

test.each([null, undefined, 'x', 7, [], [{ os: 'linux' }]])('%j is no config: the row says so', (value) => {
  expect(configInfoOf(value)).toBe(UNREADABLE_CONFIG)
  expect(summarizeImage(digestOf(9), plain, UNREADABLE_CONFIG)).toMatchObject({
    size: 310,
    platforms: [],
    partial: true,
  })
})

test.each<[string, object, object, string | undefined]>([
  [
    'its config',
    { created: '2025-01-01T00:00:00Z' },
    { [CREATED]: '2024-01-01T00:00:00Z' },
    '2025-01-01T00:00:00Z',
  ],
  [
    'a label',
    { created: '', config: { Labels: { [CREATED]: '2024-01-01T00:00:00Z' } } },
    {},
    '2024-01-01T00:00:00Z',
  ],
  [
    'an older label',
    { config: { Labels: { 'org.label-schema.build-date': '2023-01-01' } } },
    {},
    '2023-01-01',
  ],
  [
    'an annotation before a label',
    { config: { Labels: { [CREATED]: '2024-01-01' } } },
    { [CREATED]: '2022-01-01' },
    '2022-01-01',
  ],
  ['nobody, where labels are none', { created: 7, config: { Labels: [CREATED] } }, {}, undefined],
])('when an image was made says %s', (_name, config, annotations, created) => {
  const info = image({ config: blob(1, 1, OCI_CONFIG), layers: [], annotations })
  expect(summarizeImage(digestOf(9), info, configInfoOf(config)).created).toBe(created)
})

test('a model of ollama’s is what its page says, although its config is an image’s', () => {
  const model = image({
    config: blob(1, 10, 'application/vnd.docker.container.image.v1+json'),
    layers: [blob(2, 100, 'application/vnd.ollama.image.model')],
  })
  expect(model).toMatchObject({ artifactType: 'application/vnd.ollama.image.model', config: undefined })
})

test('a size that is not known is not added up: the row has what there is at least', () => {
  const part = { mediaType: OCI_LAYER_GZIP, digest: digestOf(4) }
  const unknown = image({ config: blob(1, 10, OCI_CONFIG), layers: [blob(2, 100), part] })
  expect(summarizeImage(digestOf(9), unknown, configInfoOf(AMD64))).toEqual({
    digest: digestOf(9),
    mediaType: OCI_MANIFEST,
    sizeAtLeast: 110,
    totalSize: 110,
    platforms: ['linux/amd64'],
    config: digestOf(1),
    partial: true,
  })
  const info = index({ manifests: [child(11, AMD64), child(12, ARM64)] })
  const row = (...images: ImageInfo[]) => summarizeIndex(digestOf(9), info, images, configInfoOf(AMD64))
  expect(row(unknown, plain)).toMatchObject({
    size: undefined,
    sizeAtLeast: 110,
    totalSize: 310,
    partial: true,
  })
  expect(row(plain, unknown)).toMatchObject({ size: 310, totalSize: 310, partial: true })
  // the other one says how large it is
  const known = image({ config: blob(1, 10, OCI_CONFIG), layers: [blob(4, 7)] })
  const both = row(known, unknown)
  expect([both.totalSize, both.partial]).toEqual([117, undefined])
})

test('a layer that names nothing leaves the size open', () => {
  const info = image({ config: blob(1, 10, OCI_CONFIG), layers: [blob(2, 100), { digest: 'no' }] })
  expect(summarizeImage(digestOf(9), info, configInfoOf(AMD64))).toMatchObject({
    sizeAtLeast: 110,
    partial: true,
  })
})

test('an index that names no platform goes by the config of the image shown', () => {
  const row = (platform: object | undefined, config: object) =>
    summarizeIndex(digestOf(9), index({ manifests: [child(11, platform)] }), [plain], configInfoOf(config))
      .platforms
  for (const nothing of [undefined, {}, { os: '', architecture: '' }, { os: null }]) {
    expect(row(nothing, AMD64)).toEqual(['linux/amd64'])
    expect(row(nothing, {})).toEqual(['unnamed'])
  }
  expect(row({ architecture: 'amd64' }, ARM64)).toEqual(['amd64'])
})

test('an index: attestations left out, linux/amd64 shown, shared blobs once', () => {
  const info = index({
    manifests: [
      child(11, NOBODY, { 'vnd.docker.reference.type': 'attestation-manifest' }),
      child(12, ARM64),
      child(13, AMD64),
    ],
  })
  expect(info.images).toEqual([
    { label: 'linux/amd64', digest: digestOf(13), hasPlatform: true },
    { label: 'linux/arm64/v8', digest: digestOf(12), hasPlatform: true },
  ])
  const other = image({ config: blob(4, 20, OCI_CONFIG), layers: [blob(2, 100), blob(5, 7)] })
  const config = configInfoOf({ created: '2025-01-01T00:00:00Z' })
  const row = summarizeIndex(digestOf(9), info, [plain, other], config)
  expect(row).toMatchObject({
    mediaType: OCI_INDEX,
    created: '2025-01-01T00:00:00Z',
    size: 310,
    totalSize: 310 + 27,
    platforms: ['linux/amd64', 'linux/arm64/v8'],
    image: digestOf(13),
    config: digestOf(1),
  })
  expect(row).not.toHaveProperty('partial')
})

test.each([
  [
    'the image shown',
    [undefined, plain],
    { size: undefined, totalSize: 310, created: '2024-01-01T00:00:00Z', image: undefined, config: undefined },
  ],
  ['another image', [plain, undefined], { size: 310, totalSize: 310, image: digestOf(11) }],
  ['every image', [undefined, undefined], { size: undefined, totalSize: undefined }],
  ['the size of an index within', [plain, index({ manifests: [] })], { size: 310, totalSize: 310 }],
])('an index that lacks %s says so', (_name, images, expected) => {
  const info = index({
    manifests: [child(11, AMD64), child(12, ARM64)],
    annotations: { [CREATED]: '2024-01-01T00:00:00Z' },
  })
  expect(summarizeIndex(digestOf(9), info, images, undefined)).toMatchObject({ ...expected, partial: true })
})

test('an index of nothing has no size, and lacks nothing', () => {
  const row = summarizeIndex(digestOf(9), index({ manifests: [] }), [], undefined)
  expect(row).toEqual({ digest: digestOf(9), mediaType: OCI_INDEX, platforms: [] })
})

test('what an author has blown up is cut: images, labels, media types', () => {
  const info = index({
    artifactType: 'x'.repeat(9999),
    manifests: Array.from({ length: 500 }, (_, n) =>
      child(n, { os: 'o'.repeat(5000), architecture: `${n}` }),
    ),
  })
  expect([info.images.length, info.more]).toEqual([MAX_IMAGES, true])
  const row = summarizeIndex(digestOf(9), info, [plain, plain], undefined)
  expect(JSON.stringify(row).length).toBeLessThan(20_000)
  // of the others nobody knows the size
  expect(row).toMatchObject({ size: 310, totalSize: undefined, partial: true })
})

const anyBlob = fc.record({ n: fc.nat(20), size: fc.nat(1e9) })
const anyImage = fc.array(anyBlob, { minLength: 1, maxLength: 12 }).map((infoCache) => {
  // a digest has one size
  const [config, ...layers] = infoCache.map(({ n }) =>
    blob(n, n * 1000, n === 0 ? OCI_CONFIG : OCI_LAYER_GZIP),
  )
  return { config, layers }
})

test('the size of an image is that of the image page; all platforms weigh no less than one and no more than the sum', () => {
  fc.assert(
    fc.property(fc.array(anyImage, { minLength: 1, maxLength: 5 }), (contents) => {
      const images = contents.map((content) => image(content))
      const sizes = contents.map((content) => {
        const manifest = read(content)
        return manifest.kind === 'manifest' ? compressedSize(manifest).bytes : Number.NaN
      })
      const info = index({
        manifests: images.map((_, n) => child(n, { os: 'linux', architecture: `a${n}` })),
      })
      const row = summarizeIndex(digestOf(99), info, images, {} as never)
      expect(row.size).toBe(sizes[0])
      expect(row.totalSize).toBeGreaterThanOrEqual(Math.max(...sizes))
      expect(row.totalSize).toBeLessThanOrEqual(sizes.reduce((sum, size) => sum + size, 0))
    }),
  )
})

test('no JSON value makes a config reader throw', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void configInfoOf(value)))
})
