// The manifests that other manifests list, at any depth. Only the descriptors of a document matter here: registries and
// clients may well read an index that Gantry cannot show.

import { allDescriptors, type FoundDescriptor } from '../../shared/oci/descriptors.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import { isOpenable } from '../../shared/oci/manifest.ts'
import { foldKey } from '../../shared/oci/manifest-shape.ts'
import { isManifest, isSchema1 } from '../../shared/oci/media-types.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { gatewayError } from '../errors.ts'
import type { InfoCache } from '../summaries/info-cache.ts'
import type { RepositoryReader, RequestContext, Verified } from '../summaries/reader.ts'
import type { ImageInfo, ManifestInfo } from '../summaries/summarize.ts'
import { isUnreadable } from './tags.ts'

/** A manifest that another one lists. */
export interface Child {
  readonly digest: Digest
  /** Whether it is listed as an image everywhere: an image lists no manifests. */
  isImage: boolean
}

/** The manifests and blobs that one manifest lists. */
export interface Contents {
  /** Undefined if Gantry does not know the type of the document. */
  readonly info: ManifestInfo | undefined
  /** Descriptors that may be manifests, by their media type. */
  readonly manifests: readonly Child[]
  /** All other descriptors, with their bytes. They may still be manifests: a media type can be wrong. */
  readonly blobs: ReadonlyMap<Digest, number | undefined>
  /** Length of the document; 0 for a cached image, which was not read again. */
  readonly bytes: number
  /** Whether it may refer to further blobs. */
  readonly isOpaque: boolean
}

/** Fields that hold blobs in documents of any type, whatever the media type of the descriptor. */
const BLOB_FIELDS = /^(?:config|layers|blobs|fslayers)(?:\.|$)/
/** The subject of a document is not a part of it. */
const SUBJECT_FIELD = /^subject(?:\.|$)/

const mayBeManifest = ({ path, mediaType = '' }: FoundDescriptor) =>
  !BLOB_FIELDS.test(foldKey(path)) && isOpenable({ mediaType })

function contentsOfImage(info: ImageInfo): Contents {
  return { info, manifests: [], blobs: info.blobs, bytes: 0, isOpaque: !info.isWhole }
}

export function contentsOf({ value, bytes, mediaType }: Verified, info: ManifestInfo | undefined): Contents {
  if (info?.kind === 'image') return contentsOfImage(info)
  const found = allDescriptors(value)?.filter(({ path }) => !SUBJECT_FIELD.test(foldKey(path)))
  if (found === undefined) throw gatewayError('manifest_too_large')
  return {
    info,
    manifests: found
      .filter(mayBeManifest)
      .map((child) => ({ digest: child.digest, isImage: isManifest(child.mediaType ?? '') })),
    blobs: new Map(
      found.filter((one) => !mayBeManifest(one)).map(({ digest, size }) => [digest, size] as const),
    ),
    bytes,
    isOpaque: isSchema1(mediaType) || info?.isWhole === false,
  }
}

/**
 * Reads the contents of one manifest. For an image the cached info is enough; an index is read again, since its cached
 * info has only what a table shows.
 *
 * @throws GatewayError; see `isUnreadable`.
 */
export async function readContents(
  reader: Pick<RepositoryReader, 'manifest'>,
  infoCache: Pick<InfoCache, 'cachedManifest' | 'addManifest'>,
  context: RequestContext,
  digest: Digest,
): Promise<Contents> {
  const cached = infoCache.cachedManifest(context, digest)
  if (cached?.kind === 'image') return contentsOfImage(cached)
  const document = await reader.manifest(context, digest)
  let info: ManifestInfo | undefined
  try {
    info = infoCache.addManifest(context, document)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  return contentsOf(document, info)
}

/** Nesting of indexes: an index in an index has depth 2. */
const MAX_DEPTH = 8
/** Manifests that list manifests. */
const MAX_INDEXES = 10_000
/** Of all documents except images, whether they list anything or not. */
const MAX_BYTES = 64 * 1024 * 1024
/** Each takes some 200 bytes of memory; MAX_BYTES of indexes could list four times as many. */
const MAX_CHILDREN = 200_000

/** Limits the indexes that one plan reads, deleted or kept. */
export class ReadBudget {
  #indexes = 0
  #bytes = 0

  /** Counts one document. @returns the exceeded limit as a clause for the error; undefined if there is none. */
  spend(bytes: number, isIndex: boolean): string | undefined {
    if (isIndex) this.#indexes++
    this.#bytes += bytes
    return this.exhausted()
  }

  exhausted(): string | undefined {
    if (this.#indexes > MAX_INDEXES)
      return `this repository has more than ${MAX_INDEXES.toLocaleString('en')} indexes`
    if (this.#bytes > MAX_BYTES)
      return `the indexes of this repository are larger than ${MAX_BYTES / 1024 / 1024} MiB together`
    return undefined
  }
}

export interface WalkOptions {
  readonly budget: ReadBudget
  /** Where the walk starts. */
  readonly roots: ReadonlySet<Digest>
  read(digest: Digest): Promise<Contents>
  /** Called before each manifest is read; false skips it. */
  mayRead(digest: Digest): boolean
  onContents(digest: Digest, contents: Contents): void
  /**
   * Called if a manifest cannot be read, and again once it turns out that it is not listed as an image everywhere.
   * Throws to end the walk; otherwise the walk skips the manifest.
   *
   * @param error  thrown by `read`.
   */
  onUnreadable(child: Child, error: unknown): void
  /**
   * Called if more lies below a manifest than may be read. Throws to end the walk; otherwise the walk skips it.
   *
   * @param limit  the exceeded limit, as a clause for the error.
   */
  onTooMuch(digest: Digest, limit: string): void
}

/** Walks over everything below some manifests, breadth first, each once, and records which manifest lists which. */
export class ManifestWalk {
  readonly #options: WalkOptions
  /** Everything that is listed, with the manifests that list it. */
  readonly #parents = new Map<Digest, Digest[]>()
  /** Manifests below the roots. */
  readonly #children = new Map<Digest, Child>()
  /** Errors of the manifests that cannot be read. */
  readonly #failures = new Map<Digest, unknown>()

  constructor(options: WalkOptions) {
    this.#options = options
  }

  /** @throws any error of the options' methods. */
  async run(): Promise<void> {
    const { roots } = this.#options
    let level: Child[] = []
    await forEachConcurrent(roots, MAX_STREAM_REQUESTS, (digest) =>
      this.#visit({ digest, isImage: false }, 1, level),
    )
    for (let depth = 2; level.length > 0; depth++) {
      const next: Child[] = []
      await forEachConcurrent(level, MAX_STREAM_REQUESTS, (child) => this.#visit(child, depth, next))
      level = next
    }
  }

  /** Whether this is below one of the roots, at any depth. */
  includes(digest: Digest): boolean {
    return this.#parents.has(digest)
  }

  /** The roots above this, at any depth. */
  rootsOf(digest: Digest): readonly Digest[] {
    const above = new Set(this.#parents.get(digest))
    // iterating a set includes the values added meanwhile
    for (const one of above) for (const parent of this.#parents.get(one) ?? []) above.add(parent)
    return [...above].filter((one) => this.#options.roots.has(one))
  }

  async #visit(child: Child, depth: number, next: Child[]): Promise<void> {
    const { digest } = child
    if (!this.#options.mayRead(digest)) return
    let contents: Contents
    try {
      contents = await this.#options.read(digest)
    } catch (error) {
      this.#failures.set(digest, error)
      this.#options.onUnreadable(child, error)
      return
    }
    this.#options.onContents(digest, contents)
    if (contents.info?.kind === 'image') return
    // a wrong media type makes a manifest look like a blob, and it is lost all the same
    for (const blob of contents.blobs.keys()) this.#addParent(blob, digest)
    if (this.#mayDescend(child, contents, depth))
      for (const below of contents.manifests) this.#descend(below, digest, next)
  }

  #mayDescend(child: Child, { bytes, manifests }: Contents, depth: number): boolean {
    const isIndex = manifests.length > 0
    const exhausted = this.#options.budget.spend(bytes, isIndex)
    const isTooDeep = isIndex && depth > MAX_DEPTH
    const limit = isTooDeep ? `indexes are nested more than ${MAX_DEPTH} levels deep there` : exhausted
    if (limit !== undefined) this.#options.onTooMuch(child.digest, limit)
    return limit === undefined
  }

  /** Returns false if there are too many already. */
  #addParent(digest: Digest, parent: Digest): boolean {
    const known = this.#parents.get(digest)
    if (known === undefined && this.#parents.size >= MAX_CHILDREN) {
      this.#options.onTooMuch(parent, 'the indexes of this repository name too many manifests')
      return false
    }
    if (known === undefined) this.#parents.set(digest, [parent])
    else if (known.at(-1) !== parent) known.push(parent)
    return true
  }

  #descend(child: Child, parent: Digest, next: Child[]): void {
    if (!this.#addParent(child.digest, parent) || this.#options.roots.has(child.digest)) return
    const known = this.#children.get(child.digest)
    if (known !== undefined) {
      if (!child.isImage) this.#revokeImage(known)
      return
    }
    this.#children.set(child.digest, child)
    next.push(child)
  }

  /** Another manifest does not list it as an image. If it could not be read, it might have been an index. */
  #revokeImage(known: Child): void {
    if (!known.isImage) return
    known.isImage = false
    if (this.#failures.has(known.digest)) this.#options.onUnreadable(known, this.#failures.get(known.digest))
  }
}
