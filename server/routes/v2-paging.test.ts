// How registries page their lists, played on the in-process registry and read through Gantry as a client does.

import { afterEach, expect, test } from 'vitest'
import { captureLog, startWorld, type World, type WorldOptions } from '../testing/world.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function world(options: WorldOptions = {}): Promise<World> {
  const made = await startWorld({ auth: 'none', ...options })
  closers.push(made.close)
  return made
}
const get = ({ app }: World, url: string) => app.inject({ method: 'GET', url })
const failure = (answer: { statusCode: number; body: string }) => [
  answer.statusCode,
  JSON.parse(answer.body).errors[0].code,
]

const DIGEST = `sha256:${'ab'.repeat(32)}`
const REPOSITORY = 'docker/acme/app'
const LISTS = {
  catalog: '/v2/_catalog',
  tags: `/v2/${REPOSITORY}/tags/list`,
  referrers: `/v2/${REPOSITORY}/referrers/${DIGEST}`,
} as const
type Kind = keyof typeof LISTS

/** A list's body, and the names in one. */
const write = (kind: Kind, names: readonly string[]) =>
  ({
    catalog: { repositories: names },
    tags: { name: REPOSITORY, tags: names },
    referrers: { schemaVersion: 2, manifests: names.map((digest) => ({ digest })) },
  })[kind]
const read = (body: { repositories?: string[]; tags?: string[]; manifests?: { digest: string }[] }) =>
  body.repositories ?? body.tags ?? body.manifests?.map(({ digest }) => digest) ?? []

/** A registry whose list has these pages: by query, the names and the Link field. Any other query is 418. */
function script({ registry }: World, kind: Kind, pages: Readonly<Record<string, [string[], string?]>>) {
  registry.faults.add({
    match: ({ url }) => url.split('?', 1)[0] === LISTS[kind],
    fault({ url }) {
      const [names, link] = pages[url.slice(LISTS[kind].length)] ?? []
      if (names === undefined) return { kind: 'respond', status: 418 }
      const headers = { 'content-type': 'application/json', ...(link !== undefined && { link }) }
      return { kind: 'respond', status: 200, headers, body: JSON.stringify(write(kind, names)) }
    },
  })
}

/** Follows Gantry's Links: all names, and what the last response says about the list. */
async function walk(made: World, first: string) {
  const names: string[] = []
  let list: unknown
  for (let url: string | undefined = first; url !== undefined; ) {
    const answer = await get(made, url)
    expect(answer.statusCode).toBe(200)
    names.push(...read(answer.json()))
    list = answer.headers['x-gantry-list']
    url = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1]
  }
  return { names, list }
}

test.each<[Kind]>([['catalog'], ['tags'], ['referrers']])(
  'interop 1: %s are paged by whatever keys a registry has',
  async (kind) => {
    const made = await world()
    for (const query of [
      '?last=1.1&n=2&orderby=',
      '?orderby=time_desc&last=b',
      '?nextToken=a%2Fb%3D%3D',
      '?n=1&pageToken=x',
      '?token=x',
      '?next_page=gAAAAA%3D%3D',
      '?page=2',
      '?next=theirs',
    ]) {
      made.registry.faults.clear()
      const link = `<${LISTS[kind]}${query}>; rel="next"`
      script(made, kind, { '': [['a', 'b'], link], [query]: [['c']] })
      expect(await walk(made, LISTS[kind])).toEqual({ names: ['a', 'b', 'c'], list: undefined })
      expect(made.registry.requests.at(-1)?.url).toBe(LISTS[kind] + query)
    }
  },
)

test.each([
  [
    'Nexus at a connector',
    `<http://nexus:5002/repository/hub/v2/${REPOSITORY}/tags/list?last=1.1&n=2>; rel="next"`,
  ],
  ['Artifactory without the repository’s key', '</v2/acme/app/tags/list?last=1.1&n=2>; rel="next"'],
  [
    'Artifactory behind its API',
    `</artifactory/api/docker/local/v2/${REPOSITORY}/tags/list?last=1.1&n=2>; rel="next"`,
  ],
  ['the query only', '<?last=1.1&n=2>; rel="next"'],
  ['another host', `<https://other.example/v2/${REPOSITORY}/tags/list?last=1.1&n=2>; rel="next"`],
])('interop 2: a Link from %s has its query used on our own path', async (_name, link) => {
  const made = await world()
  script(made, 'tags', { '': [['1.0', '1.1'], link], '?last=1.1&n=2': [['1.2', '1.3']] })
  expect(await walk(made, LISTS.tags)).toEqual({ names: ['1.0', '1.1', '1.2', '1.3'], list: undefined })
  expect(made.registry.requests.map(({ url }) => url)).toEqual([
    '/v2/',
    LISTS.tags,
    `${LISTS.tags}?last=1.1&n=2`,
  ])
})

const UNREADABLE: readonly [string, string][] = [
  ['n of -1', '<?last=1.1&n=-1>; rel="next"'],
  ['no brackets', `${LISTS.tags}?last=1.1; rel="next"`],
  ['no relation', `<${LISTS.tags}?last=1.1>`],
  ['another list', '</v2/_catalog?last=1.1>; rel="next"'],
  ['another repository', '</v2/secret/store/tags/list?last=1.1>; rel="next"'],
  ['a query appended to another (interop 16)', `<${LISTS.tags}?n=3&last=t2?n=3&last=t5>; rel="next"`],
  ['bytes that are invalid in a URL', '<?last=\u00e9>; rel="next"'],
  ['a long query', `<?last=${'x'.repeat(1600)}>; rel="next"`],
]
test.each(UNREADABLE)(
  'a Link with %s: what came is passed on, and said to be incomplete',
  async (_name, link) => {
    const made = await world()
    script(made, 'tags', { '': [['1.0', '1.1'], link] })
    expect(await walk(made, LISTS.tags)).toEqual({ names: ['1.0', '1.1'], list: 'incomplete' })
  },
)

test('it is logged once for each list, without any part of the Link', async () => {
  const made = await world()
  const lines = captureLog(made.app, 'info')
  const link = 'http://canary.example/v2/canary?token=canary'
  for (const kind of ['catalog', 'tags', 'referrers'] as const) script(made, kind, { '': [['a'], link] })
  for (const path of Object.values(LISTS)) for (let round = 0; round < 3; round++) await walk(made, path)
  const told = lines.map((line) => JSON.parse(line)).filter(({ list }) => list !== undefined)
  expect(told.map(({ list, repository, level }) => [list, repository, level])).toEqual([
    ['catalog', undefined, 40],
    ['tags', REPOSITORY, 40],
    ['referrers', REPOSITORY, 40],
  ])
  expect(lines.join()).not.toContain('canary')
})

/** Gantry's `next` for a list. */
async function nextOf(made: World, kind: Kind, query = '?token=x'): Promise<string> {
  script(made, kind, { '': [['a'], `<${LISTS[kind]}${query}>; rel="next"`], [query]: [['b']] })
  const { link } = (await get(made, LISTS[kind])).headers
  return /next=([\w.-]+)/.exec(String(link))?.[1] ?? ''
}

test('the browser cannot choose keys: plain ones are dropped, and a next that Gantry has not signed is 400', async () => {
  const made = await world()
  const next = await nextOf(made, 'tags')
  made.registry.requests.length = 0
  await get(made, `${LISTS.tags}?n=5&last=a&orderby=x&token=y&page=2&next_page=z`)
  expect(made.registry.requests.map(({ url }) => url)).toEqual([`${LISTS.tags}?n=5&last=a`])
  made.registry.requests.length = 0
  for (const forged of [
    '',
    'token=x',
    `${next}x`,
    `${next.slice(0, -1)}${next.endsWith('A') ? 'B' : 'A'}`,
    `${Buffer.from('token=y').toString('base64url')}.${next.split('.')[1]}`,
    'x'.repeat(3000),
    '%00',
  ])
    expect(failure(await get(made, `${LISTS.tags}?next=${forged}`))).toEqual([400, 'REQUEST_INVALID'])
  expect(made.registry.requests).toEqual([])
})

test('a next of one list is 400 on every other', async () => {
  const made = await world()
  const next = await nextOf(made, 'tags')
  made.registry.requests.length = 0
  const others = [LISTS.catalog, LISTS.referrers, '/v2/docker/acme/other/tags/list']
  for (const other of others)
    expect(failure(await get(made, `${other}?next=${next}`))).toEqual([400, 'REQUEST_INVALID'])
  const ofReferrers = await nextOf(made, 'referrers')
  const digest = LISTS.referrers.replace('ab', 'cd')
  made.registry.requests.length = 0
  expect((await get(made, `${digest}?next=${ofReferrers}`)).statusCode).toBe(400)
  expect(made.registry.requests).toEqual([])
})

test('a next beside another n: the registry’s own query with that n', async () => {
  const made = await world()
  const next = await nextOf(made, 'catalog', '?n=1000&token=x')
  await get(made, `${LISTS.catalog}?next=${next}&n=500`)
  expect(made.registry.requests.at(-1)?.url).toBe(`${LISTS.catalog}?n=500&token=x`)
})

test('replicas that share a secret follow each other’s Links, also during its change; others do not', async () => {
  const [old, fresh] = ['an-old-secret-of-32-characters-or-more', 'a-new-secret-of-32-characters-or-more']
  const start = (secret: string | undefined) =>
    world({ env: secret === undefined ? {} : { SESSION_SECRET: secret } })
  const [one, two, rotated, gone, random] = [
    await start(old),
    await start(old),
    await start(`${fresh},${old}`),
    await start(fresh),
    await start(undefined),
  ]
  const next = await nextOf(one, 'tags')
  for (const made of [two, rotated]) {
    await nextOf(made, 'tags')
    expect((await get(made, `${LISTS.tags}?next=${next}`)).json().tags).toEqual(['b'])
  }
  for (const made of [gone, random])
    expect((await get(made, `${LISTS.tags}?next=${next}`)).statusCode).toBe(400)
  // without a configured secret a process follows only its own Links
  expect((await get(random, `${LISTS.tags}?next=${await nextOf(random, 'tags')}`)).statusCode).toBe(200)
  expect((await get(gone, `${LISTS.tags}?next=${await nextOf(rotated, 'tags')}`)).statusCode).not.toBe(400)
})
