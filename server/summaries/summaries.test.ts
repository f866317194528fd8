import { afterEach, expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import { Limiter } from '../concurrency/limiter.ts'
import { GatewayError } from '../errors.ts'
import { RegistryClient } from '../registry/client.ts'
import { ANONYMOUS } from '../registry/subject.ts'
import { buildImage } from '../testing/image-builder.ts'
import { createImageStore } from '../testing/image-store.ts'
import { startRegistry } from '../testing/registry/registry.ts'
import { InfoCache } from './info-cache.ts'
import { RepositoryReader, type RequestContext } from './reader.ts'
import { MAX_TAG_BLOBS, MAX_TAG_BYTES, readImages, Summaries } from './summaries.ts'
import type { ImageInfo, IndexInfo } from './summarize.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Summaries of a repository with tags `0` to `<count - 1>`. */
async function start(count: number, maxCached: number) {
  const store = createImageStore()
  for (let n = 0; n < count; n++) {
    const recipe = { created: '2025-01-01T00:00:00Z', steps: [{ by: `RUN ${n}` }] }
    store.tag('a', `${n}`, buildImage(store, 'a', recipe).digest)
  }
  const registry = await startRegistry({ store, auth: { type: 'none' } })
  const client = new RegistryClient({
    origin: registry.origin,
    authType: 'none',
    verifyTls: true,
    ca: undefined,
    timeoutSeconds: 5,
    tokenCacheSeconds: undefined,
    realmAllow: undefined,
    tokenServerUrl: undefined,
    loginOffered: false,
    onPasswordRefused: async () => {},
    onVerified: async () => {},
    onRealmPinned: () => {},
  })
  closers.push(registry.close, () => client.close())
  const limiterStream = new Limiter({ max: 8, share: 8, reserve: 0 }).open({
    visitor: 'test',
    subject: 'test',
    repository: 'a' as Repository,
  })
  const { signal } = new AbortController()
  const reader = new RepositoryReader(client, 5)
  const summaries = new Summaries(reader, new InfoCache(reader), maxCached)
  return {
    registry,
    rowOf: (tag: number) =>
      summaries.rowOf(
        { subject: ANONYMOUS, repository: 'a' as Repository, limiterStream, signal },
        `${tag}` as Tag,
      ),
  }
}

test('the cache is bounded: the oldest summary is evicted, and made again on request', async () => {
  const { registry, rowOf } = await start(20, 4)
  for (let tag = 0; tag < 20; tag++) await rowOf(tag)
  const methodsOf = async (tag: number) => {
    registry.requests.length = 0
    expect((await rowOf(tag)).failure).toBeUndefined()
    return registry.requests.map(({ method }) => method)
  }
  expect(await methodsOf(19)).toEqual(['HEAD'])
  // its manifest; its config is small, and among the 5000 cached
  expect(await methodsOf(0)).toEqual(['GET'])
  expect(await methodsOf(0)).toEqual(['HEAD'])
})

const MIB = 1024 * 1024
const digestOf = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}` as Digest
const CONTEXT: RequestContext = {
  subject: ANONYMOUS,
  repository: 'a' as Repository,
  limiterStream: { run: (work) => work(), reserve: async () => () => {} },
  signal: new AbortController().signal,
}
const index = (count: number): IndexInfo => ({
  kind: 'index',
  bytes: 1000,
  mediaType: OCI_INDEX,
  artifactType: undefined,
  images: Array.from({ length: count }, (_, n) => ({
    label: `linux/${n}`,
    digest: digestOf(n),
    hasPlatform: true,
  })),
  more: false,
  isWhole: true,
  created: undefined,
})
const image = (bytes: number, blobs: number): ImageInfo => ({
  kind: 'image',
  bytes,
  mediaType: OCI_MANIFEST,
  artifactType: undefined,
  config: undefined,
  blobs: new Map(Array.from({ length: blobs }, (_, n) => [digestOf(n), 1])),
  isWhole: true,
  created: undefined,
})

/** Returns each manifest one turn of the event loop later, and counts those in flight. */
function fakeInfoCache(manifestOf: (n: number) => ImageInfo | Error) {
  const inFlight = { now: 0, max: 0 }
  const manifest = vi.fn<InfoCache['manifest']>(async (_context, digest) => {
    inFlight.max = Math.max(inFlight.max, ++inFlight.now)
    await new Promise((resolve) => setImmediate(resolve))
    inFlight.now--
    const result = manifestOf(Number.parseInt(digest.slice(-8), 16))
    if (result instanceof Error) throw result
    return result
  })
  return { infoCache: { manifest }, manifest, inFlight }
}

test('an ordinary index is read in full and in its order, four manifests at a time', async () => {
  const { infoCache, manifest, inFlight } = fakeInfoCache((n) => image(1000 + n, 20))
  const { images, isOverBudget } = await readImages(infoCache, CONTEXT, index(64))
  expect(images.map((info) => info?.bytes)).toEqual(Array.from({ length: 64 }, (_, n) => 1000 + n))
  expect([isOverBudget, manifest.mock.calls.length, inFlight.max]).toEqual([false, 64, 4])
})

test.each([
  ['64 manifests of 4 MiB', image(4 * MIB, 1), MAX_TAG_BYTES / (4 * MIB)],
  ['64 manifests of 10,000 layers', image(MIB, 10_000), MAX_TAG_BLOBS / 10_000],
])(
  '%s: images beyond the budget are not requested, and only the one shown is held',
  async (_name, info, fit) => {
    const { infoCache, manifest } = fakeInfoCache(() => info)
    expect(await readImages(infoCache, CONTEXT, index(64))).toEqual({ images: [info], isOverBudget: true })
    // the one that exceeds it, and those in flight with it
    expect(manifest.mock.calls.length).toBeLessThanOrEqual(fit + 4)
  },
)

test('a budget that is exactly spent is not exceeded', async () => {
  const { infoCache } = fakeInfoCache(() => image(4 * MIB, 5000))
  const { images, isOverBudget } = await readImages(infoCache, CONTEXT, index(4))
  expect([images.length, isOverBudget]).toEqual([4, false])
})

test('an image that the repository lacks is undefined', async () => {
  const { infoCache } = fakeInfoCache((n) =>
    n === 1 ? new GatewayError('MANIFEST_UNKNOWN', 'gone') : image(9, 1),
  )
  const { images, isOverBudget } = await readImages(infoCache, CONTEXT, index(3))
  expect([images.map((info) => info?.bytes), isOverBudget]).toEqual([[9, undefined, 9], false])
})

test('any other failure fails the row, and ends its requests', async () => {
  const down = new GatewayError('UNAVAILABLE', 'down')
  const { infoCache, manifest } = fakeInfoCache((n) => (n === 1 ? down : image(9, 1)))
  await expect(readImages(infoCache, CONTEXT, index(64))).rejects.toBe(down)
  await Promise.allSettled(manifest.mock.results.map(({ value }) => value))
  await new Promise((resolve) => setImmediate(resolve))
  expect(manifest.mock.calls.length).toBeLessThanOrEqual(8)
})
