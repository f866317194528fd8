// What is known of a repository's tags, how old it is, and which were asked for in vain.

import type { SummaryRow } from '../../../shared/api/summaries.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import { errorOfEntry } from '../../api/http.ts'
import { isPassing } from '../../api/summaries.ts'

/** A row as it came, with its date as a number: it is compared very often. */
export interface KnownTag {
  readonly row: SummaryRow
  /** Milliseconds since 1970; NaN where nobody has recorded a date. */
  readonly createdMs: number
}

/** A tag may be moved at any time; what was looked up is good for so long, as all the page shows. */
const FRESH_MS = 30_000
/** What was asked for in vain is left alone for so long, unless somebody wants it tried again. */
export const PAUSE_MS = 10_000

/** @param now  milliseconds, as `Date.now`. */
export function createKnownTags(now: () => number) {
  const entries = new Map<Tag, KnownTag>()
  /** Those whose answer holds until somebody refreshes: when it came. */
  const holdsSince = new Map<Tag, number>()
  /** Those whose last answer was no word about them: when it came. */
  const inVain = new Map<Tag, number>()
  let trouble: unknown

  return {
    /** One map that grows. What was asked for in vain is there too, with its reason, if nothing better is known. */
    entries: entries as ReadonlyMap<Tag, KnownTag>,
    isKnown: (tag: Tag) => holdsSince.has(tag),
    isInVain: (tag: Tag) => inVain.has(tag),
    inVainCount: () => inVain.size,
    /** The latest reason why a tag was asked for in vain; undefined if none was. */
    trouble: () => (inVain.size === 0 ? undefined : trouble),
    /** Whether a tag that comes into view is to be asked for. */
    isDue(tag: Tag): boolean {
      const vainAt = inVain.get(tag)
      if (vainAt !== undefined) return now() - vainAt >= PAUSE_MS
      const since = holdsSince.get(tag)
      return since === undefined || now() - since >= FRESH_MS
    },
    /** @returns whether the row says something of its tag. */
    put(row: SummaryRow): boolean {
      const tag = row.tag as Tag // one of those asked for
      const before = entries.get(tag)
      const createdMs =
        row.error === undefined && row.created !== undefined ? Date.parse(row.created) : Number.NaN
      if (row.error === undefined || !isPassing(row.error)) {
        inVain.delete(tag)
        holdsSince.set(tag, now())
        entries.set(tag, { row, createdMs })
        return true
      }
      trouble = errorOfEntry(row.error)
      inVain.set(tag, now())
      holdsSince.delete(tag)
      if (before === undefined || isPassing(before.row.error)) entries.set(tag, { row, createdMs })
      return false
    },
    /** As if they had never been asked for. */
    forget(gone: readonly Tag[]): void {
      for (const tag of gone) for (const map of [entries, holdsSince, inVain]) map.delete(tag)
    },
    /** Whatever is known is old from now on. */
    expire(): void {
      holdsSince.clear()
    },
    /** What was asked for in vain may be asked for again. */
    forgive(): void {
      inVain.clear()
    },
  }
}
