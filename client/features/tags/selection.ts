// Which tags are ticked: a set that each row asks for itself alone, whatever the table shows.

import type { Tag } from '../../../shared/oci/reference.ts'

export interface Selection {
  subscribe(listener: () => void): () => void
  /** Another number after each change. */
  revision(): number
  has(tag: Tag): boolean
  size(): number
  tags(): readonly Tag[]
  /**
   * Ticks one or takes its tick away.
   *
   * @param order  of the table, where everything since the last one is meant too; it stays what it is if that one is
   *   not in it any more.
   */
  mark(tag: Tag, on: boolean, order?: readonly Tag[]): void
  /** The same for all of these; others stay as they are. */
  markAll(tags: readonly Tag[], on: boolean): void
  clear(): void
  /** Whatever is not among these is gone. */
  keep(tags: readonly Tag[]): void
}

export function createSelection(): Selection {
  const ticked = new Set<Tag>()
  const listeners = new Set<() => void>()
  let revision = 0
  /** The last one that was clicked. */
  let anchor: Tag | undefined

  function tell(): void {
    revision++
    for (const listener of listeners) listener()
  }
  function markAll(tags: readonly Tag[], on: boolean): void {
    for (const tag of tags)
      if (on) ticked.add(tag)
      else ticked.delete(tag)
    tell()
  }
  /** From the last one clicked to this one, whichever is above. */
  function rangeTo(tag: Tag, order: readonly Tag[]): readonly Tag[] {
    const from = anchor === undefined ? -1 : order.indexOf(anchor)
    const to = order.indexOf(tag)
    return from < 0 || to < 0 ? [tag] : order.slice(Math.min(from, to), Math.max(from, to) + 1)
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    revision: () => revision,
    has: (tag) => ticked.has(tag),
    size: () => ticked.size,
    tags: () => [...ticked],
    mark(tag, on, order) {
      const meant = order === undefined ? [tag] : rangeTo(tag, order)
      anchor = tag
      markAll(meant, on)
    },
    markAll,
    clear() {
      anchor = undefined
      if (ticked.size === 0) return
      ticked.clear()
      tell()
    },
    keep(tags) {
      if (ticked.size === 0) return
      const there = new Set(tags)
      const gone = [...ticked].filter((tag) => !there.has(tag))
      if (gone.length > 0) markAll(gone, false)
    },
  }
}
