// @vitest-environment happy-dom
import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import type { SessionResponse } from '../../../shared/api/session.ts'
import { parseRepository, type Tag } from '../../../shared/oci/reference.ts'
import { sessionQuery } from '../../api/session.ts'
import { summariesKey } from '../tags/known-summary.ts'
import { createSummaryStore } from '../tags/summary-store.ts'
import { watchVerification } from './verification.ts'

const repository = parseRepository('team/app')!
const UNPROVEN: SessionResponse = { user: 'mira', verified: false }

afterEach(() => vi.unstubAllGlobals())

/** A page whose session is `session`, as the server says it from now on. */
function page(session: SessionResponse) {
  const server = { session, looks: 0, answer: async () => {} }
  vi.stubGlobal('fetch', async (url: string) => {
    expect(new URL(url).pathname).toBe('/api/session')
    server.looks++
    const body = JSON.stringify(server.session)
    await server.answer()
    return new Response(body)
  })
  const queryClient = new QueryClient()
  queryClient.setQueryData(sessionQuery.queryKey, session)
  watchVerification(queryClient)
  const asked: string[] = []
  /** What the page has on its screen. */
  const show = (...queryKey: string[]) => {
    const observer = new QueryObserver(queryClient, {
      queryKey,
      queryFn: async () => asked.push(queryKey.join(' ')),
      retry: false,
      staleTime: Number.POSITIVE_INFINITY,
    })
    observer.subscribe(() => {})
  }
  const current = () => queryClient.getQueryData(sessionQuery.queryKey)
  return { server, queryClient, asked, show, current }
}
/** All that follows from what was done: each step takes a turn or two. */
async function calm(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setTimeout(resolve))
}

test('once the session is verified, what depends on who asks is asked for again, once, and nothing else', async () => {
  const { server, queryClient, asked, show, current } = page(UNPROVEN)
  show('catalog')
  show('tags', repository)
  show('manifest', repository, '1.0')
  show('manifest', repository, 'sha256:a')
  show('blob', repository, 'sha256:b')
  show('config')
  await calm()
  expect(asked).toHaveLength(6)
  expect(current()).toEqual(UNPROVEN)
  server.session = { user: 'mira', verified: true }
  asked.length = 0
  const rows: (readonly Tag[])[] = []
  const store = createSummaryStore({
    now: Date.now,
    fetch: async (tags, _signal, onRow) => {
      rows.push(tags)
      for (const tag of tags) onRow({ tag, digest: 'sha256:a', mediaType: 'm', platforms: [] })
    },
  })
  queryClient.setQueryData(summariesKey(repository), store)
  store.show(['1.0' as Tag])
  await calm()
  await queryClient.fetchQuery({ queryKey: ['summaries of tags', 1], queryFn: () => true })
  await calm()
  expect(current()).toEqual({ user: 'mira', verified: true })
  expect(asked.sort()).toEqual(['catalog', `manifest ${repository} 1.0`, `tags ${repository}`])
  expect(rows).toHaveLength(2)
  const { looks } = server
  show('tags', 'team/other')
  await calm()
  expect(server.looks).toBe(looks)
})

test('a list that is asked for again may verify the session too', async () => {
  const { server, queryClient, asked, show, current } = page(UNPROVEN)
  show('catalog')
  await calm()
  server.session = { user: 'mira', verified: true }
  asked.length = 0
  await queryClient.refetchQueries({ queryKey: ['catalog'] })
  await calm()
  expect(current()).toEqual({ user: 'mira', verified: true })
  // the refetch, and once more for who is known by now
  expect(asked).toEqual(['catalog', 'catalog'])
  const { looks } = server
  await queryClient.refetchQueries({ queryKey: ['catalog'] })
  await calm()
  expect(server.looks).toBe(looks)
})

test('many answers at once cost two looks', async () => {
  const { server, show } = page(UNPROVEN)
  let answer = () => {}
  server.answer = () => new Promise((resolve) => (answer = resolve))
  show('catalog')
  await calm()
  for (let i = 0; i < 50; i++) show('manifest', repository, `${i}.0`)
  await calm()
  expect(server.looks).toBe(1)
  server.answer = async () => {}
  answer()
  await calm()
  expect(server.looks).toBe(2)
})

test.each<[string, SessionResponse]>([
  ['is verified', { user: 'mira', verified: true }],
  ['is there not', { user: null, verified: false }],
])('a session that %s is not looked after', async (_name, session) => {
  const { server, show } = page(session)
  show('catalog')
  await calm()
  expect(server.looks).toBe(0)
})

test('a session that has changed meanwhile is left alone', async () => {
  const { server, queryClient, asked, show, current } = page(UNPROVEN)
  let answer = () => {}
  server.session = { user: 'mira', verified: true }
  server.answer = () => new Promise((resolve) => (answer = resolve))
  show('catalog')
  await calm()
  const carl = { user: 'carl', verified: false }
  queryClient.setQueryData(sessionQuery.queryKey, carl)
  answer()
  await calm()
  expect(current()).toEqual(carl)
  expect(asked).toEqual(['catalog'])
})
