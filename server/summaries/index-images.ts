// The images of an index, read within what one tag may cost: whoever may push can make an index of 64 manifests
// of 4 MiB and 10,000 layers each.

import { forEachConcurrent } from '../concurrency/for-each.ts'
import { GatewayError } from '../errors.ts'
import type { InfoCache } from './info-cache.ts'
import type { RequestContext } from './reader.ts'
import type { IndexInfo, ManifestInfo } from './summarize.ts'

/** Of manifests below an index. A real one has a few kB an image. */
export const MAX_TAG_BYTES = 16 * 1024 * 1024
/** Blobs named by them; some 150 bytes each are held until the row is made, 3 MB. */
export const MAX_TAG_BLOBS = 20_000
/** What is on its way when the budget is spent still comes: at most four manifests more. */
const AT_A_TIME = 4

export interface IndexImages {
  /** In the order of `index.images`; undefined for what the repository lacks. If `over`, the first alone. */
  readonly images: readonly (ManifestInfo | undefined)[]
  /** Whether they are more than one tag may cost; the rest was not asked for. */
  readonly over: boolean
}

/** Undefined in place of what the repository lacks: an index may name more than was mirrored. */
export async function unlessMissing<T>(part: Promise<T>): Promise<T | undefined> {
  try {
    return await part
  } catch (error) {
    if (error instanceof GatewayError && error.statusCode === 404) return undefined
    throw error
  }
}

/** @throws GatewayError as `parts.manifest` does, but for what is missing. */
export async function readImages(
  infoCache: Pick<InfoCache, 'manifest'>,
  context: RequestContext,
  index: IndexInfo,
): Promise<IndexImages> {
  const images: (ManifestInfo | undefined)[] = index.images.map(() => undefined)
  let bytes = 0
  let blobs = 0
  const isOver = () => bytes > MAX_TAG_BYTES || blobs > MAX_TAG_BLOBS

  await forEachConcurrent(index.images.entries(), AT_A_TIME, async ([place, { digest }]) => {
    const info = await unlessMissing(infoCache.manifest(context, digest))
    bytes += info?.bytes ?? 0
    blobs += info?.kind === 'image' ? info.blobs.size : 0
    if (place === 0 || !isOver()) images[place] = info
    return !isOver()
  })
  return isOver() ? { images: images.slice(0, 1), over: true } : { images, over: false }
}
