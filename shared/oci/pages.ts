// Lists that come in pages, whoever reads them: where to go on, and when to stop.

export interface Page<T> {
  readonly items: readonly T[]
  /** Path and query of the next page; undefined on the last one. */
  readonly next: string | undefined
}

/** A filter between us and the registry may leave a page empty; more in a row are a registry without an end. */
const MAX_EMPTY_PAGES = 10
/** A million names at a hundred a page, the fewest that registries give: what goes on longer makes its names up. */
const MAX_PAGES = 10_000

/** Of a list, by its first page: every item so far, and what was found of each page. */
interface Seen {
  readonly items: Set<unknown>
  readonly repeats: WeakMap<object, boolean>
}
const seen = new WeakMap<object, Seen>()

/**
 * Whether the last page brought only what the pages before it had. Asked again and again while a list grows to
 * hundreds of pages, so each page is read once: every list continues the one before it.
 */
function repeatsOnly<T>(pages: readonly Page<T>[]): boolean {
  const [first] = pages
  const last = pages.at(-1)
  if (first === undefined || last === undefined) return false
  const before = seen.get(first) ?? { items: new Set(), repeats: new WeakMap<object, boolean>() }
  seen.set(first, before)
  for (const page of pages) {
    if (before.repeats.has(page)) continue
    before.repeats.set(page, page.items.length > 0 && page.items.every((item) => before.items.has(item)))
    for (const item of page.items) before.items.add(item)
  }
  return before.repeats.get(last) ?? false
}

/**
 * Where to go on after these pages.
 *
 * @param asked  the path of each page, in order.
 * @returns undefined at the end, and where a registry leads in circles: a path asked for already, a page
 *   that brought nothing new because the registry ignores `last`, too many empty pages in a row, or too many at all.
 */
export function followingPath<T>(pages: readonly Page<T>[], asked: readonly string[]): string | undefined {
  const last = pages.at(-1)
  if (last?.next === undefined || pages.length >= MAX_PAGES) return undefined
  if (asked.includes(last.next) || repeatsOnly(pages)) return undefined
  const latest = pages.slice(-MAX_EMPTY_PAGES)
  if (latest.length === MAX_EMPTY_PAGES && latest.every((page) => page.items.length === 0)) return undefined
  return last.next
}
