import type { QueryClient } from '@tanstack/react-query'
import type { SessionAnswer } from '../../../shared/api.ts'
import { configQuery, sessionQuery } from '../../api/session.ts'
import { forgetRecents } from '../../preferences.ts'

/** After any change of who is here: nothing that the last person saw stays with the page. */
export function changeSession(queryClient: QueryClient, session: SessionAnswer): void {
  const config = queryClient.getQueryData(configQuery.queryKey)
  queryClient.clear()
  forgetRecents()
  if (config !== undefined) queryClient.setQueryData(configQuery.queryKey, config)
  queryClient.setQueryData(sessionQuery.queryKey, session)
}
