import type { QueryClient } from '@tanstack/react-query'
import type { SessionAnswer } from '../../../shared/api.ts'
import { configQuery, sessionQuery } from '../../api/session.ts'
import { chooseGuest } from '../../guest.ts'
import { forgetRecents } from '../../preferences.ts'

const otherTabs = new BroadcastChannel(`session of ${document.baseURI}`)

/** After any change of who is here: nothing that the last person saw stays with the page. */
export function forgetPerson(queryClient: QueryClient, session: SessionAnswer): void {
  const config = queryClient.getQueryData(configQuery.queryKey)
  queryClient.clear()
  forgetRecents()
  chooseGuest(false)
  if (config !== undefined) queryClient.setQueryData(configQuery.queryKey, config)
  queryClient.setQueryData(sessionQuery.queryKey, session)
}

/** After a login or logout on this page: the other tabs hold the same cookie, and start afresh too. */
export function changeSession(queryClient: QueryClient, session: SessionAnswer): void {
  forgetPerson(queryClient, session)
  otherTabs.postMessage('changed')
}

/** Starts this page afresh when somebody logs in or out in another tab. */
export function followOtherTabs(): void {
  otherTabs.addEventListener('message', () => location.reload())
}
