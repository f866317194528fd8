// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { catalogQuery } from './catalog.ts'

afterEach(() => vi.unstubAllGlobals())
const answering = (body: unknown) => vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body)))
const firstPage = () =>
  new QueryClient({ defaultOptions: { queries: { retry: false } } }).fetchInfiniteQuery(catalogQuery)

test.each([
  ['plain', { repositories: ['b', 'a/x'] }, ['b', 'a/x']],
  ['null for none, as Go writes it', { repositories: null }, []],
  ['names that are none', { repositories: ['../etc', 'A b', '', 7, null, {}, 'javascript:x', 'ok'] }, ['ok']],
])('a catalog page: %s', async (_name, body, expected) => {
  answering(body)
  expect((await firstPage()).pages[0]?.items).toEqual(expected)
})

/** All pages of a catalog whose pages are these, as it is asked; a Link of '' is none. */
async function walk(pages: readonly [names: string[], link: string][]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const { pathname, search } = new URL(url)
    const [repositories, link] = pages[Math.min(asked.push(pathname + search), pages.length) - 1] ?? [[], '']
    const headers: Record<string, string> = link === '' ? {} : { link: `<${link}>; rel="next"` }
    return new Response(JSON.stringify({ repositories }), { headers })
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const found = await client.fetchInfiniteQuery({ ...catalogQuery, pages: 100 })
  return { asked, names: found.pages.flatMap(({ items }) => items) }
}
const after = (last: string) => `/v2/_catalog?n=2&last=${last}`

test('row 49: a catalog that changes while it is paged, with names that repeat and an empty page, is read to its end', async () => {
  const { asked, names } = await walk([
    [['a', 'b'], after('b')],
    [['b', 'c'], after('c')],
    [[], after('d')],
    [['b', 'e'], after('e')],
    [[], ''],
  ])
  expect(asked).toEqual(['/v2/_catalog?n=1000', after('b'), after('c'), after('d'), after('e')])
  // each once: features/repositories/repository-index.test.ts
  expect(new Set(names)).toEqual(new Set(['a', 'b', 'c', 'e']))
})

test.each<[string, [string[], string][], number]>([
  ['to itself', [[['a'], '/v2/_catalog?n=1000']], 2],
  [
    'in a circle of two',
    [
      [['a'], after('a')],
      [['b'], after('b')],
      [['c'], after('a')],
    ],
    3,
  ],
  [
    'on for ever with the same names',
    [
      [['a'], after('1')],
      [['a'], after('2')],
      [['a'], after('3')],
    ],
    2,
  ],
  ['nowhere', [[['a'], '']], 1],
])('row 37: a Link %s ends the walk', async (_name, pages, requests) => {
  expect((await walk(pages)).asked.length).toBeLessThanOrEqual(requests)
})

test.each([
  ['a list', []],
  ['null', null],
  ['no list of repositories', { repositories: 'a' }],
  ['something else', { tags: [] }],
])('a catalog page that is %s is a bad answer', async (_name, body) => {
  answering(body)
  await expect(firstPage()).rejects.toMatchObject({
    reason: 'bad_answer',
    message: expect.stringMatching(/catalog/),
  })
})
