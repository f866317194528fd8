// One tag in, its row out: with one HEAD where its digest is known already.
//
// What a digest names never changes, so its summary is kept for everybody. Whether somebody may see it is asked
// of the registry each time and in their own name: a row is only ever made from the answer that a HEAD or GET of
// this tag has just given to this subject. All is kept by repository *and* digest: the right to a tag proves the
// right to the documents its manifest names in that repository, not that they lie there. With the digest alone
// as key, whoever can push an index (some registries accept one whose images they do not hold) could have Gantry
// tell size, date and platform of an image in a repository they may not read.

import QuickLRU from 'quick-lru'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import type { GatewayError } from '../errors.ts'
import { toUpstreamError } from '../registry/upstream-errors.ts'
import { readImages, unlessMissing } from './index-images.ts'
import { type InfoCache, keyOf } from './info-cache.ts'
import type { LastSeen, NamedManifest, RepositoryReader, RequestContext } from './reader.ts'
import {
  type ImageInfo,
  type IndexInfo,
  type ManifestInfo,
  type Summary,
  summarizeImage,
  summarizeIndex,
} from './summarize.ts'

export interface SummaryOutcome {
  readonly row: SummaryRow
  /** Why there is no summary: the error the row's entry was made of. */
  readonly failure: GatewayError | undefined
}

export interface Summaries {
  /** Never throws: what goes wrong with a tag is its row's error. */
  rowOf(context: RequestContext, tag: Tag): Promise<SummaryOutcome>
}

/** What is known of a tag when something goes wrong with it. */
interface Seen {
  digest?: Digest
  mediaType?: string
}

/** Repositories of 20,000 tags exist. Some 900 bytes an entry, and quick-lru keeps up to twice as many: 45 MB. */
const MAX_KEPT = 25_000
/** Characters of all platforms' labels together. */
const MAX_KEPT_LABELS = 1000

/** The row of a tag that has no summary. */
export function failedRow(tag: string, failure: GatewayError, seen: Seen = {}): SummaryRow {
  return { tag, ...seen, error: failure.toLine() }
}

/**
 * Whether a summary may be kept. One of an ordinary image is half as long; what its author has blown up is made
 * anew each time, or 50,000 such would fill the memory.
 */
function fits({ platforms }: Summary): boolean {
  return platforms.reduce((sum, label) => sum + label.length, 0) <= MAX_KEPT_LABELS
}

/** @param maxKept  summaries to keep; for the bound see MAX_KEPT. */
export function createSummaries(
  reader: RepositoryReader,
  infoCache: InfoCache,
  maxKept = MAX_KEPT,
): Summaries {
  const kept = new QuickLRU<string, Summary>({ maxSize: maxKept })
  /** Decides how to ask next, never what to show. */
  const lastSeen = new QuickLRU<string, LastSeen>({ maxSize: maxKept })
  const tagKey = ({ repository }: RequestContext, tag: Tag) => `${repository}:${tag}`

  async function ofImage(context: RequestContext, digest: Digest, image: ImageInfo) {
    const { config } = image
    const info = config === undefined ? undefined : await unlessMissing(infoCache.config(context, config))
    const complete = config === undefined || info !== undefined
    return { summary: summarizeImage(digest, image, info), complete }
  }

  async function ofIndex(context: RequestContext, digest: Digest, index: IndexInfo) {
    const { images, over } = await readImages(infoCache, context, index)
    const [shown] = images
    const config = shown?.kind === 'image' ? shown.config : undefined
    const info = config === undefined ? undefined : await unlessMissing(infoCache.config(context, config))
    const complete = !images.includes(undefined) && (config === undefined || info !== undefined)
    const read = { ...index, more: index.more || over }
    return { summary: summarizeIndex(digest, read, images, info), complete }
  }

  /** Kept for good only when nothing was missing: what a repository lacks today may be pushed tomorrow. */
  async function summarize(context: RequestContext, digest: Digest, info: ManifestInfo): Promise<Summary> {
    const { summary, complete } =
      info.kind === 'index' ? await ofIndex(context, digest, info) : await ofImage(context, digest, info)
    if (complete && fits(summary)) kept.set(keyOf(context, digest), summary)
    return summary
  }

  /** What the tag names now. One GET tells at once what HEAD and a second request would, unless a HEAD will do. */
  async function ask(context: RequestContext, tag: Tag, last: LastSeen | undefined): Promise<NamedManifest> {
    if (last !== undefined) return reader.resolve(context, tag, last)
    const document = await reader.manifest(context, tag)
    return { digest: document.digest, document }
  }

  async function resolve(context: RequestContext, tag: Tag, seen: Seen): Promise<Summary> {
    const last = lastSeen.get(tagKey(context, tag))
    const isKnown = last !== undefined && kept.has(keyOf(context, last.digest))
    const { digest, document } = await ask(context, tag, isKnown ? last : undefined)
    Object.assign(seen, { digest, ...(document && { mediaType: document.mediaType }) })
    const info = () =>
      document === undefined ? infoCache.manifest(context, digest) : infoCache.read(context, document)
    const summary = kept.get(keyOf(context, digest)) ?? (await summarize(context, digest, await info()))
    lastSeen.set(tagKey(context, tag), { digest, conditional: (document ?? last)?.conditional ?? false })
    return summary
  }

  return {
    async rowOf(context, tag) {
      const seen: Seen = {}
      try {
        return { row: { tag, ...(await resolve(context, tag, seen)) }, failure: undefined }
      } catch (error) {
        const failure = toUpstreamError(error, 'registry')
        return { row: failedRow(tag, failure, seen), failure }
      }
    },
  }
}
