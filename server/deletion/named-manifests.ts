// The manifests that manifests name, at any depth. Nothing is asked of a document but its descriptors: an index that
// Gantry cannot show is one that registries and clients may well read.

import { allDescriptors, type FoundDescriptor } from '../../shared/oci/descriptors.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import { isOpenable } from '../../shared/oci/manifest.ts'
import { isManifest, isSchema1 } from '../../shared/oci/media-types.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { GatewayError } from '../errors.ts'
import type { Parts } from '../summaries/parts.ts'
import type { Asker, Upstream, Verified } from '../summaries/reader.ts'
import type { ManifestFacts } from '../summaries/summarize.ts'
import { isUnreadable } from './unreadable.ts'

/** A manifest that another one names. */
export interface Child {
  readonly digest: Digest
  /** It is said to be an image: then it names no manifests. */
  readonly isImage: boolean
}

/** What one manifest names. */
export interface Contents {
  /** Undefined where Gantry does not know such documents. */
  readonly facts: ManifestFacts | undefined
  /** All that may be manifests. */
  readonly manifests: readonly Child[]
  /** Everything else, with its bytes; of a list, nobody but its media type says so. */
  readonly blobs: ReadonlyMap<Digest, number | undefined>
  /** Of the document; 0 where it was known already, and names blobs alone. */
  readonly bytes: number
  /** Whether it may name blobs that are not among these. */
  readonly isOpaque: boolean
}

/** Where documents of all kinds keep blobs, whatever these say of their type. */
const BLOBS = /^(?:config|layers|blobs|fsLayers)(?:\.|$)/
/** What a document is about is no part of it. */
const SUBJECT = /^subject(?:\.|$)/

const mayBeManifest = ({ path, mediaType = '' }: FoundDescriptor) =>
  !BLOBS.test(path) && isOpenable({ mediaType })

function contentsOf({ value, bytes, mediaType }: Verified, facts: ManifestFacts | undefined): Contents {
  if (facts?.kind === 'image') return { facts, manifests: [], blobs: facts.blobs, bytes: 0, isOpaque: false }
  const found = allDescriptors(value)?.filter(({ path }) => !SUBJECT.test(path))
  if (found === undefined)
    throw new GatewayError('MANIFEST_INVALID', 'It names more than Gantry reads of one manifest.')
  return {
    facts,
    manifests: found
      .filter(mayBeManifest)
      .map((child) => ({ digest: child.digest, isImage: isManifest(child.mediaType ?? '') })),
    blobs: new Map(
      found.filter((one) => !mayBeManifest(one)).map(({ digest, size }) => [digest, size] as const),
    ),
    bytes,
    isOpaque: isSchema1(mediaType),
  }
}

/**
 * Reads what one manifest names. Of images what is kept will do; an index is read anew, since what is kept of it is
 * what a table shows.
 *
 * @throws GatewayError; see `isUnreadable`.
 */
export async function readContents(
  upstream: Pick<Upstream, 'manifest'>,
  parts: Pick<Parts, 'known' | 'read'>,
  asker: Asker,
  digest: Digest,
): Promise<Contents> {
  const known = parts.known(asker, digest)
  if (known?.kind === 'image')
    return { facts: known, manifests: [], blobs: known.blobs, bytes: 0, isOpaque: false }
  const document = await upstream.manifest(asker, digest)
  let facts: ManifestFacts | undefined
  try {
    facts = parts.read(asker, document)
  } catch (error) {
    if (!isUnreadable(error)) throw error
  }
  return contentsOf(document, facts)
}

/** Levels of manifests that name manifests: an index in an index has two. */
const MAX_DEPTH = 8
/** Manifests that name manifests, and their bytes. */
const MAX_INDEXES = 10_000
const MAX_BYTES = 64 * 1024 * 1024
/** Some 200 bytes are held of each; so many bytes of indexes could name four times as many. */
const MAX_CHILDREN = 200_000

export interface WalkOptions {
  readonly read: (digest: Digest) => Promise<Contents>
  /** Where the walk begins. */
  readonly roots: ReadonlySet<Digest>
  /** Called for each root when its turn comes; false leaves it out. */
  onRoot(root: Digest): boolean
  onContents(digest: Digest, contents: Contents): void
  /** One that cannot be read. Throws to end the walk; else it goes on without. @param error  what `read` has thrown. */
  onUnreadable(child: Child, error: unknown): void
  /** More lies below this one than may be read. Throws to end the walk; else it goes on without. @param what  in words. */
  onTooMuch(digest: Digest, what: string): void
}

/** Goes through all that some manifests name, level by level, each once, and knows afterwards who names whom. */
export class ManifestWalk {
  readonly #options: WalkOptions
  /** Each child with the manifests that name it. */
  readonly #parents = new Map<Digest, Digest[]>()
  #indexes = 0
  #bytes = 0

  constructor(options: WalkOptions) {
    this.#options = options
  }

  /** @throws what the options throw. */
  async run(): Promise<void> {
    const { roots, onRoot } = this.#options
    let level: Child[] = []
    await forEachConcurrent(roots, MAX_STREAM_REQUESTS, async (digest) => {
      if (onRoot(digest)) await this.#visit({ digest, isImage: false }, 1, level)
    })
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
    const { read, onContents, onUnreadable } = this.#options
    let contents: Contents
    try {
      contents = await read(child.digest)
    } catch (error) {
      onUnreadable(child, error)
      return
    }
    onContents(child.digest, contents)
    if (contents.manifests.length > 0 && this.#mayDescend(child, contents, depth))
      for (const below of contents.manifests) this.#note(below, child.digest, next)
  }

  #mayDescend(child: Child, { bytes }: Contents, depth: number): boolean {
    this.#indexes++
    this.#bytes += bytes
    const what =
      depth > MAX_DEPTH
        ? `indexes are nested more than ${MAX_DEPTH} levels deep there`
        : this.#indexes > MAX_INDEXES
          ? `this repository has more than ${MAX_INDEXES.toLocaleString('en')} indexes`
          : this.#bytes > MAX_BYTES
            ? `the indexes of this repository are larger than ${MAX_BYTES / 1024 / 1024} MiB together`
            : undefined
    if (what !== undefined) this.#options.onTooMuch(child.digest, what)
    return what === undefined
  }

  #note(child: Child, parent: Digest, next: Child[]): void {
    const known = this.#parents.get(child.digest)
    if (known !== undefined) {
      if (known.at(-1) !== parent) known.push(parent)
    } else if (this.#parents.size >= MAX_CHILDREN) {
      this.#options.onTooMuch(parent, 'the indexes of this repository name too many manifests')
    } else {
      this.#parents.set(child.digest, [parent])
      if (!this.#options.roots.has(child.digest)) next.push(child)
    }
  }
}
