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

let requests = 0

/**
 * A request as a query of its own: a refusal leads to the login as anywhere, and a change of session ends it.
 *
 * @param what  its kind, for whoever reads the key.
 * @param leaving  whoever asked leaves; `run` sees it as its own signal.
 */
export async function fetchOnce<T>(
  queryClient: QueryClient,
  what: string,
  leaving: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const queryKey = [what, ++requests]
  leaving?.addEventListener('abort', () => void queryClient.cancelQueries({ queryKey }), { once: true })
  return queryClient.fetchQuery({
    queryKey,
    queryFn: ({ signal }) => run(signal),
    structuralSharing: false,
    gcTime: 0,
  })
}
