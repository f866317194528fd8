// The manifests that manifests name, at any depth. Nothing is asked of a document but its descriptors: an index that
// Gantry cannot show is one that registries and clients may well read.

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
import { isUnreadable } from './unreadable.ts'

/** A manifest that another one names. */
export interface Child {
  readonly digest: Digest
  /** Everything that names it says that it is an image: then it names no manifests. */
  isImage: boolean
}

/** What one manifest names. */
export interface Contents {
  /** Undefined where Gantry does not know such documents. */
  readonly info: ManifestInfo | undefined
  /** All that may be manifests, by what is said of their type. */
  readonly manifests: readonly Child[]
  /** Everything else, with its bytes. A type may be wrong: these may be manifests all the same. */
  readonly blobs: ReadonlyMap<Digest, number | undefined>
  /** Of the document; 0 where it was known already, and names blobs alone. */
  readonly bytes: number
  /** Whether it may name blobs that are not among these. */
  readonly isOpaque: boolean
}

/** Where documents of all kinds keep blobs, whatever these say of their type. */
const BLOBS = /^(?:config|layers|blobs|fslayers)(?:\.|$)/
/** What a document is about is not a part of it. */
const SUBJECT = /^subject(?:\.|$)/

const mayBeManifest = ({ path, mediaType = '' }: FoundDescriptor) =>
  !BLOBS.test(foldKey(path)) && isOpenable({ mediaType })

function contentsOfImage(info: ImageInfo): Contents {
  return { info, manifests: [], blobs: info.blobs, bytes: 0, isOpaque: !info.isWhole }
}

export function contentsOf({ value, bytes, mediaType }: Verified, info: ManifestInfo | undefined): Contents {
  if (info?.kind === 'image') return contentsOfImage(info)
  const found = allDescriptors(value)?.filter(({ path }) => !SUBJECT.test(foldKey(path)))
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
 * Reads what one manifest names. Of images what is kept will do; an index is read anew, since what is kept of it is
 * what a table shows.
 *
 * @throws GatewayError; see `isUnreadable`.
 */
export async function readContents(
  reader: Pick<RepositoryReader, 'manifest'>,
  infoCache: Pick<InfoCache, 'cachedManifest' | 'addManifest'>,
  context: RequestContext,
  digest: Digest,
): Promise<Contents> {
  const known = infoCache.cachedManifest(context, digest)
  if (known?.kind === 'image') return contentsOfImage(known)
  const document = await reader.manifest(context, digest)
  let info: ManifestInfo | undefined
  try {
    info = infoCache.addManifest(context, document)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  return contentsOf(document, info)
}

/** Levels of manifests that name manifests: an index in an index has two. */
const MAX_DEPTH = 8
/** Manifests that name manifests. */
const MAX_INDEXES = 10_000
/** Of all documents but images, whether they name anything or not. */
const MAX_BYTES = 64 * 1024 * 1024
/** Some 200 bytes are held of each; so many bytes of indexes could name four times as many. */
const MAX_CHILDREN = 200_000

/** What one plan may read of manifests that name manifests, whether they go or stay. */
export class ReadBudget {
  #indexes = 0
  #bytes = 0

  /** Counts one document. Returns what is too much, in words; undefined while there is enough left. */
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
  readonly read: (digest: Digest) => Promise<Contents>
  /** Where the walk begins. */
  readonly roots: ReadonlySet<Digest>
  /** Called for each, at any depth, when its turn comes; false leaves it out. */
  mayRead(digest: Digest): boolean
  onContents(digest: Digest, contents: Contents): void
  /**
   * One that cannot be read; told again once it turns out that not everybody calls it an image. Throws to end the walk;
   * else it goes on without.
   *
   * @param error  what `read` has thrown.
   */
  onUnreadable(child: Child, error: unknown): void
  /** More lies below this one than may be read. Throws to end the walk; else it goes on without. @param what  in words. */
  onTooMuch(digest: Digest, what: string): void
}

/** Goes through all that some manifests name, level by level, each once, and knows afterwards who names whom. */
export class ManifestWalk {
  readonly #options: WalkOptions
  /** Everything that is named, with the manifests that name it. */
  readonly #parents = new Map<Digest, Digest[]>()
  /** What the walk goes on to. */
  readonly #children = new Map<Digest, Child>()
  /** What `read` has thrown of each that cannot be read. */
  readonly #failures = new Map<Digest, unknown>()

  constructor(options: WalkOptions) {
    this.#options = options
  }

  /** @throws what the options throw. */
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

  /** Whether one of the roots names this, at any depth. */
  names(digest: Digest): boolean {
    return this.#parents.has(digest)
  }

  /** The roots that name this, at any depth. */
  rootsOf(digest: Digest): readonly Digest[] {
    const above = new Set(this.#parents.get(digest))
    // a set also goes through what is added meanwhile
    for (const one of above) for (const parent of this.#parents.get(one) ?? []) above.add(parent)
    return [...above].filter((one) => this.#options.roots.has(one))
  }

  async #visit(child: Child, depth: number, next: Child[]): Promise<void> {
    const { mayRead, read, onContents, onUnreadable } = this.#options
    if (!mayRead(child.digest)) return
    let contents: Contents
    try {
      contents = await read(child.digest)
    } catch (error) {
      this.#failures.set(child.digest, error)
      onUnreadable(child, error)
      return
    }
    onContents(child.digest, contents)
    if (contents.info?.kind === 'image') return
    // a wrong media type makes a manifest look like a blob, and it is lost all the same
    for (const named of contents.blobs.keys()) this.#noteParent(named, child.digest)
    if (this.#mayDescend(child, contents, depth))
      for (const below of contents.manifests) this.#descend(below, child.digest, next)
  }

  #mayDescend(child: Child, { bytes, manifests }: Contents, depth: number): boolean {
    const isIndex = manifests.length > 0
    const spent = this.#options.budget.spend(bytes, isIndex)
    const isTooDeep = isIndex && depth > MAX_DEPTH
    const what = isTooDeep ? `indexes are nested more than ${MAX_DEPTH} levels deep there` : spent
    if (what !== undefined) this.#options.onTooMuch(child.digest, what)
    return what === undefined
  }

  /** Returns whether there was room to note it. */
  #noteParent(digest: Digest, parent: Digest): boolean {
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
    if (!this.#noteParent(child.digest, parent) || this.#options.roots.has(child.digest)) return
    const known = this.#children.get(child.digest)
    if (known !== undefined) {
      this.#doubt(known, child)
      return
    }
    this.#children.set(child.digest, child)
    next.push(child)
  }
  /** Another manifest does not say that it is an image: if it could not be read, that weighs more than it did. */
  #doubt(known: Child, { isImage }: Child): void {
    if (!known.isImage || isImage) return
    known.isImage = false
    if (this.#failures.has(known.digest)) this.#options.onUnreadable(known, this.#failures.get(known.digest))
  }
}
