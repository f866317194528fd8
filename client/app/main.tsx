// Mounts the page.

import { hashKey, QueryClientProvider, type QueryKey } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { isRouteErrorResponse, RouterProvider } from 'react-router'
import { catalogQuery } from '../api/catalog.ts'
import { ApiError } from '../api/http.ts'
import { createQueryClient } from '../api/query-client.ts'
import { configQuery, fetchSession, sessionQuery } from '../api/session.ts'
import { followOtherTabs, forgetPerson } from '../features/session/change-session.ts'
import { isGuestByChoice } from '../features/session/guest-mode.ts'
import { applyTheme } from '../features/session/theme-switch.tsx'
import { watchVerification } from '../features/session/verification.ts'
import { home, loginPath } from '../lib/paths.ts'
import { readPreferences } from '../lib/preferences.ts'
import { interrupt } from '../lib/re-authentication.ts'
import { createRouter } from './router.tsx'
import '../components/fonts.css'
import '../components/tokens.css'
import '../components/base.css'

applyTheme(readPreferences().theme)
const basename = new URL(document.baseURI).pathname.replace(/(.)\/$/, '$1')

/** The catalog may be closed to guests while repositories are not: its own page says so. */
async function staysGuest(): Promise<boolean> {
  if (isGuestByChoice()) return true
  const config = await queryClient.ensureQueryData(configQuery).catch(() => undefined)
  return config?.login === false
}

const AHEAD: readonly unknown[] = ['manifest', 'blob']

/** Asked for again once already, although the session is there: a second refusal is taken at its word. */
const askedAgain = new Set<string>()

/** The session of a person at work has ended: the page stays, and the password is asked for over it. */
async function askOverPage(user: string, reason: string, queryKey: QueryKey): Promise<void> {
  const now = await fetchSession(new AbortController().signal).catch(() => undefined)
  const key = hashKey(queryKey)
  // the late answer to a request of before a login in another tab
  if (now?.user === user && !askedAgain.has(key)) {
    askedAgain.add(key)
    await queryClient.refetchQueries({ queryKey, exact: true })
  } else if (now?.user != null && now.user !== user) location.reload()
  else {
    askedAgain.clear()
    interrupt({ user, reason })
  }
}

/** The registry asks for a login: there, and back afterwards. */
async function goToLogin({ reason }: ApiError, queryKey: QueryKey): Promise<void> {
  const { pathname, search } = router.state.navigation.location ?? router.state.location
  const here =
    pathname.startsWith(basename) && basename !== '/' ? pathname.slice(basename.length) || '/' : pathname
  if (here === '/login') return
  const user = queryClient.getQueryData(sessionQuery.queryKey)?.user
  if (user != null && (reason === 'session_ended' || reason === 'password_refused'))
    return askOverPage(user, reason, queryKey)
  // an image fetched ahead while the pointer rests on its link: a login is asked for once it is opened
  if (AHEAD.includes(queryKey[0]) && !/[:@]/.test(here)) {
    setTimeout(() => queryClient.removeQueries({ queryKey, exact: true }))
    return
  }
  // beside an open repository the list is an extra: guests may see the one and not the other
  if (queryKey[0] === catalogQuery.queryKey[0] && here !== home && reason === 'login_required') return
  if (here === home && reason === 'login_required' && (await staysGuest())) return
  await router.navigate(loginPath(here + search), { replace: true, state: { reason } })
  if (reason !== 'login_required') forgetPerson(queryClient, { user: null, verified: false })
}

const queryClient = createQueryClient((error, queryKey) => void goToLogin(error, queryKey))
// asked for before any page is there to ask
void queryClient.prefetchQuery(configQuery)
void queryClient.prefetchQuery(sessionQuery)
const router = createRouter(queryClient, basename)

followOtherTabs(queryClient)
watchVerification(queryClient)
// a page out of the back-forward cache may show what the last person saw
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload()
})

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
// what a registry refuses is told on the page: only what should never happen belongs in the console
const report = (error: unknown) => {
  // biome-ignore lint/suspicious/noConsole: a fault of ours, for whoever reports it
  if (!(error instanceof ApiError) && !isRouteErrorResponse(error)) console.error(error)
}
createRoot(root, {
  onCaughtError: report,
  onRecoverableError: (error) => report(error instanceof Error ? (error.cause ?? error) : error),
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} onError={report} />
    </QueryClientProvider>
  </StrictMode>,
)
