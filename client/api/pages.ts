// Lists that come in pages: the catalog, tags and referrers.

import type { Page } from '../../shared/oci/pages.ts'
import { ApiError, fetchJson } from './http.ts'

/** As many names as a page of the catalog is asked for. */
export const PAGE_SIZE = 1000
/** As Gantry writes it, whatever the registry's own Link looks like. */
const NEXT = /<([^>]+)>; rel="next"/

/** A page as it came. */
export interface SentPage<T> extends Page<T> {
  /** All that is listed: names outside the grammar are no items, but they count, and the last one leads on. */
  readonly names: readonly unknown[]
}

/** The `n` of a path. */
export function limitOf(path: string): number | undefined {
  const n = /[?&]n=(\d+)/.exec(path)?.[1]
  return n === undefined ? n : Number(n)
}

/** No part of the first screen: most registries page as the specification has it. */
const oddPages = () => import('./odd-pages.ts')

async function readPage<T>(
  path: string,
  signal: AbortSignal,
  parse: (value: unknown) => readonly T[],
): Promise<SentPage<T>> {
  const { value, headers } = await fetchJson(path, { signal })
  const unreadable = headers.get('x-gantry-list') === 'incomplete'
  return {
    items: parse(value),
    next: NEXT.exec(headers.get('link') ?? '')?.[1],
    ...(unreadable && { unreadable }),
    names: Object.values(value ?? {}).find(Array.isArray) ?? [],
  }
}

/**
 * Fetches one page. `n` is a hint: a registry that finds it too large is asked for half, again and again, and one
 * that refuses it is asked without. Exactly `n` names without a Link are asked about once more.
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
    const { names, ...page } = await readPage(path, signal, parse)
    if (limitOf(path) !== names.length || page.next !== undefined || page.unreadable) return page
    const odd = await oddPages().catch(() => undefined)
    // without its code nobody can say whether there is more
    if (odd === undefined) return { ...page, unreadable: true }
    return await odd.goOn(path, { ...page, names }, signal, (behind) => readPage(behind, signal, parse))
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error
    const odd = await oddPages().catch(() => undefined)
    const other = odd?.withoutWhatWasRefused(path, error)
    if (other === undefined) throw error
    return fetchPage(other, signal, parse)
  }
}
