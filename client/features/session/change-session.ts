import type { QueryClient } from '@tanstack/react-query'
import type { SessionResponse } from '../../../shared/api/session.ts'
import { ApiError } from '../../api/http.ts'
import { configQuery, sessionQuery } from '../../api/session.ts'
import { forgetRecents } from '../../lib/preferences.ts'
import { currentInterruption, endInterruption } from '../../lib/re-authentication.ts'
import { chooseGuest } from './guest-mode.ts'

const otherTabs = new BroadcastChannel(`session of ${document.baseURI}`)

/** After any change of who is here: nothing that the last person saw stays with the page. */
export function forgetPerson(queryClient: QueryClient, session: SessionResponse): void {
  const config = queryClient.getQueryData(configQuery.queryKey)
  queryClient.clear()
  forgetRecents()
  chooseGuest(false)
  if (config !== undefined) queryClient.setQueryData(configQuery.queryKey, config)
  queryClient.setQueryData(sessionQuery.queryKey, session)
}

/** After a login or logout on this page: the other tabs hold the same cookie, and follow. */
export function changeSession(queryClient: QueryClient, session: SessionResponse): void {
  forgetPerson(queryClient, session)
  otherTabs.postMessage(session.user)
}

/** The same person is back: what was refused meanwhile is asked for again, the rest of the page stays. */
function goOn(queryClient: QueryClient, session: SessionResponse): void {
  queryClient.setQueryData(sessionQuery.queryKey, session)
  void queryClient.refetchQueries({
    type: 'active',
    predicate: ({ state: { error } }) => error instanceof ApiError && error.status === 401,
  })
}

/** After a login of the person whose session had ended on this page. */
export function resumeSession(queryClient: QueryClient, session: SessionResponse): void {
  goOn(queryClient, session)
  otherTabs.postMessage(session.user)
}

/** Follows what happens in other tabs: whose page waits for that very person goes on, any other starts afresh. */
export function followOtherTabs(queryClient: QueryClient): void {
  otherTabs.addEventListener('message', ({ data: user }) => {
    if (typeof user !== 'string' || user !== currentInterruption()?.user) return location.reload()
    goOn(queryClient, { user, verified: true })
    void queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
    endInterruption()
  })
}
