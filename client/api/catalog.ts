// The catalog: all repositories of the registry, page by page.

import { infiniteQueryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { parseRepository, type Repository } from '../../shared/oci/reference.ts'
import { unexpectedAnswer } from './http.ts'
import { fetchPage, followingPath, type Page } from './pages.ts'

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

/** Pages are shown as they arrive; the page asks for the next one until there is none. */
export const catalogQuery = infiniteQueryOptions({
  queryKey: ['catalog'],
  queryFn: ({ pageParam, signal }): Promise<Page<Repository>> => fetchPage(pageParam, signal, parseCatalog),
  initialPageParam: FIRST_PAGE,
  getNextPageParam: (_last, pages, _param, params) => followingPath(pages, params),
})

/** All names of the pages, sorted and each once. */
export function namesOf(pages: readonly Page<Repository>[]): readonly Repository[] {
  return [...new Set(pages.flatMap((page) => page.items))].sort()
}
