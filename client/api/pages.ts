// Lists that come in pages: the catalog and tags.

import { nextLink } from '../../shared/oci/link-header.ts'
import { ApiError, fetchJson } from './http.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Path and query of the next page; undefined on the last one. */
  readonly next: string | undefined
}

/** A filter between us and the registry may leave a page empty; more in a row are a registry without an end. */
const MAX_EMPTY_PAGES = 10

/**
 * Fetches one page. `n` is a hint: a registry that finds it too large is asked for half, again and again.
 *
 * @param path  with an `n`, if pages are wanted.
 * @param parse  the items of a body; throws ApiError.
 */
export async function fetchPage<T>(
  path: string,
  signal: AbortSignal,
  parse: (value: unknown) => readonly T[],
): Promise<Page<T>> {
  try {
    const { value, headers } = await fetchJson(path, { signal })
    return { items: parse(value), next: nextLink(headers.get('link') ?? undefined) }
  } catch (error) {
    const n = Number(/[?&]n=(\d+)/.exec(path)?.[1])
    if (!(error instanceof ApiError) || error.code !== 'PAGINATION_NUMBER_INVALID' || !(n > 1)) throw error
    return fetchPage(path.replace(/([?&]n=)\d+/, `$1${Math.floor(n / 2)}`), signal, parse)
  }
}

/**
 * Where to go on after these pages.
 *
 * @param asked  the path of each page, in order.
 * @returns undefined at the end, and where a registry leads in circles: a path asked for already, a page
 *   that brought nothing new because the registry ignores `last`, or too many empty pages in a row.
 */
export function followingPath<T>(pages: readonly Page<T>[], asked: readonly string[]): string | undefined {
  const last = pages.at(-1)
  if (last?.next === undefined || asked.includes(last.next)) return undefined
  if (pages.length > 1) {
    const known = new Set(pages.slice(0, -1).flatMap((page) => page.items))
    if (last.items.length > 0 && last.items.every((item) => known.has(item))) return undefined
  }
  const latest = pages.slice(-MAX_EMPTY_PAGES)
  if (latest.length === MAX_EMPTY_PAGES && latest.every((page) => page.items.length === 0)) return undefined
  return last.next
}
