import { expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { ANONYMOUS } from '../registry/subject.ts'
import { MAX_TAG_BLOBS, MAX_TAG_BYTES, readImages } from './index-images.ts'
import type { InfoCache } from './info-cache.ts'
import type { RequestContext } from './reader.ts'
import type { ImageInfo, IndexInfo } from './summarize.ts'

const MIB = 1024 * 1024
const digestOf = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}` as Digest
const context: RequestContext = {
  subject: ANONYMOUS,
  repository: 'a' as Repository,
  limiterStream: { run: (ask) => ask(), reserve: async () => () => {} },
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

/** Answers each manifest a turn later, and counts those on their way. */
function createInfoCache(answer: (n: number) => ImageInfo | Error) {
  const busy = { now: 0, most: 0 }
  const manifest = vi.fn<InfoCache['manifest']>(async (_asker, digest) => {
    busy.most = Math.max(busy.most, ++busy.now)
    await new Promise((resolve) => setImmediate(resolve))
    busy.now--
    const answered = answer(Number.parseInt(digest.slice(-8), 16))
    if (answered instanceof Error) throw answered
    return answered
  })
  return { infoCache: { manifest }, manifest, busy }
}

test('an ordinary index is read whole and in its order, four at a time', async () => {
  const { infoCache, manifest, busy } = createInfoCache((n) => image(1000 + n, 20))
  const { images, over } = await readImages(infoCache, context, index(64))
  expect(images.map((info) => info?.bytes)).toEqual(Array.from({ length: 64 }, (_, n) => 1000 + n))
  expect([over, manifest.mock.calls.length, busy.most]).toEqual([false, 64, 4])
})

test.each([
  ['64 manifests of 4 MiB', image(4 * MIB, 1), MAX_TAG_BYTES / (4 * MIB)],
  ['64 manifests of 10,000 layers', image(MIB, 10_000), MAX_TAG_BLOBS / 10_000],
])(
  '%s: those beyond the budget are not asked for, and only the one shown is held',
  async (_name, info, fit) => {
    const { infoCache, manifest } = createInfoCache(() => info)
    expect(await readImages(infoCache, context, index(64))).toEqual({ images: [info], over: true })
    // the one that goes over it, and what was on its way with that
    expect(manifest.mock.calls.length).toBeLessThanOrEqual(fit + 4)
  },
)

test('a budget that is just spent is not overspent', async () => {
  const { infoCache } = createInfoCache(() => image(4 * MIB, 5000))
  const { images, over } = await readImages(infoCache, context, index(4))
  expect([images.length, over]).toEqual([4, false])
})

test('what the repository lacks is a gap', async () => {
  const { infoCache } = createInfoCache((n) =>
    n === 1 ? new GatewayError('MANIFEST_UNKNOWN', 'gone') : image(9, 1),
  )
  const { images, over } = await readImages(infoCache, context, index(3))
  expect([images.map((info) => info?.bytes), over]).toEqual([[9, undefined, 9], false])
})

test('any other failure is the row’s, and nothing more is asked for it', async () => {
  const down = new GatewayError('UNAVAILABLE', 'down')
  const { infoCache, manifest } = createInfoCache((n) => (n === 1 ? down : image(9, 1)))
  await expect(readImages(infoCache, context, index(64))).rejects.toBe(down)
  await Promise.allSettled(manifest.mock.results.map(({ value }) => value))
  await new Promise((resolve) => setImmediate(resolve))
  expect(manifest.mock.calls.length).toBeLessThanOrEqual(8)
})
