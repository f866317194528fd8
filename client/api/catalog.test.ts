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
