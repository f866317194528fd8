// Everything that refers to what is open: to the index and to the platform's image, from all places.

import { useQueries } from '@tanstack/react-query'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { ParsedManifest } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { attestationsOf, mergeReferrers, type Referrer } from '../../../shared/oci/referrers.ts'
import { referrersOf } from '../../api/referrers.ts'

export interface FoundReferrers {
  readonly referrers: readonly Referrer[]
  /** More may come. */
  readonly isLoading: boolean
  /** Of the first list that could not be had. */
  readonly error: unknown
  retry(): void
}

/**
 * @param subjects  the digests that are open: of the reference, and of the chosen platform.
 * @param top  the manifest of the reference: an index may hold statements about its images.
 */
export function useReferrers(
  repository: Repository,
  subjects: readonly Digest[],
  top: ParsedManifest,
): FoundReferrers {
  const queries = useQueries({ queries: subjects.map((subject) => referrersOf(repository, subject)) })
  const within = top.kind === 'index' ? subjects.map((subject) => attestationsOf(top, subject)) : []
  return {
    referrers: mergeReferrers([...queries.map(({ data }) => data ?? []), ...within]),
    isLoading: queries.some(({ isPending }) => isPending),
    error: queries.find(({ isError }) => isError)?.error,
    retry: () => {
      for (const query of queries) if (query.isError) void query.refetch()
    },
  }
}
