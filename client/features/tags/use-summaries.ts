import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { fetchOnce } from '../../api/fetch-once.ts'
import { fetchSummaries } from '../../api/summaries.ts'
import { useOnResume } from '../../lib/re-authentication.ts'
import { summariesKey } from './known-summary.ts'
import { createSummaryStore } from './summary-store.ts'
import type { SummaryStore } from './summary-types.ts'

/** Repositories whose summaries are kept; those of 20,000 tags take some megabytes. */
const MAX_STORES = 8

/** Kept with the other server state, so that a change of session forgets it too. */
function storeOf(queryClient: QueryClient, repository: Repository): SummaryStore {
  const queryKey = summariesKey(repository)
  const kept = queryClient.getQueryData<SummaryStore>(queryKey)
  if (kept !== undefined) return kept
  const store = createSummaryStore({
    now: Date.now,
    fetch: async (tags, leaving, onRow) => {
      await fetchOnce(queryClient, 'summaries of tags', leaving, (signal) =>
        fetchSummaries(repository, tags, signal, onRow).then(() => true),
      )
    },
  })
  // no query observes it: with the usual time it would be collected under the table that shows it
  queryClient.setQueryDefaults(['summaries'], { structuralSharing: false, gcTime: Number.POSITIVE_INFINITY })
  const older = queryClient.getQueryCache().findAll({ queryKey: ['summaries'] })
  for (const { queryKey: oldest } of older.slice(0, 1 - MAX_STORES))
    queryClient.removeQueries({ queryKey: oldest, exact: true })
  queryClient.setQueryData(queryKey, store)
  return store
}

/** A screenful: what a table of tags shows before anybody has scrolled. */
const FIRST = 40

/** Asks for what will be in view first, while the table is still being drawn. @param tags  in the order shown. */
export function askFirst(queryClient: QueryClient, repository: Repository, tags: readonly Tag[]): void {
  storeOf(queryClient, repository).show(tags.slice(0, FIRST))
}

/** The summaries of a repository's tags, as far as they are known; its requests end when nobody looks. */
export function useSummaries(repository: Repository) {
  const store = storeOf(useQueryClient(), repository)
  const snapshot = useSyncExternalStore(store.subscribe, store.snapshot)
  useEffect(() => store.rest, [store])
  useOnResume(store.retry)
  return { store, ...snapshot }
}
