import { type Query, type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef, useSyncExternalStore } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import { catalogQuery } from '../../api/catalog.ts'
import { ApiError } from '../../api/http.ts'
import { tagsOf } from '../../api/tags.ts'

export type TagCounts = ReadonlyMap<Repository, number>

/** A repository of the catalog that the registry does not know: some storage keeps none without tags. */
const isEmpty = (error: unknown) => error instanceof ApiError && error.code === 'NAME_UNKNOWN'

/** What there is to learn from a query: a repository, and how many tags it has, if its list came to its end. */
function learn(
  queryClient: QueryClient,
  { queryKey, state: { error } }: Query,
): readonly [Repository, number] | undefined {
  const [kind, name] = queryKey
  if (kind !== 'tags') return undefined
  const repository = name as Repository
  if (isEmpty(error)) return [repository, 0]
  const list = queryClient.getQueryData(tagsOf(repository).queryKey)
  return list === undefined || list.incomplete ? undefined : [repository, list.tags.length]
}

/** How many tags repositories have, as far as their tags were listed; never asked for. Another map after each change. */
export function useTagCounts(): TagCounts {
  const queryClient = useQueryClient()
  const counts = useRef<TagCounts>(new Map())
  const subscribe = useCallback(
    (onChange: () => void) => {
      const cache = queryClient.getQueryCache()
      const learnt = cache.getAll().map((query) => learn(queryClient, query))
      counts.current = new Map([...counts.current, ...learnt.filter((pair) => pair !== undefined)])
      return cache.subscribe(({ type, query }) => {
        const learnt = type === 'updated' ? learn(queryClient, query) : undefined
        // the list itself is only ever removed with everything else: somebody else is here
        if (type === 'removed' && query.queryKey[0] === catalogQuery.queryKey[0]) counts.current = new Map()
        else if (learnt === undefined || counts.current.get(learnt[0]) === learnt[1]) return
        else counts.current = new Map([...counts.current, learnt])
        onChange()
      })
    },
    [queryClient],
  )
  return useSyncExternalStore(subscribe, () => counts.current)
}
