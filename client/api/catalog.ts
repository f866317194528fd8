// The catalog: all repositories of the registry, page by page.

import {
  type InfiniteData,
  InfiniteQueryObserver,
  type InfiniteQueryObserverResult,
  infiniteQueryOptions,
  type QueryClient,
} from '@tanstack/react-query'
import * as z from 'zod/mini'
import { continuationOf, followingPath, type Page } from '../../shared/oci/pages.ts'
import { parseRepository, type Repository } from '../../shared/oci/reference.ts'
import { unexpectedAnswer } from './http.ts'
import { fetchPage, PAGE_SIZE } from './pages.ts'

const FIRST_PAGE = `v2/_catalog?n=${PAGE_SIZE}`
const shape = z.object({ repositories: z.nullable(z.array(z.unknown())) })

/** Names outside the grammar could not be opened: they fall out. */
function parseCatalog(value: unknown): Repository[] {
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw unexpectedAnswer('catalog')
  return (parsed.data.repositories ?? []).flatMap((name) =>
    typeof name === 'string' ? (parseRepository(name) ?? []) : [],
  )
}

/**
 * Pages are shown as they arrive; `walkCatalog` asks for the next one until there is none. Walking a registry's catalog
 * is work for it: what was listed once stays until somebody asks for a fresh list.
 */
export const catalogQuery = infiniteQueryOptions({
  queryKey: ['catalog'],
  queryFn: ({ pageParam, signal }): Promise<Page<Repository>> => fetchPage(pageParam, signal, parseCatalog),
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (_last, pages, _param, params) => followingPath(pages, params),
  staleTime: Number.POSITIVE_INFINITY,
  // what came before a failure counts as stale all the same
  refetchOnMount: false,
  gcTime: Number.POSITIVE_INFINITY,
  // pages are compared by nobody: each is kept as it came
  structuralSharing: false,
})

/** Whether the registry names more repositories than could be read, once all pages that can be are there. */
export const isIncomplete = ({ pages, pageParams }: InfiniteData<Page<Repository>>): boolean =>
  continuationOf(pages, pageParams).incomplete

/** The queries whose pages are being fetched: a walk each. */
const walked = new WeakSet<object>()

/**
 * Fetches the pages that are not there yet, one after the other, whether or not anything is on the screen: each
 * request leaves before the page that came is drawn. Ends where there are no more, at a failure, when another session
 * has a catalog of its own, and when the page that showed it is left. Never rejects: what fails is the query's error.
 */
export async function walkCatalog(queryClient: QueryClient): Promise<void> {
  const cache = queryClient.getQueryCache()
  // after a failure the pages that came would be asked for again
  if (cache.find(catalogQuery)?.state.data === undefined)
    await queryClient.prefetchInfiniteQuery(catalogQuery)
  const query = cache.find(catalogQuery)
  if (query === undefined || walked.has(query)) return
  walked.add(query)
  const observer = new InfiniteQueryObserver(queryClient, catalogQuery)
  let shown = false
  const isLeft = () => {
    const before = shown
    shown = query.getObserversCount() > 0
    return before && !shown
  }
  const mayGoOn = ({ hasNextPage, isFetching, isError }: InfiniteQueryObserverResult) =>
    hasNextPage && !isFetching && !isError && cache.find(catalogQuery) === query && !isLeft()
  while (mayGoOn(observer.getCurrentResult())) await observer.fetchNextPage()
  walked.delete(query)
}
