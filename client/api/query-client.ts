// Server state: kept by TanStack Query, asked again only when somebody wants it.

import { QueryCache, QueryClient, type QueryKey } from '@tanstack/react-query'
import { ApiError } from './http.ts'

/** @param onUnauthorized  called for every answer that says: log in. */
export function createQueryClient(
  onUnauthorized: (error: ApiError, queryKey: QueryKey) => void,
): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error, query) {
        if (error instanceof ApiError && error.status === 401) onUnauthorized(error, query.queryKey)
      },
    }),
    defaultOptions: {
      queries: {
        // a refusal does not change by asking again, and a storm helps no registry that is down
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        staleTime: 30_000,
      },
    },
  })
}
