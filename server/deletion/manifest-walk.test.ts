import { expect, test } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { InfoCache } from '../summaries/info-cache.ts'
import type { RequestContext } from '../summaries/reader.ts'
import { type Contents, ManifestWalk, ReadBudget, readContents } from './manifest-walk.ts'

const OCI = 'application/vnd.oci.image'
const digest = (name: string | number) => `sha256:${String(name).padStart(64, '0')}` as Digest

const context: RequestContext = {
  subject: { kind: 'anonymous', key: 'anonymous' },
  repository: 'a' as Repository,
  limiterStream: { run: (work) => work(), reserve: async () => () => {} },
  signal: new AbortController().signal,
}

/** The contents of one document. */
async function contentsOf(value: unknown, mediaType = `${OCI}.index.v1+json`): Promise<Contents> {
  const document = { digest: digest('d'), mediaType, value, bytes: 100, conditional: false }
  const reader = {
    manifest: async () => document,
    blob: async () => document,
    resolve: async () => document,
  }
  return readContents(reader, new InfoCache(reader), context, digest('d'))
}

const entry = (name: string, more: object = {}) => ({
  mediaType: `${OCI}.manifest.v1+json`,
  digest: digest(name),
  size: 7,
  ...more,
})
const unknown = { architecture: 'unknown', os: 'unknown' }

test.each<[string, object, readonly [string, boolean][]]>([
  [
    'an index',
    { manifests: [entry('1'), entry('2')] },
    [
      ['1', true],
      ['2', true],
    ],
  ],
  ['annotations that are null', { manifests: [entry('1')], annotations: { x: null } }, [['1', true]]],
  ['an entry without a media type', { manifests: [{ digest: digest('1') }] }, [['1', false]]],
  ['an entry with half a platform', { manifests: [entry('1', { platform: { os: null } })] }, [['1', true]]],
  [
    'an attestation',
    { manifests: [entry('1'), entry('2', { platform: unknown })] },
    [
      ['1', true],
      ['2', true],
    ],
  ],
  ['an index within', { manifests: [entry('1', { mediaType: `${OCI}.index.v1+json` })] }, [['1', false]]],
  ['a document of an unknown type', { parts: { of: [[entry('1')]] } }, [['1', true]]],
  ['manifests beside layers', { manifests: [entry('1')], layers: [entry('2')] }, [['1', true]]],
  ['a subject is not a part of it', { manifests: [], subject: entry('1') }, []],
])('the manifests listed by a document: %s', async (_name, value, named) => {
  const { manifests } = await contentsOf({ schemaVersion: 2, ...value })
  expect(manifests).toEqual(named.map(([name, isImage]) => ({ digest: digest(name), isImage })))
})

test('seventy platforms are all listed', async () => {
  const manifests = Array.from({ length: 70 }, (_, n) =>
    entry(`${n}`, { platform: { os: 'a', architecture: `${n}` } }),
  )
  const contents = await contentsOf({ schemaVersion: 2, manifests })
  expect(contents.manifests).toHaveLength(70)
  expect(contents.info).toMatchObject({ kind: 'index' })
})

test('blobs are not manifests: of an image, of a build cache, of an artifact manifest', async () => {
  const image = {
    schemaVersion: 2,
    config: entry('c', { mediaType: 'x/y' }),
    layers: [entry('e', { mediaType: 'x/y' })],
  }
  expect(await contentsOf(image, `${OCI}.manifest.v1+json`)).toMatchObject({
    info: { kind: 'image' },
    manifests: [],
    blobs: new Map([
      [digest('c'), 7],
      [digest('e'), 7],
    ]),
  })
  const layer = entry('1', { mediaType: `${OCI}.layer.v1.tar+gzip` })
  const cache = {
    schemaVersion: 2,
    manifests: [layer, entry('2', { mediaType: 'application/vnd.buildkit.cacheconfig.v0' })],
  }
  expect(await contentsOf(cache)).toMatchObject({
    manifests: [],
    blobs: new Map([
      [digest('1'), 7],
      [digest('2'), 7],
    ]),
  })
  expect(await contentsOf({ blobs: [{ digest: digest('b'), size: -1 }] })).toMatchObject({
    manifests: [],
    blobs: new Map([[digest('b'), undefined]]),
  })
})

test('the blobs of schema 1 are not read', async () => {
  const contents = await contentsOf(
    { schemaVersion: 1 },
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  )
  expect(contents).toMatchObject({ manifests: [], isOpaque: true })
})

/** By name: the manifests that each one lists, or the error on reading it. */
type Graph = Readonly<Record<string, readonly string[] | GatewayError>>
const missing = new GatewayError('MANIFEST_UNKNOWN', 'x')
const unreadable = new GatewayError('UNAVAILABLE', 'x', { reason: 'bad_answer' })

/** A walk over fake manifests. @param images  listed as images. @param skipped  not to be read. */
function walkOf(
  graph: Graph,
  roots: readonly string[],
  { bytes = 100, images = [] as string[], skipped = [] as string[] } = {},
) {
  const reads: string[] = []
  const unreadables: string[] = []
  const names = new Map(Object.keys(graph).map((name) => [digest(name), name]))
  const walk = new ManifestWalk({
    budget: new ReadBudget(),
    async read(of) {
      const name = names.get(of) ?? ''
      reads.push(name)
      const named = graph[name] ?? missing
      if (named instanceof GatewayError) throw named
      const manifests = named.map((one) => ({ digest: digest(one), isImage: images.includes(one) }))
      return {
        info: undefined,
        manifests,
        blobs: new Map(),
        bytes: images.includes(name) ? 0 : bytes,
        isOpaque: false,
      }
    },
    roots: new Set(roots.map(digest)),
    mayRead: (of) => !skipped.includes(names.get(of) ?? ''),
    onContents: () => {},
    onUnreadable(child, error) {
      if (!(error instanceof GatewayError) || error.code === 'DENIED') throw error
      unreadables.push(`${names.get(child.digest)} ${error.code}`)
    },
    onTooMuch(of, limit) {
      throw new Error(`${names.get(of)}: ${limit}`)
    },
  })
  return {
    walk,
    reads,
    unreadables,
    rootsOf: (name: string) => walk.rootsOf(digest(name)).map((of) => names.get(of)),
  }
}

test('the roots above a manifest are known at any depth, and each manifest is read once', async () => {
  const graph = { a: ['b', 'm'], b: ['c', 'm'], c: ['m'], d: ['c'], m: [], e: ['x'], x: [] }
  const { walk, reads, rootsOf } = walkOf(graph, ['a', 'd', 'e', 'b'])
  await walk.run()
  expect(rootsOf('m').sort()).toEqual(['a', 'b', 'd'])
  expect(rootsOf('c').sort()).toEqual(['a', 'b', 'd'])
  expect(rootsOf('a')).toEqual([])
  expect([walk.includes(digest('x')), walk.includes(digest('a'))]).toEqual([true, false])
  expect([...reads].sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'm', 'x'])
})

test('an unreadable manifest is reported, and the walk continues unless that throws', async () => {
  const { walk, unreadables, rootsOf } = walkOf(
    { a: ['b', 'c', 'd'], b: unreadable, c: missing, d: ['m'], m: [] },
    ['a'],
  )
  await walk.run()
  expect([unreadables.sort(), rootsOf('m')]).toEqual([['b UNAVAILABLE', 'c MANIFEST_UNKNOWN'], ['a']])
  const denied = walkOf({ a: ['b'], b: new GatewayError('DENIED', 'x') }, ['a'])
  await expect(denied.walk.run()).rejects.toMatchObject({ code: 'DENIED' })
})

test('an unreadable manifest is reported again if another manifest does not list it as an image', async () => {
  const reported: boolean[] = []
  const named: Record<string, readonly [string, boolean][]> = {
    a: [['x', true]],
    b: [['c', false]],
    c: [['x', false]],
  }
  const walk = new ManifestWalk({
    budget: new ReadBudget(),
    async read(of) {
      const found = Object.entries(named).find(([name]) => digest(name) === of)?.[1]
      if (found === undefined) throw unreadable
      const manifests = found.map(([name, isImage]) => ({ digest: digest(name), isImage }))
      return { info: undefined, manifests, blobs: new Map(), bytes: 100, isOpaque: false }
    },
    roots: new Set([digest('a'), digest('b')]),
    mayRead: () => true,
    onContents: () => {},
    onUnreadable: ({ isImage }) => void reported.push(isImage),
    onTooMuch: () => {},
  })
  await walk.run()
  expect(reported).toEqual([true, false])
})

/** `1` lists `2` and so on, and the last one an image. */
const chain = (depth: number): Graph =>
  Object.fromEntries(Array.from({ length: depth + 1 }, (_, n) => [`${n + 1}`, n < depth ? [`${n + 2}`] : []]))

test('indexes are read to a depth of eight, not nine', async () => {
  const eight = walkOf(chain(8), ['1'])
  await eight.walk.run()
  expect(eight.rootsOf('9')).toEqual(['1'])
  await expect(walkOf(chain(9), ['1']).walk.run()).rejects.toThrow(
    '9: indexes are nested more than 8 levels deep there',
  )
})

const many = (count: number, named: string): [Graph, string[]] => {
  const names = Array.from({ length: count }, (_, n) => `${n + 1}`)
  return [{ ...Object.fromEntries(names.map((name) => [name, [named]])), m: [] }, names]
}

test('ten thousand indexes are read, not one more; images are not counted', async () => {
  const whole = walkOf(...many(10_000, 'm'))
  await whole.walk.run()
  expect(whole.rootsOf('m')).toHaveLength(10_000)
  await expect(walkOf(...many(10_001, 'm')).walk.run()).rejects.toThrow('more than 10,000 indexes')
  const images = Array.from({ length: 10_001 }, (_, n) => `${n + 1}`)
  await walkOf(Object.fromEntries(images.map((name) => [name, []])), images).walk.run()
})

test('64 MiB of indexes are read, not more', async () => {
  const [graph, names] = many(16, 'm')
  await walkOf(graph, names, { bytes: 4 * 1024 * 1024, images: ['m'] }).walk.run()
  const [more, all] = many(17, 'm')
  await expect(walkOf(more, all, { bytes: 4 * 1024 * 1024, images: ['m'] }).walk.run()).rejects.toThrow(
    'larger than 64 MiB',
  )
})

test('documents that list nothing count by their bytes', async () => {
  const names = Array.from({ length: 17 }, (_, n) => `${n + 1}`)
  const empty = walkOf(Object.fromEntries(names.map((name) => [name, []])), names, { bytes: 4 * 1024 * 1024 })
  await expect(empty.walk.run()).rejects.toThrow('larger than 64 MiB')
})

test('a skipped manifest is not read, at any depth', async () => {
  const graph = { a: ['b', 'c'], b: ['d'], c: [], d: [], e: [] }
  const { walk, reads } = walkOf(graph, ['a', 'e'], { skipped: ['b', 'e'] })
  await walk.run()
  expect(reads).toEqual(['a', 'c'])
  expect([walk.includes(digest('b')), walk.includes(digest('d'))]).toEqual([true, false])
})
