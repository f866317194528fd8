// Paginated lists: which page is next, when to stop, and whether the list is complete.

export interface Page<T> {
  readonly items: readonly T[]
  /** Path and query of the next page; undefined if none is named. */
  readonly next: string | undefined
  /** The registry names a next page, but its link cannot be followed. */
  readonly unreadable?: boolean
}

/** How a list continues. */
export interface Continuation {
  /** Path and query of the next page; undefined if there is none or it cannot be read. */
  readonly next: string | undefined
  /** The registry has more than can be read. */
  readonly incomplete: boolean
}

/** A filtering proxy may leave a page empty; more empty pages in a row mean an endless list. */
const MAX_EMPTY_PAGES = 10
/** A million names at a hundred per page, the smallest usual page: a longer list is made up. */
const MAX_PAGES = 10_000

const END: Continuation = { next: undefined, incomplete: false }
const INCOMPLETE: Continuation = { next: undefined, incomplete: true }

/** State of a list, so that each page is read once: `continuationOf` is called after every one of thousands. */
interface Seen {
  readonly items: Set<unknown>
  /** By page number: whether the page had only items of earlier pages. */
  readonly repeats: boolean[]
  /** Requested paths, each with the number of the first page it was requested for. */
  readonly requested: Map<unknown, number>
}
/** By the list's first page: each call continues the list of the call before. */
const seen = new WeakMap<object, Seen>()

function look<T>(pages: readonly Page<T>[], requested: readonly unknown[]): Seen {
  const [first] = pages
  const known = first && seen.get(first)
  const found: Seen = known ?? { items: new Set(), repeats: [], requested: new Map() }
  if (first !== undefined) seen.set(first, found)
  for (const { items } of pages.slice(found.repeats.length)) {
    found.repeats.push(items.length > 0 && items.every((item) => found.items.has(item)))
    for (const item of items) found.items.add(item)
  }
  const before = found.requested.size
  for (const [index, path] of requested.slice(before).entries()) found.requested.set(path, before + index)
  return found
}

/**
 * Decides how a list continues.
 *
 * @param requested  the path of each page, in order.
 * @returns the next page; the end, also if an empty last page names itself; or `incomplete`: the next page cannot be
 *   followed, was already requested, or follows a page without new items (the registry ignores `last`), too many empty
 *   pages in a row, or too many pages.
 */
export function continuationOf<T>(pages: readonly Page<T>[], requested: readonly unknown[]): Continuation {
  const last = pages.at(-1)
  if (last?.unreadable === true) return INCOMPLETE
  if (last?.next === undefined) return END
  const found = look(pages, requested)
  if ((found.requested.get(last.next) ?? requested.length) < requested.length)
    // the list ends here, but the registry repeats its Link
    return last.items.length === 0 && last.next === requested.at(-1) ? END : INCOMPLETE
  if (pages.length >= MAX_PAGES || found.repeats[pages.length - 1] === true) return INCOMPLETE
  const latest = pages.slice(-MAX_EMPTY_PAGES)
  if (latest.length === MAX_EMPTY_PAGES && latest.every((page) => page.items.length === 0)) return INCOMPLETE
  return { next: last.next, incomplete: false }
}

/** The next page, as `continuationOf` returns it, for callers that check completeness later. */
export function followingPath<T>(
  pages: readonly Page<T>[],
  requested: readonly string[],
): string | undefined {
  return continuationOf(pages, requested).next
}
