// Registries whose /v2/ is open to everybody (zot, Nexus, Artifactory with anonymous access): where the password goes,
// and what proves it.

import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { buildApp } from '../app.ts'
import { parseConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { hashOfBasePath } from '../sessions/cookie.ts'
import { createFaults } from '../testing/faults.ts'
import { startServer } from '../testing/http-server.ts'
import { createHands, hasRedis, NEEDS_REDIS, TEST_REDIS } from '../testing/redis.ts'
import type { World, WorldOptions } from '../testing/world.ts'
import { closeAfterTest, failure, get as getAny, world } from '../testing/world.ts'

/** As the page asks. */
const get = (app: World['app'], url: string, headers: Record<string, string> = {}) =>
  getAny(app, url, { accept: ACCEPT_MANIFESTS, ...headers })
const CATALOG = '/v2/_catalog'
const PRIVATE = '/v2/payments/api/manifests/1.0'
const PUBLIC = '/v2/base/debian/manifests/12'
const BASIC = `Basic ${Buffer.from('mira:mira-secret').toString('base64')}`
const SERVICE = { REGISTRY_USERNAME: 'mira', REGISTRY_PASSWORD: 'mira-secret' }

async function open(options: WorldOptions = {}): Promise<World> {
  const made = await world({ auth: 'open', ...options })
  made.store.putManifest('base/debian', 'application/vnd.oci.image.index.v1+json', { manifests: [] }, '12')
  return made
}
const names = async ({ app }: World, cookie?: string) =>
  (await get(app, CATALOG, cookie === undefined ? {} : { cookie })).json().repositories
const sessionOf = async (app: World['app'], cookie: string) =>
  (await get(app, '/api/session', { cookie })).json()
const logIn = ({ app }: World, password: string) =>
  app.inject({ method: 'POST', url: '/api/session', payload: { username: 'mira', password } })
/** Method, path and Authorization of each request to the registry, without pings. */
const asked = ({ registry }: World) =>
  registry.requests
    .filter(({ url }) => url !== '/v2/')
    .map(({ method, url, headers }) => `${method} ${url.split('?')[0]} ${headers.authorization ?? '-'}`)

test.each<[string, Environment]>([
  ['unset', {}],
  ['basic', { REGISTRY_AUTH_TYPE: 'basic' }],
])('type %s: a user sees their own list right after login, and is not verified by it', async (_name, env) => {
  const made = await open({ env })
  expect(await names(made)).toEqual(['base/debian'])
  const cookie = await made.login()
  expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: false })
  expect(await names(made, cookie)).toEqual(['payments/api'])
  expect((await sessionOf(made.app, cookie)).verified).toBe(false)
  expect((await get(made.app, PRIVATE, { cookie })).statusCode).toBe(200)
  expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: true })
  made.registry.requests.length = 0
  await names(made, cookie)
  await get(made.app, PRIVATE, { cookie })
  expect(asked(made)).toEqual([`GET ${CATALOG} ${BASIC}`, `GET ${PRIVATE} ${BASIC}`])
})

test.each<[string, Environment]>([
  ['unset', {}],
  ['basic', { REGISTRY_AUTH_TYPE: 'basic' }],
])('type %s: a wrong password is rejected at login if the registry checks it', async (_name, env) => {
  const made = await open({ env })
  const response = await logIn(made, 'wrong')
  expect(failure(response)).toMatchObject({ status: 401, reason: 'password_refused' })
  expect(response.headers['set-cookie']).toBeUndefined()
})

test('a wrong password that is let through stays not verified, and ends where the registry asks for one', async () => {
  const made = await open({ auth: 'lenient' })
  const response = await logIn(made, 'wrong')
  expect(response.json()).toEqual({ user: 'mira', verified: false })
  const [{ name, value } = { name: '', value: '' }] = response.cookies
  const cookie = `${name}=${encodeURIComponent(value)}`
  expect(await names(made, cookie)).toEqual(['base/debian'])
  expect((await get(made.app, PUBLIC, { cookie })).statusCode).toBe(200)
  expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: false })
  expect(failure(await get(made.app, PRIVATE, { cookie }))).toMatchObject({
    status: 401,
    reason: 'password_refused',
  })
  expect(await sessionOf(made.app, cookie)).toEqual({ user: null, verified: false })
})

test('one list and one manifest are compared, however many are requested at once', async () => {
  const made = await open()
  const cookie = await made.login('carl')
  made.registry.requests.length = 0
  const urls = [CATALOG, PUBLIC, '/v2/base/debian/tags/list']
  for (let round = 0; round < 2; round++)
    await Promise.all(Array.from({ length: 30 }, (_, i) => get(made.app, urls[i % 3] ?? '', { cookie })))
  expect(asked(made).filter((request) => request.endsWith(' -'))).toHaveLength(2)
  expect(asked(made)).toHaveLength(62)
})

test('the rows of a table prove a session too', async () => {
  const made = await open()
  const cookie = await made.login()
  await names(made, cookie)
  const rows = await made.app.inject({
    method: 'POST',
    url: '/api/repositories/payments/api/summaries',
    headers: { cookie },
    payload: { tags: ['1.0', '1.1', 'latest'] },
  })
  expect(
    rows.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).error),
  ).toEqual(Array(3).fill(undefined))
  expect((await sessionOf(made.app, cookie)).verified).toBe(true)
})

const challenged = (status: number, headers: Record<string, string> = {}) =>
  ({ kind: 'respond', status, headers, body: '{}' }) as const

test.each([403, 401])(
  'a %i without a challenge ends nothing before the session is verified',
  async (status) => {
    const made = await open()
    const cookie = await made.login()
    made.registry.faults.add({ match: /catalog|manifests/, fault: challenged(status) })
    for (const url of [CATALOG, PRIVATE, CATALOG, PRIVATE])
      expect(failure(await get(made.app, url, { cookie }))).toMatchObject({ status: 403, code: 'DENIED' })
    expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: false })
  },
)

test('a redirected ping gets no password', async () => {
  const made = await open()
  const thief = await startServer({
    port: 0,
    tls: undefined,
    faults: createFaults(),
    record: true,
    handle: () => ({ status: 200 }),
  })
  closeAfterTest(thief.close)
  for (const location of ['/v2/elsewhere/', `${thief.origin}/v2/`]) {
    made.registry.faults.add({
      match: ({ url, headers }) => url === '/v2/' && headers.authorization !== undefined,
      fault: { kind: 'redirect', location },
    })
    expect(failure(await logIn(made, 'mira-secret'))).toMatchObject({ status: 502, reason: 'bad_answer' })
  }
  expect([thief.requests, asked(made)]).toEqual([[], []])
})

/** A proxy that redirects unknown users to its own login page. */
function sendToLogin({ registry }: World, url: string): void {
  registry.faults.add({
    match: (request) =>
      request.url.startsWith(url) && request.headers.authorization?.startsWith('B') === true,
    fault: { kind: 'redirect', location: '/login', status: 302 },
  })
  registry.faults.add({
    match: /^\/login/,
    fault: { kind: 'respond', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
  })
}

test('a login page does not prove a password if the ping is open', async () => {
  const made = await open({ auth: 'lenient' })
  sendToLogin(made, CATALOG)
  made.registry.faults.add({
    match: ({ url, headers }) => url.startsWith(CATALOG) && headers.authorization === undefined,
    fault: challenged(401, { 'www-authenticate': 'Basic realm="registry"' }),
  })
  const cookie = await made.login()
  expect(failure(await get(made.app, CATALOG, { cookie }))).toMatchObject({
    status: 502,
    reason: 'bad_answer',
  })
  expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: false })
})

test.each(['basic', 'token'] as const)(
  'a login page instead of the ping logs nobody in: %s',
  async (auth) => {
    const made = await world({ auth })
    sendToLogin(made, '/v2/')
    const response = await logIn(made, auth === 'basic' ? 'wrong' : 'mira-secret')
    expect(failure(response)).toMatchObject({ status: 502, reason: 'bad_answer' })
    expect(failure(response).message).toContain('REGISTRY_URL')
    expect(response.headers['set-cookie']).toBeUndefined()
    expect(made.registry.requests.map(({ url }) => url)).not.toContain('/login')
  },
)

test('type token: no credentials are sent before a challenge names a token server', async () => {
  const made = await world({
    registry: { guardPing: false },
    env: { REGISTRY_AUTH_TYPE: 'token' },
  })
  // the public list is requested first
  made.registry.faults.add({ match: /catalog/, fault: challenged(200) })
  const cookie = await made.login()
  await get(made.app, CATALOG, { cookie })
  expect(
    [...made.registry.requests, ...made.tokenServer.requests].filter(({ headers }) => headers.authorization),
  ).toEqual([])
  expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: false })
  expect((await get(made.app, PRIVATE, { cookie })).statusCode).toBe(200)
  expect(await sessionOf(made.app, cookie)).toEqual({ user: 'mira', verified: true })
  // the way is known now: the next login is proven there
  expect(failure(await logIn(made, 'wrong'))).toMatchObject({ status: 401, reason: 'password_refused' })
  expect((await logIn(made, 'mira-secret')).json()).toEqual({ user: 'mira', verified: true })
  expect(made.registry.requests.map(({ headers }) => headers.authorization ?? '').join()).not.toContain(
    'Basic',
  )
})

test('type unset: after a Bearer challenge, no password is sent to the registry', async () => {
  const made = await world({ registry: { guardPing: false } })
  const cookie = await made.login()
  expect((await sessionOf(made.app, cookie)).verified).toBe(false)
  made.registry.requests.length = 0
  // a guest meets it
  await get(made.app, '/v2/payments/api/tags/list')
  const liar = await logIn(made, 'wrong')
  expect(failure(liar)).toMatchObject({ status: 401, reason: 'password_refused' })
  for (const url of [CATALOG, PRIVATE]) expect((await get(made.app, url, { cookie })).statusCode).toBe(200)
  expect((await sessionOf(made.app, cookie)).verified).toBe(true)
  expect(made.registry.requests.map(({ headers }) => headers.authorization ?? '').join()).not.toContain(
    'Basic',
  )
})

test.each<[string, 'open' | 'lenient', Environment]>([
  ['unset', 'open', {}],
  ['unset, lenient', 'lenient', {}],
  ['basic', 'open', { REGISTRY_AUTH_TYPE: 'basic' }],
  ['basic, lenient', 'lenient', { REGISTRY_AUTH_TYPE: 'basic' }],
])(
  'the service account’s list is there from the start, and a wrong one is said: type %s',
  async (_name, auth, env) => {
    const right = await open({ auth, env: { ...env, ...SERVICE } })
    expect(await names(right)).toEqual(['payments/api'])
    const wrong = await open({ auth, env: { ...env, ...SERVICE, REGISTRY_PASSWORD: 'wrong' } })
    if (auth === 'lenient') expect(await names(wrong)).toEqual(['base/debian'])
    const response = failure(await get(wrong.app, PRIVATE))
    expect(response).toMatchObject({ status: 502, reason: 'service_account_refused' })
    expect(response.message).toContain('REGISTRY_USERNAME')
  },
)

test('an unverified session deletes with a guest’s rights, but under its own name', async () => {
  const env = { REGISTRY_ALLOW_DELETE: 'true' }
  const made = await open({ env, registry: { deleteEnabled: true } })
  const cookie = await made.login('admin')
  const remove = (host: string) =>
    made.app.inject({ method: 'DELETE', url: PUBLIC, headers: { cookie, host } })
  // under a host name that another site could have resolved to this server
  expect(failure(await remove('gantry.example'))).toMatchObject({ status: 403, code: 'DENIED' })
  made.registry.requests.length = 0
  expect((await remove('localhost')).statusCode).toBe(202)
  const ADMIN = `Basic ${Buffer.from('admin:admin-secret').toString('base64')}`
  expect(asked(made)).toEqual([`DELETE ${PUBLIC} ${ADMIN}`])
  // a verified session does not need this
  await get(made.app, PRIVATE, { cookie })
  expect(failure(await remove('gantry.example'))).toMatchObject({ status: 404 })
})

const present = await hasRedis()
const hands = present ? createHands() : undefined
const prefixes: string[] = []
afterAll(() => hands?.close(...prefixes))

const onRedis = present ? test : test.skip
onRedis(
  `a session verified by one replica is verified for all${present ? '' : ` (${NEEDS_REDIS})`}`,
  async () => {
    const BASE_PATH = `/t-${randomUUID()}`
    prefixes.push(`gantry:${hashOfBasePath(BASE_PATH)}:`)
    const env = {
      BASE_PATH,
      SESSION_STORE: `redis://${TEST_REDIS.host}:${TEST_REDIS.port}`,
      SESSION_SECRET: 's'.repeat(32),
    }
    const made = await open({ env })
    const other = await buildApp(
      parseConfig({ REGISTRY_URL: made.registry.origin, LOG_LEVEL: 'silent', ...env }),
    )
    closeAfterTest(() => other.close())
    const cookie = await made.login()
    // a process without cached state still sends the password
    expect((await get(other, CATALOG, { cookie })).json().repositories).toEqual(['payments/api'])
    expect((await sessionOf(made.app, cookie)).verified).toBe(false)
    await get(other, PRIVATE, { cookie })
    expect((await sessionOf(made.app, cookie)).verified).toBe(true)
    made.registry.requests.length = 0
    await get(made.app, CATALOG, { cookie })
    await get(made.app, PRIVATE, { cookie })
    expect(asked(made).filter((request) => request.endsWith(' -'))).toEqual([])
  },
)
