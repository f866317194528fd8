// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import { parseRepository } from '../../shared/oci/reference.ts'
import { tagsOf } from './tags.ts'

afterEach(() => vi.unstubAllGlobals())
const repository = parseRepository('team/app')!
const fetchTags = () =>
  new QueryClient({ defaultOptions: { queries: { retry: false } } }).fetchQuery(tagsOf(repository))
const all = (...tags: string[]) => ({ tags, incomplete: false })

test.each([
  ['none', { name: 'team/app', tags: null }, []],
  ['no field', { name: 'team/app' }, []],
  ['versions', { tags: ['1.9', '1.10', 'latest'] }, ['latest', '1.10', '1.9']],
  ['tags that are none', { tags: ['a/b', '', 5, '-x', 'ok'] }, ['ok']],
])('tags: %s', async (_name, body, expected) => {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body)))
  expect(await fetchTags()).toEqual(all(...expected))
})

test('every page is read, in the order of versions over all of them', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const { pathname, search } = new URL(url)
    asked.push(pathname + search)
    return search === ''
      ? new Response('{"tags":["1.0"]}', {
          headers: { link: '</v2/team/app/tags/list?last=1.0>; rel="next"' },
        })
      : new Response('{"tags":["2.0"]}')
  })
  expect(await fetchTags()).toEqual(all('2.0', '1.0'))
  expect(asked).toEqual(['/v2/team/app/tags/list', '/v2/team/app/tags/list?last=1.0'])
})

test('row 49: tags that repeat from page to page, and an empty page between: each once, and it ends', async () => {
  const pages = [['1.0', '1.1'], ['1.1', '1.2'], [], ['1.0', '1.3']]
  let count = 0
  vi.stubGlobal('fetch', async () => {
    const tags = pages[count++]
    const headers: Record<string, string> =
      count < pages.length ? { link: `</v2/team/app/tags/list?last=${count}>; rel="next"` } : {}
    return new Response(JSON.stringify({ tags }), { headers })
  })
  expect(await fetchTags()).toEqual(all('1.3', '1.2', '1.1', '1.0'))
  expect(count).toBe(4)
})

test('a registry whose pages never end is left after some empty ones', async () => {
  let count = 0
  const fetch = vi.fn(
    async () =>
      new Response('{"tags":[]}', {
        headers: { link: `</v2/team/app/tags/list?last=${count++}>; rel="next"` },
      }),
  )
  vi.stubGlobal('fetch', fetch)
  expect(await fetchTags()).toEqual({ tags: [], incomplete: true })
  expect(fetch.mock.calls.length).toBeLessThan(20)
})

test.each<[string, [string[], string?][], boolean]>([
  ['to its end', [[['1'], '?next=a'], [['2']]], false],
  [
    'to an empty page that names itself',
    [
      [['1'], '?next=a'],
      [[], '?next=a'],
    ],
    false,
  ],
  [
    'in a circle',
    [
      [['1'], '?next=a'],
      [['2'], '?next=a'],
    ],
    true,
  ],
  [
    'on with what is known',
    [
      [['1'], '?next=a'],
      [['1'], '?next=b'],
    ],
    true,
  ],
])('a list that leads %s', async (_name, pages, incomplete) => {
  let count = 0
  vi.stubGlobal('fetch', async () => {
    const [tags, query] = pages[count++] ?? [[]]
    const headers: Record<string, string> =
      query === undefined ? {} : { link: `</v2/team/app/tags/list${query}>; rel="next"` }
    return new Response(JSON.stringify({ tags }), { headers })
  })
  expect((await fetchTags()).incomplete).toBe(incomplete)
  expect(count).toBe(pages.length)
})

test('a list that Gantry calls incomplete is', async () => {
  const headers = { 'x-gantry-list': 'incomplete' }
  vi.stubGlobal('fetch', async () => new Response('{"tags":["1"]}', { headers }))
  expect(await fetchTags()).toEqual({ tags: ['1'], incomplete: true })
})
