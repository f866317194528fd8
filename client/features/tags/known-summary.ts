// What the table knows of a tag, for whoever wants to start early. Small: it is part of the first screen.

import type { QueryClient } from '@tanstack/react-query'
import type { SummaryRow } from '../../../shared/api/summaries.ts'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import type { SummaryStore } from './summary-types.ts'

/** Under which a repository's store is kept with the other server state. */
export const summariesKey = (repository: Repository) => ['summaries', repository] as const

/** The last row of a tag, however old; undefined if there is none. Asks nobody. */
export function knownSummary(
  queryClient: QueryClient,
  repository: Repository,
  tag: string,
): SummaryRow | undefined {
  const store = queryClient.getQueryData<SummaryStore>(summariesKey(repository))
  return store?.snapshot().known.get(tag as Tag)?.row
}
