// The bytes that nothing refers to any more.

import type { Digest } from '../../shared/oci/digest.ts'
import { totalOf } from '../../shared/oci/manifest.ts'
import type { ManifestFacts } from '../images/summary.ts'

/** Blobs that may become free, held until every other manifest was seen: 100 bytes each. */
const MAX_BLOBS = 1_000_000

/** Blobs of the manifests that go, until a manifest that stays turns out to use them. */
export function createFreedBlobs() {
  const freed = new Map<Digest, number | undefined>()
  let partial = false
  return {
    add(facts: ManifestFacts): void {
      if (facts.kind !== 'image') return
      for (const [digest, size] of facts.blobs) {
        if (freed.size >= MAX_BLOBS) partial = true
        else freed.set(digest, size)
      }
    },
    keep(facts: ManifestFacts): void {
      if (facts.kind === 'image') for (const digest of facts.blobs.keys()) freed.delete(digest)
    },
    /** Something could not be read. */
    incomplete(): void {
      partial = true
    },
    isEmpty: () => freed.size === 0,
    total() {
      const { bytes, isPartial } = totalOf(freed.values())
      return { bytes, ...((partial || isPartial) && { partial: true as const }) }
    },
  }
}

export type FreedBlobs = ReturnType<typeof createFreedBlobs>
