// Where a registry's ping is open, a session is verified later, by one of the page's own requests. Its response looks like
// any other, so the page reads the result from `/api/session`.

import type { Query, QueryClient } from '@tanstack/react-query'
import { fetchSession, sessionQuery } from '../../api/session.ts'
import type { SummaryStore } from '../tags/index.ts'

/** What may verify a session: lists and manifests. */
const TELLING: readonly unknown[] = ['catalog', 'tags', 'manifest', 'summaries of tags']
const LISTS: readonly unknown[] = ['catalog', 'tags', 'referrers']

/** Whether another answer may come to somebody else: a list, a tag, a refusal. What a digest names is the same to all. */
function dependsOnWho({ queryKey: [kind, , reference], state }: Query): boolean {
  if (kind === 'config' || kind === 'session') return false
  const isTag = kind === 'manifest' && typeof reference === 'string' && !reference.includes(':')
  return LISTS.includes(kind) || isTag || state.error !== null
}

/** What was answered to somebody the registry did not know yet. What is on the screen stays there meanwhile. */
function askAgain(queryClient: QueryClient): void {
  void queryClient.invalidateQueries({ predicate: dependsOnWho })
  for (const [, store] of queryClient.getQueriesData<SummaryStore>({ queryKey: ['summaries'] }))
    store?.expire()
}

/** Whether the session has been verified since. Never rejects. */
async function look(queryClient: QueryClient): Promise<void> {
  const before = queryClient.getQueryData(sessionQuery.queryKey)
  if (before?.user == null || before.verified) return
  const now = await fetchSession(new AbortController().signal).catch(() => undefined)
  // somebody else may be here by now
  if (queryClient.getQueryData(sessionQuery.queryKey) !== before) return
  if (now?.user !== before.user || !now.verified) return
  queryClient.setQueryData(sessionQuery.queryKey, now)
  askAgain(queryClient)
}

/**
 * Looks at the session after each list and each manifest, since any of them may have verified it: one look at a time,
 * and one more for whatever came meanwhile. Costs nothing where the session is verified or there is none.
 */
export function watchVerification(queryClient: QueryClient): void {
  let isLooking = false
  let wanted = false
  async function lookUntilCalm(): Promise<void> {
    wanted = true
    if (isLooking) return
    isLooking = true
    while (wanted) {
      wanted = false
      await look(queryClient)
    }
    isLooking = false
  }
  queryClient.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.action.type !== 'success') return
    if (TELLING.includes(event.query.queryKey[0])) void lookUntilCalm()
  })
}
