import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compressedSize, type ImageManifest, parseManifest, platformLabel } from './manifest.ts'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  DOCKER_SCHEMA1_SIGNED,
  OCI_INDEX,
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
  ['an empty object', {}, /config/],
  ['no layers', { config: part('c') }, /layers/],
  ['no config but null', { config: null, layers: null }, /config/],
  ['a layer that is null', manifest({ layers: [null] }), /layers\.0/],
  [
    'a digest that climbs',
    manifest({ layers: [{ ...part('1'), digest: 'sha256:../../x' }] }),
    /layers\.0\.digest/,
  ],
  ['a negative size', manifest({ config: part('c', -1) }), /config\.size/],
  ['a broken size', manifest({ config: part('c', 1.5) }), /config\.size/],
  ['a size beyond all numbers', manifest({ config: part('c', 1e300) }), /config\.size/],
  ['manifests that are none', { manifests: 'x' }, /manifests/],
  ['an image and an index at once', manifest({ manifests: [] }), /manifests/],
  ['more layers than any image has', manifest({ layers: Array(10_001).fill(part('1')) }), /layers: too many/],
  ['a million layers that are none', manifest({ layers: Array(1_000_000).fill({}) }), /layers/],
  [
    'a million urls that are none',
    manifest({ config: part('c', 1, { urls: Array(1e6).fill(1) }) }),
    /urls\.0/,
  ],
  ['a size as text', manifest({ config: { ...part('c'), size: '10' } }), /config\.size/],
  ['a platform that is none', { manifests: [part('a', 1, { platform: 'x' })] }, /manifests\.0\.platform/],
  ['annotations of numbers', manifest({ annotations: { a: 1 } }), /annotations/],
])('parseManifest says what is wrong: %s', (_name, value, problem) => {
  expect(parseManifest(value, undefined)).toMatchObject({
    kind: 'invalid',
    problem: expect.stringMatching(problem),
  })
})

test('null lists are empty ones', () => {
  expect(parseManifest(manifest({ layers: null }), OCI_MANIFEST)).toMatchObject({ layers: [] })
  expect(parseManifest({ manifests: null }, OCI_INDEX)).toMatchObject({ manifests: [] })
})

test('a problem is short, however long the key it names', () => {
  const parsed = parseManifest(manifest({ annotations: { ['k'.repeat(1e6)]: 1 } }), undefined)
  expect(parsed).toMatchObject({ kind: 'invalid' })
  expect(JSON.stringify(parsed).length).toBeLessThan(300)
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
  })
})

test('a part broken anywhere makes the whole invalid, by name', () => {
  fc.assert(
    fc.property(fc.nat({ max: 30 }), fc.constantFrom('digest', 'size', 'mediaType'), (at, field) => {
      const layers: object[] = Array.from({ length: 31 }, () => part('1'))
      layers[at] = { ...part('1'), [field]: null }
      expect(parseManifest(manifest({ layers }), undefined)).toMatchObject({
        kind: 'invalid',
        problem: expect.stringContaining(`layers.${at}.${field}`),
      })
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
  const image = parseManifest(
    manifest({ layers: [part('1', 5), part('1', 5), part('2', 7)] }),
    undefined,
  ) as ImageManifest
  expect(compressedSize(image)).toBe(10 + 5 + 7)
})
