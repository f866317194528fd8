// For registries that do not page as the specification says; loaded when one is met.

import type { Page } from '../../shared/oci/pages.ts'
import type { ApiError } from './http.ts'
import { limitOf, PAGE_SIZE, type SentPage } from './pages.ts'

/**
 * For a page that was refused with 400: the same with half as many items, or, where a registry wants no `n` at all,
 * with as many as it likes. What Gantry has signed stays as it is; an `n` beside it replaces the one in it.
 *
 * @returns undefined where there is nothing left to try.
 */
export function withoutWhatWasRefused(path: string, { code }: ApiError): string | undefined {
  const isSigned = path.includes('?next=')
  const asked = isSigned && limitOf(path) === undefined ? `${path}&n=${PAGE_SIZE}` : path
  const n = limitOf(asked)
  if (n === undefined) return undefined
  if (code === 'PAGINATION_NUMBER_INVALID' && n > 1)
    return asked.replace(/([?&]n=)\d+/, `$1${Math.floor(n / 2)}`)
  return isSigned ? undefined : path.replace(/([?&])n=\d+&?/, '$1').replace(/[?&]$/, '')
}

/** The path of what may lie behind a page, by its last name; undefined where that leads nowhere. */
function pathBehind(path: string, names: readonly unknown[]): string | undefined {
  const [, page] = /^([^?]+\?n=\d+)(?:&last=.*)?$/.exec(path) ?? []
  const last = names.at(-1)
  if (page === undefined || limitOf(path) !== names.length || typeof last !== 'string') return undefined
  const behind = `${page}&last=${encodeURIComponent(last)}`
  return behind === path ? undefined : behind
}

/** How a registry says that it has no page behind the last name. */
const ENDS = [400, 404, 405]

/**
 * For a page of exactly `n` names without a Link: some registries honour `n` and `last`, and never send one (Nexus).
 * The first such page is continued by one request more. If the registry does not know such a page or brings nothing new,
 * it was all there is; any other failure is that of the next page.
 *
 * @param path  what was asked for.
 * @returns one page of both.
 */
export async function goOn<T>(
  path: string,
  { names, ...page }: SentPage<T>,
  signal: AbortSignal,
  read: (path: string) => Promise<SentPage<T>>,
): Promise<Page<T>> {
  const behind = pathBehind(path, names)
  // where `last` has led here it is as good as a Link
  if (behind === undefined || path.includes('&last=')) return { ...page, next: behind }
  const more = await read(behind).catch((error: unknown) => {
    if (signal.aborted) throw error
    return ENDS.includes((error as Partial<ApiError>).status ?? 0) ? undefined : ('failed' as const)
  })
  // asked for again as the next page, where a failure is seen and can be tried again
  if (more === 'failed') return { ...page, next: behind }
  const known = new Set(page.items)
  const fresh = more?.items.filter((item) => !known.has(item)) ?? []
  if (more === undefined || fresh.length === 0) return page
  const { names: moreNames, ...rest } = more
  return { ...rest, items: [...page.items, ...fresh], next: rest.next ?? pathBehind(behind, moreNames) }
}
