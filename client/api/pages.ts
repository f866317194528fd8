// Lists that come in pages: the catalog and tags.

import { nextLink } from '../../shared/oci/link-header.ts'
import type { Page } from '../../shared/oci/pages.ts'
import { ApiError, fetchJson } from './http.ts'

/** The same page with half as many items, or, where a registry wants no `n` at all, as many as it likes. */
function withoutWhatWasRefused(path: string, error: unknown): string | undefined {
  const n = Number(/[?&]n=(\d+)/.exec(path)?.[1])
  if (!(error instanceof ApiError) || Number.isNaN(n)) return undefined
  if (error.code === 'PAGINATION_NUMBER_INVALID' && n > 1)
    return path.replace(/([?&]n=)\d+/, `$1${Math.floor(n / 2)}`)
  if (error.status !== 400) return undefined
  return path.replace(/([?&])n=\d+&?/, '$1').replace(/[?&]$/, '')
}

/**
 * Fetches one page. `n` is a hint: a registry that finds it too large is asked for half, again and again, and one
 * that refuses it is asked without.
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
    const other = withoutWhatWasRefused(path, error)
    if (other === undefined) throw error
    return fetchPage(other, signal, parse)
  }
}
