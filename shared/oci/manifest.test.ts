import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compressedSize, type ImageManifest, layerTypeOf, parseManifest, platformLabel } from './manifest.ts'
import {
  DOCKER_FOREIGN_LAYER,
  DOCKER_LAYER,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  DOCKER_SCHEMA1_SIGNED,
  OCI_FOREIGN_LAYER,
  OCI_FOREIGN_LAYER_ZSTD,
  OCI_INDEX,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_MANIFEST,
} from './media-types.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const part = (letter: string, size = 10, more: object = {}) => ({
  mediaType: 'application/x',
  digest: digest(letter),
  size,
  ...more,
})
const manifest = (more: object = {}) => ({
  schemaVersion: 2,
  config: part('c'),
  layers: [part('1'), part('2')],
  ...more,
})

test.each<[string, object, string | undefined, string]>([
  ['Docker schema 2', manifest({ mediaType: DOCKER_MANIFEST }), DOCKER_MANIFEST, 'manifest'],
  ['OCI without its own media type', manifest(), OCI_MANIFEST, 'manifest'],
  ['nothing but fields', manifest(), undefined, 'manifest'],
  ['Docker list', { manifests: [], mediaType: DOCKER_MANIFEST_LIST }, undefined, 'index'],
  ['OCI index', { schemaVersion: 2, manifests: [part('a')] }, `${OCI_INDEX}; charset=utf-8`, 'index'],
  ['index by its fields', { manifests: [] }, 'application/json', 'index'],
  ['the document wins over its content type', manifest({ mediaType: OCI_MANIFEST }), OCI_INDEX, 'manifest'],
  ['no layers', manifest({ layers: [] }), OCI_MANIFEST, 'manifest'],
  ['Go’s null for what is empty', manifest({ annotations: null, subject: null }), OCI_MANIFEST, 'manifest'],
  ['Go’s null for no layers', manifest({ layers: null }), OCI_MANIFEST, 'manifest'],
  ['Go’s null for no manifests', { manifests: null, mediaType: OCI_INDEX }, OCI_INDEX, 'index'],
  ['Go’s null, by its fields', { manifests: null }, undefined, 'index'],
  ['Go’s null for what it is not', manifest({ manifests: null }), OCI_MANIFEST, 'manifest'],
  ['Go’s null beside an index', { manifests: [part('a')], layers: null, config: null }, undefined, 'index'],
  ['schema 1 signed', { schemaVersion: 1, fsLayers: [] }, DOCKER_SCHEMA1_SIGNED, 'unsupported'],
  ['schema 1 by its version', { schemaVersion: 1, fsLayers: [] }, 'application/json', 'unsupported'],
])('parseManifest: %s', (_name, value, contentType, kind) => {
  expect(parseManifest(value, contentType).kind).toBe(kind)
})

test.each<[string, unknown, RegExp]>([
  ['null', null, /not a JSON object/],
  ['an array', [], /not a JSON object/],
  ['a string', 'x', /not a JSON object/],
  ['an empty object', {}, /neither a config nor layers/],
  ['no config but null', { config: null, layers: null }, /neither a config nor layers/],
  ['a config that names nothing, and no layers', { config: {} }, /config has no valid digest/],
  ['layers that all name nothing', { layers: [{}] }, /Layer 1 has no valid digest/],
  ['layers that are no list', manifest({ layers: 'x' }), /layers are not a list/],
  ['manifests that are none', { manifests: 'x' }, /manifests are not a list/],
  ['more layers than any image has', manifest({ layers: Array(10_001).fill(part('1')) }), /too many layers/],
  ['a million layers that are none', manifest({ layers: Array(1_000_000).fill({}) }), /too many layers/],
  ['an image and an index at once', manifest({ manifests: [] }), /an image and an index/],
  ['a list with layers', { manifests: [part('a')], layers: [] }, /an image and an index/],
  [
    'an index by its type, with layers',
    { mediaType: OCI_INDEX, layers: [part('1')] },
    /an image and an index/,
  ],
  ['an index by its type, with a config', manifest({ mediaType: OCI_INDEX }), /an image and an index/],
  ['an image by its type, with manifests', { mediaType: OCI_MANIFEST, manifests: [part('a')] }, /neither/],
])('parseManifest says what is wrong: %s', (_name, value, problem) => {
  const parsed = parseManifest(value, undefined)
  expect(parsed).toMatchObject({ kind: 'invalid', problem: expect.stringMatching(problem) })
  expect(JSON.stringify(parsed)).toMatch(/\."}$/)
})

const DIGEST = { digest: digest('1') }
const read = (value: object, contentType = OCI_MANIFEST) => {
  const parsed = parseManifest(value, contentType)
  if (parsed.kind !== 'manifest' && parsed.kind !== 'index') throw new Error(JSON.stringify(parsed))
  return parsed
}

// as distribution stores them and skopeo copies them (interop.md, case 8)
test.each<[string, object, object]>([
  ['a config without a size', manifest({ config: DIGEST }), { config: { size: undefined, mediaType: '' } }],
  [
    'a layer without a size',
    manifest({ layers: [{ mediaType: 'a', ...DIGEST }] }),
    { layers: [{ size: undefined }] },
  ],
  [
    'a size that is null',
    manifest({ layers: [part('1', 0, { size: null })] }),
    { layers: [{ size: undefined }] },
  ],
  ['a negative size', manifest({ layers: [part('1', -1)] }), { layers: [{ size: undefined }] }],
  ['an empty blob', manifest({ layers: [part('1', 0)] }), { layers: [{ size: 0 }] }],
  ['no layers', { config: part('c') }, { kind: 'manifest', layers: [] }],
  ['no layers but null', manifest({ layers: null }), { layers: [] }],
  [
    'an annotation that is null',
    manifest({ annotations: { a: null, b: 'c' } }),
    { annotations: { a: '', b: 'c' } },
  ],
  [
    'an annotation of a layer that is null',
    manifest({ layers: [part('1', 1, { annotations: { a: null } })] }),
    { layers: [{ annotations: { a: '' } }] },
  ],
  ['a layer without a type', manifest({ layers: [{ ...DIGEST, size: 1 }] }), { layers: [{ mediaType: '' }] }],
  [
    'a subject that names nothing',
    manifest({ subject: { mediaType: 'a', digest: '', size: 0 } }),
    { subject: undefined },
  ],
  ['a subject of nothing', manifest({ subject: {} }), { subject: undefined }],
  [
    'lists and texts that are null',
    manifest({ artifactType: null, layers: [part('1', 1, { urls: null, artifactType: null })] }),
    { artifactType: undefined, layers: [{ urls: undefined }] },
  ],
])('what Go reads as its zero value is read so: %s', (_name, value, expected) => {
  expect(read(value)).toMatchObject({ ...expected, isWhole: true, problems: [] })
})

test.each<[string, object, object]>([
  [
    'an entry without a type',
    { manifests: [{ ...DIGEST, size: 1 }] },
    { manifests: [{ mediaType: '', size: 1 }] },
  ],
  [
    'an entry without a size',
    { manifests: [{ mediaType: 'a', ...DIGEST }] },
    { manifests: [{ size: undefined }] },
  ],
  ['no manifests', { schemaVersion: 2 }, { kind: 'index', manifests: [] }],
  ['no manifests but null', { manifests: null }, { manifests: [] }],
  ['an annotation that is null', { manifests: [], annotations: { a: null } }, { annotations: { a: '' } }],
  [
    'a platform of nothing',
    { manifests: [part('1', 1, { platform: {} })] },
    { manifests: [{ platform: undefined }] },
  ],
  [
    'a platform that names nothing',
    { manifests: [part('1', 1, { platform: { os: '', architecture: '', variant: 'v8' } })] },
    { manifests: [{ platform: undefined }] },
  ],
  [
    'a platform without a system',
    { manifests: [part('1', 1, { platform: { architecture: 'amd64' } })] },
    { manifests: [{ platform: { os: '', architecture: 'amd64' } }] },
  ],
  [
    'a system that is null',
    { manifests: [part('1', 1, { platform: { architecture: 'amd64', os: null } })] },
    { manifests: [{ platform: { os: '', architecture: 'amd64' } }] },
  ],
])('of an index, too: %s', (_name, value, expected) => {
  expect(read(value, OCI_INDEX)).toMatchObject({ ...expected, isWhole: true, problems: [] })
})

test.each<[string, object, object, string[], boolean]>([
  [
    'a layer with a digest that climbs',
    manifest({ layers: [part('1'), { ...part('2'), digest: 'sha256:../../x' }, part('3')] }),
    { layers: [part('1'), part('3')] },
    ['Layer 2 has no valid digest.'],
    false,
  ],
  [
    'a layer that is null',
    manifest({ layers: [null, part('1')] }),
    { layers: [part('1')] },
    ['Layer 1 has no valid digest.'],
    false,
  ],
  [
    'a config that is text',
    manifest({ config: 'x' }),
    { config: undefined },
    ['The config has no valid digest.'],
    false,
  ],
  [
    'no config',
    manifest({ config: undefined }),
    { config: undefined },
    ['The manifest has no config.'],
    false,
  ],
  [
    'a size as text',
    manifest({ config: part('c', 1, { size: '10' }) }),
    { config: { size: undefined } },
    ['The config: its size is not a number of bytes.'],
    true,
  ],
  [
    'a broken size',
    manifest({ config: part('c', 1.5) }),
    { config: { size: undefined } },
    ['The config: its size is not a number of bytes.'],
    true,
  ],
  [
    'a size beyond all numbers',
    manifest({ config: part('c', 1e300) }),
    { config: { size: undefined } },
    ['The config: its size is not a number of bytes.'],
    true,
  ],
  [
    'an annotation that is a number',
    manifest({ annotations: { a: 1, b: 'c' } }),
    { annotations: { b: 'c' } },
    ['The manifest: its annotation a is not text.'],
    true,
  ],
  [
    'annotations that are a list',
    manifest({ annotations: ['a'] }),
    { annotations: {} },
    ['The manifest: its annotations are not an object.'],
    true,
  ],
  [
    'a subject with another digest',
    manifest({ subject: { digest: 'sha256:x' } }),
    { subject: undefined },
    ['The subject has no valid digest.'],
    true,
  ],
  [
    'a type that is a number',
    manifest({ mediaType: 7 }),
    { mediaType: OCI_MANIFEST },
    ['The manifest: its mediaType is not text.'],
    true,
  ],
  [
    'a layer whose type is a number',
    manifest({ layers: [part('1', 1, { mediaType: 7 })] }),
    { layers: [{ mediaType: '' }] },
    ['Layer 1: its mediaType is not text.'],
    true,
  ],
  [
    'urls that are none',
    manifest({ config: part('c', 1, { urls: Array(1e6).fill(1) }) }),
    { config: { urls: undefined } },
    ['The config: its urls is not a list of texts.'],
    true,
  ],
])(
  'one bad entry costs that entry, and the text says so: %s',
  (_name, value, expected, problems, isWhole) => {
    expect(read(value)).toMatchObject({ ...expected, problems, isWhole })
  },
)

test('of an index or a list of referrers, too', () => {
  const platform = { os: 7, architecture: 'amd64', 'os.features': 'x' }
  const entries = [part('1'), { digest: 'no' }, part('2', 1, { platform }), part('3', 1, { platform: 'x' })]
  expect(read({ manifests: entries }, OCI_INDEX)).toMatchObject({
    manifests: [part('1'), { platform: { os: '', architecture: 'amd64' } }, { platform: undefined }],
    isWhole: false,
    problems: [
      'Entry 2 has no valid digest.',
      'Entry 3, platform: its os is not text.',
      'Entry 3, platform: its os.features is not a list of texts.',
      'Entry 4: its platform cannot be read.',
    ],
  })
})

test('ten thousand bad entries are told in a few sentences', () => {
  const { problems } = read({ manifests: Array(10_000).fill({}) }, OCI_INDEX)
  expect(problems).toHaveLength(6)
  expect(problems.at(-1)).toBe('There are 9,995 more problems like these.')
})

test('a problem is short, however long the key it names', () => {
  const { problems } = read(manifest({ annotations: { ['k'.repeat(1e6)]: 1 } }))
  expect(JSON.stringify(problems).length).toBeLessThan(200)
})

test('parseManifest keeps what it names and drops the rest', () => {
  const child = part('a', 7, {
    data: 'e30=',
    urls: ['https://x.example/blob'],
    annotations: { a: 'b' },
    artifactType: 'application/y',
    platform: { os: 'windows', architecture: 'amd64', 'os.version': '10.0', 'os.features': ['win32k'] },
  })
  const { data: _data, ...kept } = child as typeof child & { data: string }
  expect(parseManifest({ schemaVersion: 2, manifests: [child], subject: part('e') }, OCI_INDEX)).toEqual({
    kind: 'index',
    mediaType: OCI_INDEX,
    artifactType: undefined,
    manifests: [kept],
    subject: part('e'),
    annotations: {},
    isWhole: true,
    problems: [],
  })
})

test('a part broken anywhere costs that part, by its number', () => {
  fc.assert(
    fc.property(fc.nat({ max: 30 }), (at) => {
      const layers: object[] = Array.from({ length: 31 }, () => part('1'))
      layers[at] = { ...part('1'), digest: null }
      const parsed = read(manifest({ layers }))
      expect(parsed.kind === 'manifest' && parsed.layers).toHaveLength(30)
      expect(parsed.problems).toEqual([`Layer ${at + 1} has no valid digest.`])
    }),
  )
})

test.each([
  [{ os: 'linux', architecture: 'amd64' }, 'linux/amd64'],
  [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'linux/arm64/v8'],
  [{ os: 'windows', architecture: 'amd64', 'os.version': '10.0.1' }, 'windows/amd64 (10.0.1)'],
  [
    { os: 'windows', architecture: 'amd64', 'os.version': '10.0.1', 'os.features': ['win32k'] },
    'windows/amd64 (10.0.1, win32k)',
  ],
  [{ os: 'linux', architecture: 'amd64', 'os.features': [] }, 'linux/amd64'],
  [{ os: '', architecture: 'amd64' }, 'amd64'],
  [{ os: 'linux', architecture: '' }, 'linux'],
])('platformLabel %j', (platform, label) => {
  expect(platformLabel(platform)).toBe(label)
})

test('parseManifest never throws, and pollutes nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseManifest(value, undefined).kind).toBeTypeOf('string')
    }),
  )
  parseManifest(
    JSON.parse('{"__proto__":{"polluted":1},"manifests":[],"annotations":{"__proto__":"x"}}'),
    undefined,
  )
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
})

test('the compressed size counts a layer once, however often it is named', () => {
  const image = read(manifest({ layers: [part('1', 5), part('1', 5), part('2', 7)] })) as ImageManifest
  expect(compressedSize(image)).toEqual({ bytes: 10 + 5 + 7, isPartial: false })
})

test.each<[string, object[], number, boolean]>([
  ['a size is not known', [part('1', -1), part('2', 7)], 17, true],
  ['a layer is not known', [part('2', 7), {}], 17, true],
  ['it is known where the layer is named again', [part('1', -1), part('1', 5)], 15, false],
])('the compressed size is one of “at least” where %s', (_name, layers, bytes, isPartial) => {
  expect(compressedSize(read(manifest({ layers })) as ImageManifest)).toEqual({ bytes, isPartial })
})

test.each([
  [DOCKER_LAYER, 'gzip', false],
  [OCI_LAYER, 'tar', false],
  [OCI_LAYER_GZIP, 'gzip', false],
  [OCI_LAYER_ZSTD, 'zstd', false],
  [DOCKER_FOREIGN_LAYER, 'gzip', true],
  [OCI_FOREIGN_LAYER, 'tar', true],
  [OCI_FOREIGN_LAYER_ZSTD, 'zstd', true],
  [`${OCI_LAYER_GZIP}+encrypted`, 'gzip, encrypted', false],
  ['application/vnd.acme', 'application/vnd.acme', false],
])('layer type %s is %s, foreign: %s', (mediaType, packing, isForeign) => {
  expect(layerTypeOf({ mediaType })).toEqual({ packing, isForeign })
})

test('a layer with other places to fetch it from is foreign', () => {
  expect(layerTypeOf({ mediaType: OCI_LAYER_GZIP, urls: ['https://x.example/blob'] }).isForeign).toBe(true)
  expect(layerTypeOf({ mediaType: OCI_LAYER_GZIP, urls: [] }).isForeign).toBe(false)
})
