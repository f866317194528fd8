// Reads the manifests that a deletion affects: what is deleted and which bytes that frees, what is kept and what it
// would lose.

import type { DeletionPlan } from '../../shared/api/deletion.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { gatewayError } from '../errors.ts'
import type { ManifestInfo } from '../summaries/summarize.ts'
import type { DeletionMode } from './capabilities.ts'
import { type Contents, ManifestWalk, type ReadBudget } from './manifest-walk.ts'
import { cannotRead, isBroken, isMissing, isUnreadable, type TaggedManifests } from './tags.ts'

/** The tagged manifests that a deletion affects. */
export interface DeletionScope {
  readonly mode: DeletionMode
  /** Tags to be deleted. */
  readonly requested: ReadonlySet<string>
  readonly tagged: TaggedManifests
  /** The manifests of the requested tags, in the order requested. */
  readonly targets: ReadonlySet<Digest>
  /** Targets that are deleted: in mode `tag` only those that lose all tags. */
  readonly deleted: ReadonlySet<Digest>
  /** All other tagged manifests. */
  readonly kept: ReadonlySet<Digest>
}

/** How the manifests of the repository are read. */
export interface ManifestSource {
  readonly read: (digest: Digest) => Promise<Contents>
  /** The digest that a GET of the tag itself returns. */
  readonly readTag: (tag: Tag) => Promise<Digest>
  readonly budget: ReadBudget
  /** Called with the number of tags whose manifest is done. */
  readonly onRead: (tags: number) => void
}

/** Results, filled by the functions below. */
export interface Findings {
  /** Of the targets, if their type is known. */
  readonly info: Map<Digest, ManifestInfo>
  /** Deleted manifests that list more manifests than the images of their info. */
  readonly partlyListed: Set<Digest>
  readonly freed: FreedBlobs
}

/** Held until every kept manifest has been read; each takes 100 bytes of memory. */
const MAX_BLOBS = 1_000_000

/** Blobs that only deleted manifests refer to. */
export class FreedBlobs {
  /** With their bytes; undefined if no manifest gives the size. */
  readonly #freed = new Map<Digest, number | undefined>()
  /** There may be further ones. */
  #mayBeMore = false
  /** Some may still be in use. */
  #mayBeLess = false

  /** Adds the blobs of a deleted manifest. */
  add(blobs: ReadonlyMap<Digest, number | undefined>): void {
    for (const [digest, size] of blobs) {
      if (this.#freed.size >= MAX_BLOBS) this.#mayBeMore = true
      else this.#freed.set(digest, size ?? this.#freed.get(digest))
    }
  }

  /** Removes the blobs of a kept manifest. */
  keep(blobs: Iterable<Digest>): void {
    for (const digest of blobs) this.#freed.delete(digest)
  }

  /** A deleted manifest was not read: it may free more. */
  skipDeleted(): void {
    this.#mayBeMore = true
  }

  /** A kept manifest was not read: it may still use some of these. */
  skipKept(): void {
    this.#mayBeLess = true
  }

  isEmpty(): boolean {
    return this.#freed.size === 0
  }

  /** The certain number of bytes and, if it is a lower bound, the upper one. */
  total(): Pick<DeletionPlan, 'bytes' | 'partial' | 'bytesAtMost'> {
    let bytes = 0
    let isPartial = this.#mayBeMore
    for (const size of this.#freed.values()) {
      if (size === undefined) isPartial = true
      else bytes += size
    }
    if (this.#mayBeLess && !this.isEmpty())
      return { bytes: 0, partial: true, ...(!isPartial && { bytesAtMost: bytes }) }
    return { bytes, ...(isPartial && { partial: true }) }
  }
}

export const tagsOf = ({ tagged }: DeletionScope, digest: Digest) => tagged.tags.get(digest) ?? []

/** Keeps the info of a target for its description. */
function addInfo({ targets }: DeletionScope, { info }: Findings, digest: Digest, contents: Contents): void {
  if (targets.has(digest) && contents.info !== undefined) info.set(digest, contents.info)
}

/** Whether it lists manifests that are not among its images: further ones, or those of a nested index. */
function isPartlyListed({ info, manifests }: Contents): boolean {
  if (info?.kind === 'index' && info.more) return true
  return manifests.some(({ isImage }) => !isImage)
}

/** Reads everything below the deleted manifests. An unreadable part only makes the number of bytes a lower bound. */
export async function exploreDeleted(
  scope: DeletionScope,
  { read, budget, onRead }: ManifestSource,
  findings: Findings,
): Promise<void> {
  const { partlyListed, freed } = findings
  const walk = new ManifestWalk({
    read,
    budget,
    roots: scope.deleted,
    mayRead(digest) {
      if (scope.deleted.has(digest)) onRead(tagsOf(scope, digest).length)
      if (budget.exhausted() === undefined) return true
      freed.skipDeleted()
      return false
    },
    onContents(digest, contents) {
      addInfo(scope, findings, digest, contents)
      if (isPartlyListed(contents)) partlyListed.add(digest)
      freed.add(contents.blobs)
      if (contents.isOpaque) freed.skipDeleted()
    },
    onUnreadable(_child, error) {
      if (!isUnreadable(error)) throw error
      freed.skipDeleted()
    },
    onTooMuch: () => freed.skipDeleted(),
  })
  await walk.run()
}

/** A tag of a kept manifest that is, or is above, the one with this digest. */
function tagAbove(scope: DeletionScope, walk: ManifestWalk, digest: Digest): Tag {
  const root = scope.kept.has(digest) ? digest : walk.rootsOf(digest)[0]
  const [tag] = root === undefined ? [] : tagsOf(scope, root)
  if (tag === undefined) throw new Error('the walk starts at tags')
  return tag
}

/** Reads a kept manifest. Its tag counts as broken only if a GET of the tag itself says so. */
async function readKept(scope: DeletionScope, source: ManifestSource, digest: Digest): Promise<Contents> {
  try {
    return await source.read(digest)
  } catch (error) {
    const [tag] = scope.kept.has(digest) ? tagsOf(scope, digest) : []
    if (tag === undefined || !isMissing(error)) throw error
    // throws the same error if the tag is broken
    await source.readTag(tag)
    throw gatewayError('tag_ambiguous', { tag })
  }
}

/** Removes from the freed blobs everything that a kept manifest refers to. */
function keepBlobs({ deleted }: DeletionScope, freed: FreedBlobs, contents: Contents): void {
  const blobs = [...contents.blobs.keys()]
  freed.keep(blobs)
  // an entry of an index that is listed as a manifest may be a blob
  freed.keep(contents.manifests.map((child) => child.digest))
  // a manifest that is listed as a blob was not read, so the blobs it uses are unknown
  const hidesManifest = contents.info?.kind !== 'image' && blobs.some((digest) => deleted.has(digest))
  if (contents.isOpaque || hidesManifest) freed.skipKept()
}

/**
 * Reads everything below the kept manifests. In mode `digest` they may lose a part, so the plan fails unless all of it
 * can be read; in mode `tag` the rest is skipped once no freed blob is left.
 *
 * @returns for `includes` and `rootsOf`.
 */
export async function exploreKept(
  scope: DeletionScope,
  source: ManifestSource,
  findings: Findings,
): Promise<ManifestWalk> {
  const { mode, targets, kept } = scope
  const { freed } = findings
  const walk: ManifestWalk = new ManifestWalk({
    read: (digest) => readKept(scope, source, digest),
    budget: source.budget,
    roots: kept,
    mayRead(digest) {
      if (!kept.has(digest)) return true
      source.onRead(tagsOf(scope, digest).length)
      return targets.has(digest) || mode === 'digest' || !freed.isEmpty()
    },
    onContents(digest, contents) {
      addInfo(scope, findings, digest, contents)
      keepBlobs(scope, freed, contents)
    },
    onUnreadable(child, error) {
      if (isMissing(error)) return
      // an image has blobs, but no manifests to lose
      if (!child.isImage || !isBroken(error)) throw cannotRead(tagAbove(scope, walk, child.digest), error)
      freed.skipKept()
    },
    onTooMuch(digest, limit) {
      throw gatewayError('too_much_to_read', { tag: tagAbove(scope, walk, digest), limit })
    },
  })
  await walk.run()
  return walk
}

/** For a deletion of nothing but tags: reads the targets only to describe them. */
export async function describeTargets(
  scope: DeletionScope,
  { read }: ManifestSource,
  findings: Findings,
): Promise<void> {
  await forEachConcurrent(scope.targets, MAX_STREAM_REQUESTS, async (digest) => {
    try {
      addInfo(scope, findings, digest, await read(digest))
    } catch (error) {
      if (!isUnreadable(error)) throw error
    }
  })
}
