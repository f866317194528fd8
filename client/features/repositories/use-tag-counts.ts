import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef, useSyncExternalStore } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import { tagsOf } from '../../api/tags.ts'

/** How many tags a repository has, where its tags were listed already; never asked for. */
export function useTagCounts(): (repository: Repository) => number | undefined {
  const queryClient = useQueryClient()
  const changes = useRef(0)
  const subscribe = useCallback(
    (onChange: () => void) =>
      queryClient.getQueryCache().subscribe(({ type, query }) => {
        if (type !== 'updated' || query.queryKey[0] !== 'tags') return
        changes.current++
        onChange()
      }),
    [queryClient],
  )
  useSyncExternalStore(subscribe, () => changes.current)
  return (repository) => queryClient.getQueryData(tagsOf(repository).queryKey)?.length
}
