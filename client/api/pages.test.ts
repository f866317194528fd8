// @vitest-environment happy-dom
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { continuationOf, followingPath } from '../../shared/oci/pages.ts'
import { fetchPage } from './pages.ts'

afterEach(() => vi.unstubAllGlobals())
const page = (items: string[], next?: string) => ({ items, next })
const signal = new AbortController().signal
const envelope = (code: string, status: number) =>
  new Response(JSON.stringify({ errors: [{ code, message: 'no' }] }), { status })

const END = { next: undefined, incomplete: false }
const INCOMPLETE = { next: undefined, incomplete: true }
const go = (next: string) => ({ next, incomplete: false })

test.each([
  ['the last page', [page(['a'])], ['p1'], END],
  ['a next page', [page(['a'], 'p2')], ['p1'], go('p2')],
  ['a next page that cannot be followed', [{ ...page(['a']), unreadable: true }], ['p1'], INCOMPLETE],
  ['a Link to itself', [page(['a'], 'p1')], ['p1'], INCOMPLETE],
  ['an empty page with a Link to itself', [page(['a'], 'p2'), page([], 'p2')], ['p1', 'p2'], END],
  ['nothing but an empty page with a Link to itself', [page([], 'p1')], ['p1'], END],
  ['an empty page with a Link back', [page(['a'], 'p2'), page([], 'p1')], ['p1', 'p2'], INCOMPLETE],
  ['a Link in circles', [page(['a'], 'p2'), page(['b'], 'p1')], ['p1', 'p2'], INCOMPLETE],
  [
    'a registry that ignores last',
    [page(['a', 'b'], 'p2'), page(['a', 'b'], 'p3')],
    ['p1', 'p2'],
    INCOMPLETE,
  ],
  ['names again at the end', [page(['a', 'b'], 'p2'), page(['b'])], ['p1', 'p2'], END],
  ['names that overlap', [page(['a', 'b'], 'p2'), page(['b', 'c'], 'p3')], ['p1', 'p2'], go('p3')],
  ['an empty page with a Link', [page(['a'], 'p2'), page([], 'p3')], ['p1', 'p2'], go('p3')],
  ['a next page after nine empty ones', Array(9).fill(page([], 'p')), [], go('p')],
  ['empty pages without an end', Array(10).fill(page([], 'p')), [], INCOMPLETE],
  ['nothing yet', [], [], END],
])('continuationOf: %s', (_name, pages, asked, expected) => {
  expect(continuationOf(pages, asked)).toEqual(expected)
  expect(followingPath(pages, asked)).toBe(expected.next)
})

test('row 37: a registry that makes up new names for ever is left after 10,000 pages', () => {
  const pages = Array.from({ length: 10_000 }, (_, i) => page([`made-up/${i}`], `p${i + 1}`))
  expect(followingPath(pages.slice(0, -1), ['p0'])).toBe('p9999')
  expect(continuationOf(pages, ['p0'])).toEqual(INCOMPLETE)
})

test('whatever a registry answers, a walk ends, and calls its end one only where the registry does', () => {
  const answer = fc.record({
    items: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 2 }),
    next: fc.constantFrom('p0', 'p1', 'p2', 'p3', undefined),
    unreadable: fc.constantFrom(false, false, false, true),
  })
  const registry = fc.record({ p0: answer, p1: answer, p2: answer, p3: answer })
  fc.assert(
    fc.property(registry, (answers) => {
      const [pages, asked]: [ReturnType<typeof page>[], string[]] = [[], []]
      let following = continuationOf([], asked)
      for (let path: string | undefined = 'p0'; path !== undefined; path = following.next) {
        asked.push(path)
        pages.push({ ...answers[path as keyof typeof answers] })
        following = continuationOf(pages, asked)
      }
      expect(asked.length).toBeLessThanOrEqual(4)
      const last = answers[asked.at(-1) as keyof typeof answers]
      const isEnd = last.next === undefined || (last.items.length === 0 && last.next === asked.at(-1))
      expect(following.incomplete).toBe(last.unreadable || !isEnd)
    }),
  )
})

test('a registry that finds n too large is asked for half until it agrees', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(new URL(url).search)
    return Number(new URL(url).searchParams.get('n')) > 300
      ? envelope('PAGINATION_NUMBER_INVALID', 400)
      : new Response('{}', { headers: { link: '</v2/x?n=250&last=z>; rel="next"' } })
  })
  expect(await fetchPage('v2/_catalog?n=1000', signal, () => ['a'])).toEqual({
    items: ['a'],
    next: '/v2/x?n=250&last=z',
  })
  expect(asked).toEqual(['?n=1000', '?n=500', '?n=250'])
})

test.each([
  ['alone', 'v2/_catalog?n=1000', ''],
  ['before the cursor', 'v2/x/tags/list?n=5&last=a', '?last=a'],
  ['behind the cursor', 'v2/x/tags/list?last=a&n=5', '?last=a'],
])('a registry that refuses n is asked without: %s', async (_name, path, expected) => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(new URL(url).search)
    return asked.length === 1 ? envelope('UNSUPPORTED', 400) : new Response('{}')
  })
  expect(await fetchPage(path, signal, () => ['a'])).toEqual({ items: ['a'], next: undefined })
  expect(asked[1]).toBe(expected)
})

test('asked again about the same pages, the answer is the same', () => {
  const pages = [page(['a'], 'p2'), page(['b'], 'p3')]
  expect(followingPath(pages, ['p1', 'p2'])).toBe('p3')
  expect(followingPath(pages, ['p1', 'p2'])).toBe('p3')
  expect(followingPath(pages.slice(0, 1), ['p1'])).toBe('p2')
})

test('a registry that agrees to no n at all is not asked for ever', async () => {
  const fetch = vi.fn(async () => envelope('PAGINATION_NUMBER_INVALID', 400))
  vi.stubGlobal('fetch', fetch)
  await expect(fetchPage('v2/_catalog?n=1000', signal, () => [])).rejects.toMatchObject({
    code: 'PAGINATION_NUMBER_INVALID',
  })
  expect(fetch.mock.calls.length).toBeLessThan(12)
})

test('a next page is asked for with half as many, again and again: what Gantry has signed stays as it is', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(new URL(url).search)
    return asked.length < 3 ? envelope('PAGINATION_NUMBER_INVALID', 400) : new Response('{}')
  })
  await fetchPage('v2/_catalog?next=a.b', signal, () => ['a'])
  expect(asked).toEqual(['?next=a.b', '?next=a.b&n=500', '?next=a.b&n=250'])
})

test.each([
  ['that Gantry does not open', () => envelope('REQUEST_INVALID', 400), 1],
  ['for which no n is right', () => envelope('PAGINATION_NUMBER_INVALID', 400), 11],
])('a next page %s is not asked for ever', async (_name, answer, most) => {
  const fetch = vi.fn(async () => answer())
  vi.stubGlobal('fetch', fetch)
  await expect(fetchPage('v2/_catalog?next=a.b', signal, () => [])).rejects.toMatchObject({ status: 400 })
  expect(fetch.mock.calls.length).toBeLessThanOrEqual(most)
})

test('a page that is said to be incomplete is', async () => {
  const headers = { 'x-gantry-list': 'incomplete' }
  const fetch = vi.fn(async () => new Response('{"tags":["a"]}', { headers }))
  vi.stubGlobal('fetch', fetch)
  expect(await fetchPage('v2/x/tags/list?n=1', signal, () => ['a'])).toEqual({
    items: ['a'],
    next: undefined,
    unreadable: true,
  })
  expect(fetch).toHaveBeenCalledTimes(1)
})

/** A registry whose catalog has these names, and which never sends a Link; `answer` may say something else. */
function withoutLinks(all: readonly unknown[], answer: (query: URLSearchParams) => Response | undefined) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const { search, searchParams } = new URL(url)
    asked.push(search)
    const last = searchParams.get('last')
    const from = last === null ? 0 : all.indexOf(last) + 1
    const repositories = all.slice(from, from + Number(searchParams.get('n')))
    return answer(searchParams) ?? new Response(JSON.stringify({ repositories }))
  })
  const parse = (value: unknown) =>
    (value as { repositories: unknown[] }).repositories.filter((name) => typeof name === 'string')
  return { asked, fetch: (path: string) => fetchPage(path, signal, parse) }
}

test('interop 15: exactly n names without a Link: once more, and then on by last', async () => {
  const { asked, fetch } = withoutLinks(['a', 'b', 'c', 'd', 'e'], () => undefined)
  expect(await fetch('v2/_catalog?n=2')).toEqual({
    items: ['a', 'b', 'c', 'd'],
    next: 'v2/_catalog?n=2&last=d',
  })
  expect(await fetch('v2/_catalog?n=2&last=d')).toEqual({ items: ['e'], next: undefined })
  expect(asked).toEqual(['?n=2', '?n=2&last=b', '?n=2&last=d'])
})

test('interop 15: names that are none count, and lead on', async () => {
  const { fetch } = withoutLinks(['a', 7, 'B C', 'd'], () => undefined)
  expect(await fetch('v2/_catalog?n=3')).toEqual({ items: ['a', 'B C', 'd'], next: undefined })
})

test('interop 15: a registry that goes on by last and then fails has failed', async () => {
  const { fetch } = withoutLinks(['a', 'b', 'c', 'd', 'e'], (query) =>
    query.get('last') === 'd' ? envelope('UNAVAILABLE', 503) : undefined,
  )
  const { next = '' } = await fetch('v2/_catalog?n=2')
  await expect(fetch(next)).rejects.toMatchObject({ status: 503 })
})

test('interop 15: where the one request more fails, it is the next page that does', async () => {
  const { fetch } = withoutLinks(['a', 'b', 'c'], (query) =>
    query.has('last') ? envelope('UNAVAILABLE', 503) : undefined,
  )
  const { items, next = '' } = await fetch('v2/_catalog?n=2')
  expect([items, next]).toEqual([['a', 'b'], 'v2/_catalog?n=2&last=b'])
  await expect(fetch(next)).rejects.toMatchObject({ status: 503 })
})

test.each<[string, (query: URLSearchParams) => Response | undefined]>([
  ['brings nothing', () => undefined],
  ['is refused', (query) => (query.has('last') ? envelope('UNSUPPORTED', 400) : undefined)],
  ['repeats the list', () => new Response('{"repositories":["a","b"]}')],
  [
    'repeats the list, with a Link',
    (query) =>
      new Response('{"repositories":["a","b"]}', {
        headers: query.has('last') ? { link: '</v2/_catalog?next=x>; rel="next"' } : {},
      }),
  ],
])('interop 15: where the one request more %s, the list is as it was', async (_name, answer) => {
  const { asked, fetch } = withoutLinks(['a', 'b'], answer)
  expect(await fetch('v2/_catalog?n=2')).toEqual({ items: ['a', 'b'], next: undefined })
  expect(asked.length).toBeLessThanOrEqual(3)
})
