// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { followingPath } from '../../shared/oci/pages.ts'
import { fetchPage } from './pages.ts'

afterEach(() => vi.unstubAllGlobals())
const page = (items: string[], next?: string) => ({ items, next })
const signal = new AbortController().signal
const envelope = (code: string, status: number) =>
  new Response(JSON.stringify({ errors: [{ code, message: 'no' }] }), { status })

test.each([
  ['the last page', [page(['a'])], ['p1'], undefined],
  ['a next page', [page(['a'], 'p2')], ['p1'], 'p2'],
  ['a Link to itself', [page(['a'], 'p1')], ['p1'], undefined],
  ['a Link in circles', [page(['a'], 'p2'), page(['b'], 'p1')], ['p1', 'p2'], undefined],
  ['a registry that ignores last', [page(['a', 'b'], 'p2'), page(['a', 'b'], 'p3')], ['p1', 'p2'], undefined],
  ['names that overlap', [page(['a', 'b'], 'p2'), page(['b', 'c'], 'p3')], ['p1', 'p2'], 'p3'],
  ['an empty page with a Link', [page(['a'], 'p2'), page([], 'p3')], ['p1', 'p2'], 'p3'],
  ['a next page after nine empty ones', Array(9).fill(page([], 'p')), [], 'p'],
  ['empty pages without an end', Array(10).fill(page([], 'p')), [], undefined],
  ['nothing yet', [], [], undefined],
])('followingPath: %s', (_name, pages, asked, expected) => {
  expect(followingPath(pages, asked)).toBe(expected)
})

test('row 37: a registry that makes up new names for ever is left after 10,000 pages', () => {
  const pages = Array.from({ length: 10_000 }, (_, i) => page([`made-up/${i}`], `p${i + 1}`))
  expect(followingPath(pages.slice(0, -1), ['p0'])).toBe('p9999')
  expect(followingPath(pages, ['p0'])).toBeUndefined()
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
