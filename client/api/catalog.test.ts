// @vitest-environment happy-dom
import { InfiniteQueryObserver, QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import type { Repository } from '../../shared/oci/reference.ts'
import { catalogQuery, isIncomplete, walkCatalog } from './catalog.ts'

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
  await walkCatalog(client)
  const found = client.getQueryData(catalogQuery.queryKey)
  const incomplete = found !== undefined && isIncomplete(found)
  return { asked, names: found?.pages.flatMap(({ items }) => items) ?? [], incomplete }
}
const after = (last: string) => `/v2/_catalog?n=2&last=${last}`

test('row 49: a catalog that changes while it is paged, with names that repeat and an empty page, is read to its end', async () => {
  const { asked, names, incomplete } = await walk([
    [['a', 'b'], after('b')],
    [['b', 'c'], after('c')],
    [[], after('d')],
    [['b', 'e'], after('e')],
    [[], ''],
  ])
  expect(asked).toEqual(['/v2/_catalog?n=1000', after('b'), after('c'), after('d'), after('e')])
  // each once: features/repositories/repository-index.test.ts
  expect(new Set(names)).toEqual(new Set(['a', 'b', 'c', 'e']))
  expect(incomplete).toBe(false)
})

test.each<[string, [string[], string][], number, boolean]>([
  ['to itself', [[['a'], '/v2/_catalog?n=1000']], 2, true],
  [
    'in a circle of two',
    [
      [['a'], after('a')],
      [['b'], after('b')],
      [['c'], after('a')],
    ],
    3,
    true,
  ],
  [
    'on for ever with the same names',
    [
      [['a'], after('1')],
      [['a'], after('2')],
      [['a'], after('3')],
    ],
    2,
    true,
  ],
  [
    'to the empty page that it is on',
    [
      [['a'], after('a')],
      [[], after('a')],
    ],
    2,
    false,
  ],
  ['nowhere', [[['a'], '']], 1, false],
])('row 37: a Link %s ends the walk', async (_name, pages, requests, isCut) => {
  const { asked, incomplete } = await walk(pages)
  expect(asked.length).toBeLessThanOrEqual(requests)
  expect(incomplete).toBe(isCut)
})

test('interop 15: 2,500 repositories of a registry that honours n and never sends a Link', async () => {
  const all = Array.from({ length: 2500 }, (_, at) => `r${String(at).padStart(4, '0')}`)
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const { search, searchParams } = new URL(url)
    asked.push(search)
    const from = all.indexOf(searchParams.get('last') ?? '') + 1
    return Response.json({ repositories: all.slice(from, from + Number(searchParams.get('n'))) })
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  await walkCatalog(client)
  const found = client.getQueryData(catalogQuery.queryKey)
  expect(found?.pages.flatMap(({ items }) => items)).toEqual(all)
  expect(found && isIncomplete(found)).toBe(false)
  expect(asked).toEqual(['?n=1000', '?n=1000&last=r0999', '?n=1000&last=r1999'])
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

/** A registry of three pages, of which the second fails as long as it is told to. */
function threePages() {
  const registry = { fails: false, asked: 0, beforeSecond: async () => {} }
  vi.stubGlobal('fetch', async (url: string) => {
    registry.asked++
    const page = Number(new URL(url).searchParams.get('last') ?? 0)
    if (page === 1) await registry.beforeSecond()
    if (page === 1 && registry.fails) return new Response('{}', { status: 502 })
    const headers: Record<string, string> =
      page < 2 ? { link: `<${after(String(page + 1))}>; rel="next"` } : {}
    return new Response(JSON.stringify({ repositories: [`r${page}`] }), { headers })
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const names = () => client.getQueryData(catalogQuery.queryKey)?.pages.flatMap(({ items }) => items)
  return { registry, client, names }
}

test('the walk ends at a failure with what came, and does not begin again by itself', async () => {
  const { registry, client, names } = threePages()
  registry.fails = true
  await walkCatalog(client)
  expect([names(), registry.asked]).toEqual([['r0'], 2])
  await walkCatalog(client)
  expect([names(), registry.asked]).toEqual([['r0'], 2])
})

test('two walks at once are one', async () => {
  const { registry, client, names } = threePages()
  await Promise.all([walkCatalog(client), walkCatalog(client)])
  expect([names(), registry.asked]).toEqual([['r0', 'r1', 'r2'], 3])
})

test('a walk ends when another session has a catalog of its own', async () => {
  const { registry, client, names } = threePages()
  const another = { items: ['another'] as Repository[], next: after('1') }
  registry.beforeSecond = async () => {
    client.clear()
    client.setQueryData(catalogQuery.queryKey, { pages: [another], pageParams: ['v2/_catalog?n=1000'] })
  }
  await walkCatalog(client)
  expect([names(), registry.asked]).toEqual([['another'], 2])
})

test('a list that is shown again after a failure asks for nothing by itself', async () => {
  const { registry, client, names } = threePages()
  registry.fails = true
  await walkCatalog(client)
  const leave = new InfiniteQueryObserver(client, catalogQuery).subscribe(() => {})
  await new Promise((resolve) => setTimeout(resolve))
  leave()
  expect([names(), registry.asked]).toEqual([['r0'], 2])
})

test('a walk ends when the page that shows the list is left', async () => {
  const { registry, client, names } = threePages()
  let leave = () => {}
  registry.beforeSecond = async () => leave()
  await client.prefetchInfiniteQuery(catalogQuery)
  leave = new InfiniteQueryObserver(client, catalogQuery).subscribe(() => {})
  await walkCatalog(client)
  expect([names(), registry.asked]).toEqual([['r0'], 2])
})
