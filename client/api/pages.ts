// Lists that come in pages: the catalog and tags.

import { nextLink } from '../../shared/oci/link-header.ts'
import type { Page } from '../../shared/oci/pages.ts'
import { ApiError, fetchJson } from './http.ts'

/** As many names as a page of the catalog is asked for. */
export const PAGE_SIZE = 1000

/**
 * The same page with half as many items, or, where a registry wants no `n` at all, as many as it likes. That of a
 * next page, which Gantry has signed, is replaced by one beside it.
 */
function withoutWhatWasRefused(path: string, error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined
  const sent = /[?&]n=(\d+)/.exec(path)?.[1]
  const isSigned = path.includes('?next=')
  const n = Number(sent ?? (isSigned ? PAGE_SIZE : 0))
  if (error.code === 'PAGINATION_NUMBER_INVALID' && n > 1) {
    const half = Math.floor(n / 2)
    return sent === undefined ? `${path}&n=${half}` : path.replace(/([?&]n=)\d+/, `$1${half}`)
  }
  if (error.status !== 400 || sent === undefined || isSigned) return undefined
  return path.replace(/([?&])n=\d+&?/, '$1').replace(/[?&]$/, '')
}

/** The one list of a body, with all that it names: names outside the grammar count, and the last one leads on. */
function namesIn(value: unknown): readonly unknown[] {
  return Object.values(value ?? {}).find(Array.isArray) ?? []
}

/** Where more may be although no Link says so: behind exactly as many names as were asked for. */
function pathBehind(path: string, names: readonly unknown[]): string | undefined {
  const [here = '', query = ''] = path.split('?', 2)
  const sent = new URLSearchParams(query)
  const last = names.at(-1)
  const isFull = sent.get('n') === String(names.length) && !sent.has('next')
  if (!isFull || typeof last !== 'string' || sent.get('last') === last) return undefined
  sent.set('last', last)
  return `${here}?${sent}`
}

interface SentPage<T> {
  readonly page: Page<T>
  /** Where to ask once more, if the page says nothing of another one. */
  readonly behind: string | undefined
}

async function readPage<T>(
  path: string,
  signal: AbortSignal,
  parse: (value: unknown) => readonly T[],
): Promise<SentPage<T>> {
  try {
    const { value, headers } = await fetchJson(path, { signal })
    const next = nextLink(headers.get('link') ?? undefined)
    const unreadable = headers.get('x-gantry-list') === 'incomplete'
    const behind = next === undefined && !unreadable ? pathBehind(path, namesIn(value)) : undefined
    return { page: { items: parse(value), next, ...(unreadable && { unreadable }) }, behind }
  } catch (error) {
    const other = withoutWhatWasRefused(path, error)
    if (other === undefined) throw error
    return readPage(other, signal, parse)
  }
}

/**
 * Fetches one page. `n` is a hint: a registry that finds it too large is asked for half, again and again, and one
 * that refuses it is asked without. Some honour it and never send a Link (Nexus): a first page of exactly `n` names
 * is continued by `last`, and if that fails or brings nothing new, it was all there is.
 *
 * @param path  with an `n`, if pages are wanted.
 * @param parse  the items of a body; throws ApiError.
 */
export async function fetchPage<T>(
  path: string,
  signal: AbortSignal,
  parse: (value: unknown) => readonly T[],
): Promise<Page<T>> {
  const { page, behind } = await readPage(path, signal, parse)
  if (behind === undefined) return page
  // `last` has led on before, so that it is as good as a Link
  if (/[?&]last=/.test(path)) return { ...page, next: behind }
  const more = await readPage(behind, signal, parse).catch((error: unknown) => {
    if (signal.aborted) throw error
    return undefined
  })
  const known = new Set(page.items)
  const fresh = more?.page.items.filter((item) => !known.has(item)) ?? []
  if (more === undefined || fresh.length === 0) return page
  return { ...more.page, items: [...page.items, ...fresh], next: more.page.next ?? more.behind }
}
