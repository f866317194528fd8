// Lists that come in pages, whoever reads them: where to go on, when to stop, and whether that is their end.

export interface Page<T> {
  readonly items: readonly T[]
  /** Path and query of the next page; undefined where none is named. */
  readonly next: string | undefined
  /** The registry names a next page, but not in a way that can be followed. */
  readonly unreadable?: boolean
}

/** What follows after some pages. */
export interface Continuation {
  /** Path and query of the next page; undefined: there is none, or none that can be read. */
  readonly next: string | undefined
  /** The registry names more than can be read. */
  readonly incomplete: boolean
}

/** A filter between us and the registry may leave a page empty; more in a row are a registry without an end. */
const MAX_EMPTY_PAGES = 10
/** A million names at a hundred a page, the fewest that registries give: what goes on longer makes its names up. */
const MAX_PAGES = 10_000

const END: Continuation = { next: undefined, incomplete: false }
const INCOMPLETE: Continuation = { next: undefined, incomplete: true }

/** What was found of a list's pages, each read once: a list that grows to thousands is asked about after every one. */
interface Seen {
  readonly items: Set<unknown>
  /** By the number of a page: whether it brought only what those before it had. */
  readonly repeats: boolean[]
  /** Paths, and the number of the first page that was asked for by it. */
  readonly asked: Map<unknown, number>
}
/** By a list's first page: every list continues the one before it. */
const seen = new WeakMap<object, Seen>()

function look<T>(pages: readonly Page<T>[], asked: readonly unknown[]): Seen {
  const [first] = pages
  const known = first && seen.get(first)
  const found: Seen = known ?? { items: new Set(), repeats: [], asked: new Map() }
  if (first !== undefined) seen.set(first, found)
  for (const { items } of pages.slice(found.repeats.length)) {
    found.repeats.push(items.length > 0 && items.every((item) => found.items.has(item)))
    for (const item of items) found.items.add(item)
  }
  const before = found.asked.size
  for (const [index, path] of asked.slice(before).entries()) found.asked.set(path, before + index)
  return found
}

/**
 * Decides what follows after these pages.
 *
 * @param asked  the path of each page, in order.
 * @returns a next page; the end, also where an empty page names itself; or that the list is incomplete: its next page
 *   cannot be followed, was asked for already, comes after one that brought nothing new because the registry ignores
 *   `last`, after too many empty ones in a row, or after too many at all.
 */
export function continuationOf<T>(pages: readonly Page<T>[], asked: readonly unknown[]): Continuation {
  const last = pages.at(-1)
  if (last?.unreadable === true) return INCOMPLETE
  if (last?.next === undefined) return END
  const found = look(pages, asked)
  if ((found.asked.get(last.next) ?? asked.length) < asked.length)
    // nothing lies behind the last name, and the registry says so by its Link once more
    return last.items.length === 0 && last.next === asked.at(-1) ? END : INCOMPLETE
  if (pages.length >= MAX_PAGES || found.repeats[pages.length - 1] === true) return INCOMPLETE
  const latest = pages.slice(-MAX_EMPTY_PAGES)
  if (latest.length === MAX_EMPTY_PAGES && latest.every((page) => page.items.length === 0)) return INCOMPLETE
  return { next: last.next, incomplete: false }
}

/** Where to go on after these pages: `continuationOf` for those who ask about the rest later. */
export function followingPath<T>(pages: readonly Page<T>[], asked: readonly string[]): string | undefined {
  return continuationOf(pages, asked).next
}
