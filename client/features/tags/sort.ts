// Which tags a table shows, and in which order.

import type { Tag } from '../../../shared/oci/reference.ts'
import type { KnownTag } from './known-tags.ts'

export const SORT_KEYS = ['tag', 'created', 'size', 'digest'] as const
export type SortKey = (typeof SORT_KEYS)[number]

/** The order of a table. Its first direction is what people look for: the newest, the largest. */
export interface TagSort {
  readonly key: SortKey
  readonly descending: boolean
}

/** Tags by version, newest first: the order they come in. */
export const BY_VERSION: TagSort = { key: 'tag', descending: false }

/** Reads `created` or `-created`; anything else is the order of versions. */
export function parseSort(text: string): TagSort {
  const key = SORT_KEYS.find((one) => one === text.replace(/^-/, ''))
  return key === undefined ? BY_VERSION : { key, descending: text.startsWith('-') }
}

/** As `parseSort` reads it; '' for the order of versions. */
export function formatSort({ key, descending }: TagSort): string {
  return key === 'tag' && !descending ? '' : `${descending ? '-' : ''}${key}`
}

const FIRST_DESCENDING: Readonly<Record<SortKey, boolean>> = {
  tag: false,
  created: true,
  size: true,
  digest: false,
}

/** What a click on a heading makes of the order: one way, the other, and back to versions. */
export function nextSort(now: TagSort, key: SortKey): TagSort {
  const first = FIRST_DESCENDING[key]
  if (now.key !== key) return { key, descending: first }
  return now.descending === first ? { key, descending: !first } : BY_VERSION
}

/** What a row is sorted by; undefined comes last, whichever way. */
function sortValue(known: KnownTag | undefined, key: SortKey): number | string | undefined {
  if (known === undefined) return undefined
  const { row, createdMs } = known
  if (key === 'digest') return row.digest
  if (row.error !== undefined) return undefined
  if (key === 'size') return row.size
  return Number.isNaN(createdMs) ? undefined : createdMs
}

/**
 * The tags in the order of `sort`; equal ones, and those of which nothing is known yet, by version.
 *
 * @param tags  by version, newest first.
 */
export function sortTagsBy(
  tags: readonly Tag[],
  known: ReadonlyMap<Tag, KnownTag>,
  { key, descending }: TagSort,
): readonly Tag[] {
  if (key === 'tag') return descending ? tags.toReversed() : tags
  const valued: { tag: Tag; value: number | string }[] = []
  const rest: Tag[] = []
  for (const tag of tags) {
    const value = sortValue(known.get(tag), key)
    if (value === undefined) rest.push(tag)
    else valued.push({ tag, value })
  }
  const way = descending ? -1 : 1
  // sorting is stable: equal values stay by version
  valued.sort((a, b) => (a.value < b.value ? -way : a.value > b.value ? way : 0))
  return [...valued.map(({ tag }) => tag), ...rest]
}

/** For each digest that several tags name, those tags, by version. */
export function aliasesOf(
  tags: readonly Tag[],
  known: ReadonlyMap<Tag, KnownTag>,
): ReadonlyMap<string, readonly Tag[]> {
  const byDigest = new Map<string, Tag[]>()
  for (const tag of tags) {
    const digest = known.get(tag)?.row.digest
    if (digest === undefined) continue
    const same = byDigest.get(digest)
    if (same === undefined) byDigest.set(digest, [tag])
    else same.push(tag)
  }
  for (const [digest, same] of byDigest) if (same.length === 1) byDigest.delete(digest)
  return byDigest
}
