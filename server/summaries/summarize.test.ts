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
const UNKNOWN = { os: 'unknown', architecture: 'unknown' }
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

test('an image whose config is missing has a partial row', () => {
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
  ['its config’s type if its own is empty', { artifactType: '', config: blob(1, 2, 'a/b') }, 'a/b'],
])('an artifact is named by %s, and its config is not requested', (_name, content, expected) => {
  const info = image({ ...content, layers: [], annotations: { [CREATED]: '2025-01-01T00:00:00Z' } })
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

test('an image whose config has a generic type is an image', () => {
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
])('the time %j is read as %j', (created, expected) => {
  expect(configInfoOf({ created, ...AMD64 }).created).toBe(expected)
})

test.each([
  ['of a signature', { os: '', architecture: '' }],
  ['of an attestation', UNKNOWN],
  ['malformed', { os: 7, architecture: ['amd64'] }],
])('a config without a platform: %s', (_name, config) => {
  expect(configInfoOf(config)).toEqual({ created: undefined, platform: undefined })
})

test.each([null, undefined, 'x', 7, [], [{ os: 'linux' }]])(
  '%j is not a config, and the row is partial',
  (value) => {
    expect(configInfoOf(value)).toBe(UNREADABLE_CONFIG)
    expect(summarizeImage(digestOf(9), plain, UNREADABLE_CONFIG)).toMatchObject({
      size: 310,
      platforms: [],
      partial: true,
    })
  },
)

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
  ['nothing, if the labels are invalid', { created: 7, config: { Labels: [CREATED] } }, {}, undefined],
])('the date of an image is from %s', (_name, config, annotations, created) => {
  const info = image({ config: blob(1, 1, OCI_CONFIG), layers: [], annotations })
  expect(summarizeImage(digestOf(9), info, configInfoOf(config)).created).toBe(created)
})

test('an ollama model is an artifact, as on its page, although its config has the type of an image’s', () => {
  const model = image({
    config: blob(1, 10, 'application/vnd.docker.container.image.v1+json'),
    layers: [blob(2, 100, 'application/vnd.ollama.image.model')],
  })
  expect(model).toMatchObject({ artifactType: 'application/vnd.ollama.image.model', config: undefined })
})

test('an unknown size makes the sum a lower bound', () => {
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
  // the other image has the size
  const known = image({ config: blob(1, 10, OCI_CONFIG), layers: [blob(4, 7)] })
  const both = row(known, unknown)
  expect([both.totalSize, both.partial]).toEqual([117, undefined])
})

test('a layer without a valid digest makes the size a lower bound', () => {
  const info = image({ config: blob(1, 10, OCI_CONFIG), layers: [blob(2, 100), { digest: 'no' }] })
  expect(summarizeImage(digestOf(9), info, configInfoOf(AMD64))).toMatchObject({
    sizeAtLeast: 110,
    partial: true,
  })
})

test('an index without platforms uses the config of the image shown', () => {
  const row = (platform: object | undefined, config: object) =>
    summarizeIndex(digestOf(9), index({ manifests: [child(11, platform)] }), [plain], configInfoOf(config))
      .platforms
  for (const nothing of [undefined, {}, { os: '', architecture: '' }, { os: null }]) {
    expect(row(nothing, AMD64)).toEqual(['linux/amd64'])
    expect(row(nothing, {})).toEqual(['unnamed'])
  }
  expect(row({ architecture: 'amd64' }, ARM64)).toEqual(['amd64'])
})

test('an index: attestations are left out, linux/amd64 is shown, shared blobs count once', () => {
  const info = index({
    manifests: [
      child(11, UNKNOWN, { 'vnd.docker.reference.type': 'attestation-manifest' }),
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
  ['the size of a nested index', [plain, index({ manifests: [] })], { size: 310, totalSize: 310 }],
])('an index that lacks %s has a partial row', (_name, images, expected) => {
  const info = index({
    manifests: [child(11, AMD64), child(12, ARM64)],
    annotations: { [CREATED]: '2024-01-01T00:00:00Z' },
  })
  expect(summarizeIndex(digestOf(9), info, images, undefined)).toMatchObject({ ...expected, partial: true })
})

test('an empty index has no size, and its row is complete', () => {
  const row = summarizeIndex(digestOf(9), index({ manifests: [] }), [], undefined)
  expect(row).toEqual({ digest: digestOf(9), mediaType: OCI_INDEX, platforms: [] })
})

test('inflated documents are cut: images, labels, media types', () => {
  const info = index({
    artifactType: 'x'.repeat(9999),
    manifests: Array.from({ length: 500 }, (_, n) =>
      child(n, { os: 'o'.repeat(5000), architecture: `${n}` }),
    ),
  })
  expect([info.images.length, info.more]).toEqual([MAX_IMAGES, true])
  const row = summarizeIndex(digestOf(9), info, [plain, plain], undefined)
  expect(JSON.stringify(row).length).toBeLessThan(20_000)
  // the size of the others is unknown
  expect(row).toMatchObject({ size: 310, totalSize: undefined, partial: true })
})

const anyBlob = fc.record({ n: fc.nat(20), size: fc.nat(1e9) })
const anyImage = fc.array(anyBlob, { minLength: 1, maxLength: 12 }).map((blobs) => {
  // a digest has one size
  const [config, ...layers] = blobs.map(({ n }) => blob(n, n * 1000, n === 0 ? OCI_CONFIG : OCI_LAYER_GZIP))
  return { config, layers }
})

test('the size of an image is that of its page; the total is at least the largest image and at most the sum', () => {
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

test('configInfoOf throws for no JSON value', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => void configInfoOf(value)))
})
