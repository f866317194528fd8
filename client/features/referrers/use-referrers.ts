// Everything that refers to what is open: to the index and to the platform's image, from all places.

import { type UseQueryResult, useQueries } from '@tanstack/react-query'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { ParsedManifest } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { attestationsOf, type FoundBy, mergeReferrers, type Referrer } from '../../../shared/oci/referrers.ts'
import { explain } from '../../api/explain.ts'
import { ApiError } from '../../api/http.ts'
import { type FailedSource, isSessionOver, type ReferrerList, referrersOf } from '../../api/referrers.ts'

/** Places that failed for one reason: told once. */
export interface FailedSources {
  readonly sources: readonly FoundBy[]
  readonly error: unknown
}

export interface FoundReferrers {
  readonly referrers: readonly Referrer[]
  /** More may come. */
  readonly isLoading: boolean
  readonly failures: readonly FailedSources[]
  /** Why the registry's own list could not be asked, each reason once: the other places were. */
  readonly unasked: readonly unknown[]
  /** False where the registry keeps no list of its own. */
  readonly hasApi: boolean
  /** The registry names more pages than were read. */
  readonly truncated: boolean
  /** What is odd about the lists, each in a sentence. */
  readonly problems: readonly string[]
  /** Whether these are all there are, as far as anybody can know. */
  readonly isComplete: boolean
  /** Asks again for the lists that a place is missing from. */
  retry(): void
}

/** Puts together what failed for the same reason, in words. */
export function byReason(failures: readonly FailedSource[]): readonly FailedSources[] {
  const groups = new Map<string, { sources: Set<FoundBy>; error: unknown }>()
  for (const { source, error } of failures) {
    const { title, hint } = explain(error)
    const reason = `${title}. ${hint}`
    const group = groups.get(reason) ?? { sources: new Set(), error }
    groups.set(reason, group)
    group.sources.add(source)
  }
  return [...groups.values()].map(({ sources, error }) => ({ sources: [...sources], error }))
}

/** Whether it is the registry's own list alone that cannot be had, and neither a login nor patience would help. */
export function isApiAlone({ sources, error }: FailedSources): boolean {
  if (!(error instanceof ApiError) || error.status === 429) return false
  return !isSessionOver(error) && sources.every((source) => source === 'referrers API')
}

const lacksSome = ({ data, isError }: UseQueryResult<ReferrerList>) =>
  isError || (data?.failures.length ?? 0) > 0

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
  // what has failed and is asked for again is on its way, not failed
  const isLoading = queries.some((query) => query.isPending || (query.isFetching && lacksSome(query)))
  const truncated = queries.some(({ data }) => data?.truncated === true)
  const problems = queries.flatMap(({ data }) => data?.problems ?? [])
  const reasons = byReason(
    queries.flatMap(({ data, error, isFetching }): readonly FailedSource[] => {
      if (isFetching) return []
      return error === null ? (data?.failures ?? []) : [{ source: 'referrers API', error }]
    }),
  )
  return {
    referrers: mergeReferrers([...queries.map(({ data }) => data?.referrers ?? []), ...within]),
    isLoading,
    failures: reasons.filter((reason) => !isApiAlone(reason)),
    unasked: reasons.filter(isApiAlone).map(({ error }) => error),
    hasApi: queries.every(({ data }) => data?.hasApi !== false),
    truncated,
    problems,
    // nothing can be asked for what has no digest
    isComplete:
      !isLoading && !truncated && reasons.length === 0 && problems.length === 0 && subjects.length > 0,
    retry: () => {
      for (const query of queries) if (lacksSome(query)) void query.refetch()
    },
  }
}
