// One tag in, one row out: by a single HEAD if its digest is known already.
//
// A digest always names the same content, so summaries are cached for everybody. Whether a subject may see one is
// for the registry to decide, each time: a row is made only after the registry has just responded to a HEAD or GET of
// this tag, sent in the subject's own name. Everything is cached by repository *and* digest: the right to a tag
// implies the right to the documents that its manifest names in that repository, but not that they exist there. If
// the digest alone were the key, anyone able to push an index (some registries accept one whose images they lack)
// could make Gantry reveal size, date and platform of an image in a repository they may not read.

import QuickLRU from 'quick-lru'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { GatewayError } from '../errors.ts'
import { toUpstreamError } from '../registry/upstream-errors.ts'
import { cacheKey, type InfoCache } from './info-cache.ts'
import type { LastSeen, NamedManifest, RepositoryReader, RequestContext } from './reader.ts'
import {
  type ConfigInfo,
  type ImageInfo,
  type IndexInfo,
  type ManifestInfo,
  type Summary,
  summarizeImage,
  summarizeIndex,
} from './summarize.ts'

export interface SummaryOutcome {
  readonly row: SummaryRow
  /** Why there is no summary: the error behind the row's entry. */
  readonly failure: GatewayError | undefined
}

/** What is known of a tag when its summary fails. */
interface Seen {
  digest?: Digest
  mediaType?: string
}

/** Repositories of 20,000 tags exist. An entry takes some 900 bytes, and quick-lru holds up to twice as many: 45 MB. */
const MAX_CACHED = 25_000
/** Characters of all platform labels together. */
const MAX_CACHED_LABELS = 1000

/** Bytes of manifests that are read below one index. Usually an image has a few kB. */
export const MAX_TAG_BYTES = 16 * 1024 * 1024
/** Blobs that these list; each takes some 150 bytes until the row is made, 3 MB in all. */
export const MAX_TAG_BLOBS = 20_000
/** Manifests of one index at a time: at most this many are still read once the budget is spent. */
const CONCURRENT_IMAGES = 4

/** The row of a tag that has no summary. */
export function failedRow(tag: string, failure: GatewayError, seen: Seen = {}): SummaryRow {
  return { tag, ...seen, error: failure.toLine() }
}

/**
 * Whether a summary is small enough to be cached. That of an ordinary image is half as long; an inflated one is made
 * anew each time, since 50,000 of them would fill the memory.
 */
function isCacheable({ platforms }: Summary): boolean {
  return platforms.reduce((sum, label) => sum + label.length, 0) <= MAX_CACHED_LABELS
}

/** Resolves to undefined if the repository lacks a part: an index may list more images than were mirrored. */
async function unlessMissing<T>(part: Promise<T>): Promise<T | undefined> {
  try {
    return await part
  } catch (error) {
    if (error instanceof GatewayError && error.statusCode === 404) return undefined
    throw error
  }
}

export interface IndexImages {
  /** In the order of `index.images`; undefined if the repository lacks it. Only the first if `isOverBudget`. */
  readonly images: readonly (ManifestInfo | undefined)[]
  /** Whether they exceed the budget of one tag, so that the rest was not requested. */
  readonly isOverBudget: boolean
}

/**
 * Reads the images of an index within the budget of one tag: anybody allowed to push can make an index of 64 manifests
 * with 4 MiB and 10,000 layers each.
 *
 * @throws GatewayError as `infoCache.manifest` does, except for missing images.
 */
export async function readImages(
  infoCache: Pick<InfoCache, 'manifest'>,
  context: RequestContext,
  index: IndexInfo,
): Promise<IndexImages> {
  const images: (ManifestInfo | undefined)[] = index.images.map(() => undefined)
  let bytes = 0
  let blobs = 0
  const isOver = () => bytes > MAX_TAG_BYTES || blobs > MAX_TAG_BLOBS

  await forEachConcurrent(index.images.entries(), CONCURRENT_IMAGES, async ([place, { digest }]) => {
    const info = await unlessMissing(infoCache.manifest(context, digest))
    bytes += info?.bytes ?? 0
    blobs += info?.kind === 'image' ? info.blobs.size : 0
    if (place === 0 || !isOver()) images[place] = info
    return !isOver()
  })
  return isOver() ? { images: images.slice(0, 1), isOverBudget: true } : { images, isOverBudget: false }
}

/** A summary; `isComplete` is false if the repository lacks a part of it. */
interface Summarized {
  readonly summary: Summary
  readonly isComplete: boolean
}

export class Summaries {
  readonly #reader: Pick<RepositoryReader, 'resolve' | 'manifest'>
  readonly #infoCache: Pick<InfoCache, 'manifest' | 'addManifest' | 'config'>
  readonly #cache: QuickLRU<string, Summary>
  /** By repository and tag. Decides which request to send, never what to show. */
  readonly #lastSeen: QuickLRU<string, LastSeen>

  /** @param maxCached  summaries; for the bound see MAX_CACHED. */
  constructor(
    reader: Pick<RepositoryReader, 'resolve' | 'manifest'>,
    infoCache: Pick<InfoCache, 'manifest' | 'addManifest' | 'config'>,
    maxCached = MAX_CACHED,
  ) {
    this.#reader = reader
    this.#infoCache = infoCache
    this.#cache = new QuickLRU({ maxSize: maxCached })
    this.#lastSeen = new QuickLRU({ maxSize: maxCached })
  }

  /** Never throws: the row has the error of its tag. */
  async rowOf(context: RequestContext, tag: Tag): Promise<SummaryOutcome> {
    const seen: Seen = {}
    try {
      return { row: { tag, ...(await this.#summaryOf(context, tag, seen)) }, failure: undefined }
    } catch (error) {
      const failure = toUpstreamError(error, 'registry')
      return { row: failedRow(tag, failure, seen), failure }
    }
  }

  async #summaryOf(context: RequestContext, tag: Tag, seen: Seen): Promise<Summary> {
    const tagKey = `${context.repository}:${tag}`
    const last = this.#lastSeen.get(tagKey)
    const isCached = last !== undefined && this.#cache.has(cacheKey(context, last.digest))
    const { digest, document } = await this.#resolve(context, tag, isCached ? last : undefined)
    Object.assign(seen, { digest, ...(document && { mediaType: document.mediaType }) })
    const info = () =>
      document === undefined
        ? this.#infoCache.manifest(context, digest)
        : this.#infoCache.addManifest(context, document)
    const summary =
      this.#cache.get(cacheKey(context, digest)) ?? (await this.#summarize(context, digest, await info()))
    this.#lastSeen.set(tagKey, { digest, conditional: (document ?? last)?.conditional ?? false })
    return summary
  }

  /** Finds out what the tag names now. Without a cached summary, one GET saves the second request after a HEAD. */
  async #resolve(context: RequestContext, tag: Tag, last: LastSeen | undefined): Promise<NamedManifest> {
    if (last !== undefined) return this.#reader.resolve(context, tag, last)
    const document = await this.#reader.manifest(context, tag)
    return { digest: document.digest, document }
  }

  /** Caches only complete summaries: the missing part may be pushed tomorrow. */
  async #summarize(context: RequestContext, digest: Digest, info: ManifestInfo): Promise<Summary> {
    const { summary, isComplete } =
      info.kind === 'index'
        ? await this.#summarizeIndex(context, digest, info)
        : await this.#summarizeImage(context, digest, info)
    if (isComplete && isCacheable(summary)) this.#cache.set(cacheKey(context, digest), summary)
    return summary
  }

  async #summarizeImage(context: RequestContext, digest: Digest, image: ImageInfo): Promise<Summarized> {
    const config = await this.#configOf(context, image)
    const isComplete = image.config === undefined || config !== undefined
    return { summary: summarizeImage(digest, image, config), isComplete }
  }

  async #summarizeIndex(context: RequestContext, digest: Digest, index: IndexInfo): Promise<Summarized> {
    const { images, isOverBudget } = await readImages(this.#infoCache, context, index)
    const shown = images[0]?.kind === 'image' ? images[0] : undefined
    const config = await this.#configOf(context, shown)
    const isComplete = !images.includes(undefined) && (shown?.config === undefined || config !== undefined)
    const read = { ...index, more: index.more || isOverBudget }
    return { summary: summarizeIndex(digest, read, images, config), isComplete }
  }

  /** Undefined if the image has no config to read, or the repository lacks it. */
  async #configOf(context: RequestContext, image: ImageInfo | undefined): Promise<ConfigInfo | undefined> {
    if (image?.config === undefined) return undefined
    return unlessMissing(this.#infoCache.config(context, image.config))
  }
}
