// The bytes that nothing refers to any more.

import type { DeletionPlan } from '../../shared/api/deletion.ts'
import type { Digest } from '../../shared/oci/digest.ts'

/** Blobs that may become free, held until every other manifest was seen: 100 bytes each. */
const MAX_BLOBS = 1_000_000

/** Bytes; undefined where a manifest does not say. */
type Blobs = ReadonlyMap<Digest, number | undefined>

/** Blobs of the manifests that go, until a manifest that stays turns out to use them. */
export class FreedBlobs {
  readonly #freed = new Map<Digest, number | undefined>()
  /** There may be more than is known of. */
  #more = false
  /** What is known of may still be used. */
  #less = false

  add(blobs: Blobs): void {
    for (const [digest, size] of blobs) {
      if (this.#freed.size >= MAX_BLOBS) this.#more = true
      else this.#freed.set(digest, size ?? this.#freed.get(digest))
    }
  }

  keep(blobs: Iterable<Digest>): void {
    for (const digest of blobs) this.#freed.delete(digest)
  }

  /** Something that goes was not read: it may free more. */
  goingUnread(): void {
    this.#more = true
  }

  /** Something that stays was not read: it may use some of these still. */
  keptUnread(): void {
    this.#less = true
  }

  isEmpty(): boolean {
    return this.#freed.size === 0
  }

  /** What is certain, and what it is at most. */
  total(): Pick<DeletionPlan, 'bytes' | 'partial' | 'bytesAtMost'> {
    let bytes = 0
    let more = this.#more
    for (const size of this.#freed.values()) {
      if (size === undefined) more = true
      else bytes += size
    }
    if (this.#less && !this.isEmpty())
      return { bytes: 0, partial: true, ...(!more && { bytesAtMost: bytes }) }
    return { bytes, ...(more && { partial: true }) }
  }
}
