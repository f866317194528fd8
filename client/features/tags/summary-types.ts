// What the table of tags knows, and how it asks for more; see summary-store.ts.

import type { SummaryRow } from '../../../shared/api/summaries.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import type { KnownTag } from './known-tags.ts'

/** What the table is drawn from; a new one after each batch of rows. */
export interface SummarySnapshot {
  /** One map that grows; `revision` tells when. */
  readonly known: ReadonlyMap<Tag, KnownTag>
  readonly revision: number
  /** Whether all tags are being asked for. */
  readonly loadingAll: boolean
  /** Why a request as a whole failed, or the latest tag that was asked for in vain; asking again clears it. */
  readonly failure: unknown
  /** How many tags were asked for in vain: it is the registry's trouble, not theirs. */
  readonly inVain: number
}

export interface SummaryStoreOptions {
  /** Streams rows; rejects as a whole, with AbortError when the signal says so. */
  readonly fetch: (
    tags: readonly Tag[],
    signal: AbortSignal,
    onRow: (row: SummaryRow) => void,
  ) => Promise<void>
  readonly now: () => number
}

export interface SummaryStore {
  subscribe(listener: () => void): () => void
  snapshot(): SummarySnapshot
  /** Whether a tag's row holds: it came since the last `expire`, and says something of the tag. */
  isKnown(tag: Tag): boolean
  /** What is in view, or about to be. What comes into view and is no longer fresh is asked again, and shown meanwhile. */
  show(tags: readonly Tag[]): void
  /** Asks for all of these that are not known, and does so again after `expire` and `retry`. */
  loadAll(tags: readonly Tag[]): void
  /** Ends what `loadAll` began; what came stays. */
  stop(): void
  /** Whatever is known is old from now on, and shown until something newer comes. */
  expire(): void
  /** These are deleted: whatever gets their names is new. */
  forget(tags: readonly Tag[]): void
  /** Goes on after a failure. */
  retry(): void
  /** Ends every request: nobody looks any more. */
  rest(): void
}
