// Requests whose answers nobody keeps.

import type { QueryClient } from '@tanstack/react-query'

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
