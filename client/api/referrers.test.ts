// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { ApiError } from './http.ts'
import { type ReferrerList, referrersOf } from './referrers.ts'

const subject = `sha256:${'a'.repeat(64)}` as Digest
const tagged = `sha256-${'a'.repeat(64)}`
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const entry = (letter: string, artifactType?: string) => ({
  mediaType: 'm',
  digest: digest(letter),
  size: 1,
  artifactType,
})
const index = (...manifests: object[]) => ({ schemaVersion: 2, manifests })
const signature = {
  schemaVersion: 2,
  config: entry('c'),
  layers: [{ ...entry('d'), mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
}

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

type Answers = Readonly<Record<string, unknown>>
/** In place of an answer: the status of a refusal. */
const refuse = (status: number) => new Response('{"errors":[{"code":"NO","message":"no"}]}', { status })

/** Answers by the end of the path; what is not listed is 404. */
function registry(answers: Answers, headers: Readonly<Record<string, Record<string, string>>> = {}) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const path = url.slice(url.indexOf('/v2/') + '/v2/a/'.length)
    asked.push(path)
    const body = answers[path]
    if (body instanceof Response) return body.clone()
    return body === undefined
      ? refuse(404)
      : new Response(JSON.stringify(body), { headers: headers[path] ?? {} })
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1e6 } } })
  return { asked, client, list: () => client.fetchQuery(referrersOf('a' as Repository, subject)) }
}
const digestsOf = ({ referrers }: ReferrerList) => referrers.map((one) => one.digest)
const failuresOf = ({ failures }: ReferrerList) =>
  failures.map(({ source, error }) => [source, error instanceof ApiError ? error.status : error])
const next = (query: string) => ({ link: `</v2/a/referrers/${subject}?${query}>; rel="next"` })

test('by the API, page after page, and by cosign’s tags; each digest once', async () => {
  const { list } = registry(
    {
      'tags/list': { tags: ['1', `${tagged}.sig`, `sha256-${'b'.repeat(64)}.sig`] },
      [`referrers/${subject}`]: index(entry('1', 'application/spdx+json')),
      [`referrers/${subject}?last=1`]: index(entry('2'), entry('1')),
      [`manifests/${tagged}.sig`]: signature,
    },
    {
      [`referrers/${subject}`]: next('last=1'),
      [`manifests/${tagged}.sig`]: { 'docker-content-digest': digest('2') },
    },
  )
  expect((await list()).referrers.map((one) => [one.digest, one.artifactType, one.foundBy])).toEqual([
    [digest('1'), 'application/spdx+json', ['referrers API']],
    [digest('2'), 'application/vnd.dev.cosign.simplesigning.v1+json', ['referrers API', 'cosign tag']],
  ])
})

test('an entry that names nothing costs that entry, wherever the list is kept, and the list says so', async () => {
  const answers = { 'tags/list': { tags: [tagged] }, [`manifests/${tagged}`]: index(entry('3'), { size: 1 }) }
  const odd = { ...entry('2'), size: undefined, annotations: { a: null } }
  for (const more of [{}, { [`referrers/${subject}`]: index(entry('3'), { ...odd, digest: 'no' }, odd) }]) {
    const found = await registry({ ...answers, ...more }).list()
    expect(digestsOf(found)).toContain(digest('3'))
    expect([found.problems, found.failures]).toEqual([['Entry 2 has no valid digest.'], []])
  }
})

test('that there is no API is remembered for longer than what was fetched', async () => {
  const { asked, client } = registry({ 'tags/list': { tags: [] } })
  client.setDefaultOptions({ queries: { retry: false, gcTime: 1 } })
  await client.fetchQuery(referrersOf('a' as Repository, subject))
  await expect
    .poll(() => client.getQueryCache().find(referrersOf('a' as Repository, subject)))
    .toBeUndefined()
  await client.fetchQuery(referrersOf('a' as Repository, subject))
  expect(asked.filter((path) => path.startsWith('referrers/'))).toHaveLength(1)
})

test('without the API by the fallback tag, if there is one; and the API is not asked for again', async () => {
  const { asked, client, list } = registry({
    'tags/list': { tags: [tagged] },
    [`manifests/${tagged}`]: index(entry('3')),
  })
  expect((await list()).referrers.map((one) => [one.digest, one.foundBy])).toEqual([
    [digest('3'), ['fallback tag']],
  ])
  await client.fetchQuery(referrersOf('a' as Repository, digest('b') as Digest))
  expect(asked.filter((path) => path.startsWith('referrers/'))).toHaveLength(1)
  expect(asked.filter((path) => path.startsWith('manifests/'))).toHaveLength(1)
})

test.each([
  ['no API, no tags', {}, []],
  ['no tags to be seen', { [`referrers/${subject}`]: index(entry('1')) }, [digest('1')]],
  ['null for a list', { [`referrers/${subject}`]: { schemaVersion: 2, manifests: null } }, []],
  ['null for none', { [`referrers/${subject}`]: index(), 'tags/list': { tags: null } }, []],
])('%s', async (_name, answers: Answers, digests) => {
  const list = await registry(answers).list()
  expect([digestsOf(list), list.failures, list.truncated]).toEqual([digests, [], false])
})

const everywhere = {
  'tags/list': { tags: [tagged, `${tagged}.sig`, `${tagged}.att`] },
  [`referrers/${subject}`]: index(entry('1')),
  [`manifests/${tagged}`]: index(entry('3')),
  [`manifests/${tagged}.sig`]: signature,
  [`manifests/${tagged}.att`]: signature,
}
const named = {
  [`manifests/${tagged}.sig`]: { 'docker-content-digest': digest('4') },
  [`manifests/${tagged}.att`]: { 'docker-content-digest': digest('5') },
}

test.each<[string, Answers, string[], [string, number][]]>([
  ['nothing', {}, ['1', '4', '5'], []],
  ['the API', { [`referrers/${subject}`]: refuse(502) }, ['3', '4', '5'], [['referrers API', 502]]],
  [
    'the API, by refusing',
    { [`referrers/${subject}`]: refuse(403) },
    ['3', '4', '5'],
    [['referrers API', 403]],
  ],
  [
    'the API, by nonsense',
    { [`referrers/${subject}`]: { hello: 1 } },
    ['3', '4', '5'],
    [['referrers API', 502]],
  ],
  [
    'API and fallback tag',
    { [`referrers/${subject}`]: refuse(500), [`manifests/${tagged}`]: refuse(503) },
    ['4', '5'],
    [
      ['referrers API', 500],
      ['fallback tag', 503],
    ],
  ],
  [
    'the fallback tag where there is no API',
    { [`referrers/${subject}`]: refuse(404), [`manifests/${tagged}`]: { hello: 1 } },
    ['4', '5'],
    [['fallback tag', 502]],
  ],
  ['one of cosign’s tags', { [`manifests/${tagged}.att`]: refuse(500) }, ['1', '4'], [['cosign tag', 500]]],
  ['the list of tags', { 'tags/list': refuse(403) }, ['1'], [['cosign tag', 403]]],
  [
    'the list of tags where there is no API',
    { 'tags/list': refuse(403), [`referrers/${subject}`]: refuse(404) },
    [],
    [
      ['fallback tag', 403],
      ['cosign tag', 403],
    ],
  ],
])('what fails is named, and hides nothing of the others: %s', async (_name, broken, letters, failures) => {
  const list = await registry({ ...everywhere, ...broken }, named).list()
  expect([...digestsOf(list)].sort()).toEqual(letters.map(digest))
  expect(failuresOf(list)).toEqual(failures)
})

test.each([404, 400, 502])(
  'a second page that is %d leaves the first, and the API is one',
  async (status) => {
    const { client, list } = registry(
      { [`referrers/${subject}`]: index(entry('1')), [`referrers/${subject}?last=1`]: refuse(status) },
      { [`referrers/${subject}`]: next('last=1') },
    )
    const found = await list()
    expect(digestsOf(found)).toEqual([digest('1')])
    expect(failuresOf(found)).toEqual([['referrers API', status]])
    expect(found.hasApi).toBe(true)
    expect(client.getQueryData(['no-referrers-api', 'a'])).toBeUndefined()
  },
)

test('a list without an end is left after twenty pages, and said to go on', async () => {
  const path = (page: number) => `referrers/${subject}${page === 0 ? '' : `?last=${page}`}`
  const pages = Array.from({ length: 30 }, (_, page) => page)
  const row = (page: number) => ({ ...entry('0'), digest: `sha256:${String(page).padStart(64, '0')}` })
  const { asked, list } = registry(
    Object.fromEntries(pages.map((page) => [path(page), index(row(page))])),
    Object.fromEntries(pages.map((page) => [path(page), next(`last=${page + 1}`)])),
  )
  const found = await list()
  expect([found.referrers.length, found.truncated, found.failures]).toEqual([20, true, []])
  expect(asked.filter((one) => one.startsWith('referrers/'))).toHaveLength(20)
})

test('a registry that ignores `last` is not asked twenty times', async () => {
  const again = index(entry('1'))
  const { asked, list } = registry(
    {
      [`referrers/${subject}`]: again,
      [`referrers/${subject}?last=1`]: again,
      [`referrers/${subject}?last=2`]: again,
    },
    { [`referrers/${subject}`]: next('last=1'), [`referrers/${subject}?last=1`]: next('last=2') },
  )
  expect(digestsOf(await list())).toEqual([digest('1')])
  expect(asked.filter((one) => one.startsWith('referrers/'))).toHaveLength(2)
})

test.each([
  ['that cannot be followed', { 'x-gantry-list': 'incomplete' }, undefined, true],
  ['to an empty page that names itself', next('last=1'), next('last=1'), false],
])('a next page %s', async (_name, first, second, truncated) => {
  const { list } = registry(
    { [`referrers/${subject}`]: index(entry('1')), [`referrers/${subject}?last=1`]: index() },
    { [`referrers/${subject}`]: first, [`referrers/${subject}?last=1`]: second ?? {} },
  )
  const found = await list()
  expect([digestsOf(found), found.truncated, found.failures]).toEqual([[digest('1')], truncated, []])
})

const saying = (status: number, reason: string) =>
  Response.json({ errors: [{ code: 'UNAUTHORIZED', message: 'x', detail: { reason } }] }, { status })

test.each(['session_ended', 'password_refused'])('%s is no place that failed', async (reason) => {
  await expect(
    registry({ ...everywhere, [`referrers/${subject}`]: saying(401, reason) }).list(),
  ).rejects.toMatchObject({ status: 401 })
})

test('an API that asks for a login, beside a manifest that was read without: one that refuses', async () => {
  const { asked, client, list } = registry(
    { ...everywhere, [`referrers/${subject}`]: saying(401, 'login_required') },
    named,
  )
  const found = await list()
  expect([...digestsOf(found)].sort()).toEqual(['3', '4', '5'].map(digest))
  expect([failuresOf(found), found.hasApi]).toEqual([[['referrers API', 401]], true])
  // not for this digest: it is asked again next time
  await client.refetchQueries()
  expect(asked.filter((path) => path.startsWith('referrers/'))).toHaveLength(2)
})

test.each([400, 403, 500, 502])('an API that says %d is asked again next time', async (status) => {
  const { asked, client, list } = registry({
    'tags/list': { tags: [] },
    [`referrers/${subject}`]: refuse(status),
  })
  expect((await list()).hasApi).toBe(true)
  await client.fetchQuery(referrersOf('a' as Repository, digest('b') as Digest))
  expect(asked.filter((path) => path.startsWith('referrers/'))).toHaveLength(2)
})

test.each([404, 405])('an API that says %d is none, for that repository and an hour', async (status) => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const other = 'b' as Repository
  const { asked, client, list } = registry({
    'tags/list': { tags: [] },
    [`referrers/${subject}`]: refuse(status),
  })
  const lists = () => asked.filter((path) => path.includes('referrers/')).length
  expect((await list()).hasApi).toBe(false)
  await client.fetchQuery(referrersOf('a' as Repository, digest('b') as Digest))
  expect(lists()).toBe(1)
  await client.fetchQuery(referrersOf(other, subject))
  expect(lists()).toBe(2)
  vi.setSystemTime(Date.now() + 60 * 60_000 + 1)
  await client.fetchQuery(referrersOf('a' as Repository, digest('c') as Digest))
  expect(lists()).toBe(3)
})
