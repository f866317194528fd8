// The catalog: all repositories of the registry, page by page.

import { infiniteQueryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { followingPath, type Page } from '../../shared/oci/pages.ts'
import { parseRepository, type Repository } from '../../shared/oci/reference.ts'
import { unexpectedAnswer } from './http.ts'
import { fetchPage } from './pages.ts'

const FIRST_PAGE = 'v2/_catalog?n=1000'
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
 * Pages are shown as they arrive; the page asks for the next one until there is none. Walking a registry's catalog
 * is work for it: what was listed once stays until somebody asks for a fresh list.
 */
export const catalogQuery = infiniteQueryOptions({
  queryKey: ['catalog'],
  queryFn: ({ pageParam, signal }): Promise<Page<Repository>> => fetchPage(pageParam, signal, parseCatalog),
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (_last, pages, _param, params) => followingPath(pages, params),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  // pages are compared by nobody: each is kept as it came
  structuralSharing: false,
})
