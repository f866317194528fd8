// Rows of the fault matrix where the token server is down, slow, broken or hostile, or its tokens are rejected.

import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { TOKEN_CONNECTIONS } from '../registry/limits.ts'
import type { FakeResponse } from '../testing/faults.ts'
import { failure, get, WORLD_USERS, type World, world } from '../testing/world.ts'

afterEach(() => void vi.useRealTimers())

const TAGS = '/v2/payments/api/tags/list'
/** Only the clock: sockets keep their own time. */
const fakeClock = () => void vi.useFakeTimers({ toFake: ['Date'] })
const later = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000)

/** Counts requests to registry and token server from now on. */
function counting({ registry, tokenServer }: World) {
  registry.requests.length = 0
  tokenServer.requests.length = 0
  return { hits: () => registry.requests.length, tokens: () => tokenServer.requests.length }
}

const user = async ({ app }: World, cookie: string) =>
  (await get(app, '/api/session', { cookie })).json().user

test('row 14: token server down: 502 token_server_down, not 401, the session kept', async () => {
  const made = await world()
  const cookie = await made.login()
  await made.tokenServer.close()
  const response = await get(made.app, TAGS, { cookie })
  expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'token_server_down' })
  expect(failure(response).message).toContain('TOKEN_SERVER_URL')
  expect(response.body).not.toMatch(/127\.0\.0\.1|ECONN/)
  expect(await user(made, cookie)).toBe('mira')
})

test('row 15: the token server is silent for one scope: 504 for requests that need it, the others do not wait', async () => {
  const made = await world({ env: { REGISTRY_TIMEOUT: '1' } })
  const cookie = await made.login('admin')
  await get(made.app, TAGS, { cookie })
  made.tokenServer.faults.add({ match: /store/, fault: { kind: 'silence' } })
  let pending = true
  const slow = get(made.app, '/v2/secret/store/tags/list', { cookie }).finally(() => {
    pending = false
  })
  const cached = await get(made.app, TAGS, { cookie })
  const other = await get(made.app, '/v2/tools/a/tags/list', { cookie })
  expect([cached.statusCode, other.statusCode]).toEqual([200, 200])
  expect(pending).toBe(true)
  expect(failure(await slow)).toMatchObject({ status: 504, reason: 'timeout' })
})

test('a ping without a response does not block logins once the registry’s auth is known', async () => {
  const made = await world({ env: { REGISTRY_TIMEOUT: '60' } })
  await made.login()
  const isBare = ({ url, headers }: { url: string; headers: object }) =>
    url === '/v2/' && !('authorization' in headers)
  made.registry.faults.add({ match: isBare, fault: { kind: 'silence' } })
  // else not before REGISTRY_TIMEOUT, which is longer than a test may take
  await Promise.all([made.login(), made.login('admin')])
})

const json = { 'content-type': 'application/json' }
test.each<[string, FakeResponse]>([
  ['garbage', { status: 200, body: '<html>' }],
  ['no token', { status: 200, headers: json, body: '{}' }],
  ['an empty token', { status: 200, headers: json, body: '{"token":"","access_token":""}' }],
  ['10 MB', { status: 200, headers: json, body: `{"token":"a","x":"${'a'.repeat(10_000_000)}"}` }],
  ['line breaks in the token', { status: 200, headers: json, body: '{"token":"a\\r\\nX-Evil: y"}' }],
  ['an empty body', { status: 200, body: '' }],
])(
  'row 16: token server says 200 with %s: 502, not kept, the next try asks again',
  async (_name, response) => {
    const made = await world()
    const cookie = await made.login()
    const { tokens } = counting(made)
    made.tokenServer.faults.add({ match: /./, times: 1, fault: { kind: 'respond', ...response } })
    expect(failure(await get(made.app, TAGS, { cookie }))).toMatchObject({
      status: 502,
      reason: 'bad_answer',
    })
    expect(tokens()).toBe(1)
    expect((await get(made.app, TAGS, { cookie })).statusCode).toBe(200)
    expect(tokens()).toBe(2)
  },
)

test('row 17: token server 500 once: the second request succeeds, nothing is poisoned', async () => {
  const made = await world()
  const cookie = await made.login()
  made.tokenServer.faults.add({ match: /./, times: 1, fault: { kind: 'respond', status: 500, body: 'oops' } })
  expect(failure(await get(made.app, TAGS, { cookie }))).toMatchObject({
    status: 502,
    reason: 'token_server_down',
  })
  expect((await get(made.app, TAGS, { cookie })).statusCode).toBe(200)
  expect(await user(made, cookie)).toBe('mira')
})

test('row 18: password changed: the session ends once, with one token request for twenty requests and none after', async () => {
  const users = { mira: { ...WORLD_USERS.mira, password: 'mira-secret', access: [] } }
  const made = await world({ tokenServer: { users } })
  const cookie = await made.login()
  users.mira.password = 'another'
  const { hits, tokens } = counting(made)
  const responses = await Promise.all(Array.from({ length: 20 }, () => get(made.app, TAGS, { cookie })))
  for (const response of responses)
    expect(failure(response)).toMatchObject({ status: 401, code: 'UNAUTHORIZED', reason: 'password_refused' })
  expect(failure(await get(made.app, TAGS, { cookie }))).toMatchObject({
    status: 401,
    reason: 'session_ended',
  })
  expect(await user(made, cookie)).toBeNull()
  expect([hits(), tokens()]).toEqual([0, 1])
})

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()
test.each<[string, object, number]>([
  ['expires_in missing', {}, 55],
  ['expires_in 0', { expires_in: 0 }, 55],
  ['expires_in -1', { expires_in: -1 }, 55],
  ['expires_in 5', { expires_in: 5 }, 55],
  ['expires_in "300"', { expires_in: '300' }, 55],
  ['expires_in NaN', { expires_in: 'NaN' }, 55],
  ['expires_in null', { expires_in: null }, 55],
  ['expires_in 300', { expires_in: 300 }, 295],
  ['expires_in 1e12', { expires_in: 1e12 }, 86_395],
  ['issued ten minutes ago', { expires_in: 300, issued_at: ago(10) }, 295],
  ['issued in ten minutes', { expires_in: 300, issued_at: ago(-10) }, 295],
  ['issued at garbage', { expires_in: 300, issued_at: 'soon' }, 295],
])('row 19: %s: the token lives as the clamp rule says', async (_name, said, seconds) => {
  fakeClock()
  const made = await world({
    // the token itself is good for longer than any of these keeps it
    tokenServer: { expiresInSeconds: 1_000_000 },
    env: { SESSION_IDLE: '2592000', SESSION_MAX: '2592000' },
  })
  made.tokenServer.faults.add({
    match: /./,
    fault: {
      kind: 'json',
      alter: (value) => ({ ...(value as object), expires_in: undefined, ...said }),
    },
  })
  const cookie = await made.login()
  const { tokens } = counting(made)
  const counts: number[] = []
  for (const wait of [0, seconds - 1, 1, 0]) {
    later(wait)
    expect((await get(made.app, TAGS, { cookie })).statusCode).toBe(200)
    counts.push(tokens())
  }
  expect(counts).toEqual([1, 1, 2, 2])
})

test('row 20: a token that expires between cache hit and use: one 401, one new token, nothing to be seen', async () => {
  const made = await world()
  const cookie = await made.login()
  await get(made.app, TAGS, { cookie })
  const { hits, tokens } = counting(made)
  made.registry.faults.add({
    match: /tags/,
    times: 1,
    fault: {
      kind: 'respond',
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="${made.tokenServer.realm}",service="registry.demo",scope="repository:payments/api:pull",error="invalid_token"`,
      },
    },
  })
  expect((await get(made.app, TAGS, { cookie })).statusCode).toBe(200)
  expect([hits(), tokens()]).toEqual([2, 1])
})

test('row 21: less granted than requested: 403 for that repository only, at most two requests and one token', async () => {
  const made = await world()
  const cookie = await made.login()
  const { hits, tokens } = counting(made)
  const response = failure(await get(made.app, '/v2/secret/store/tags/list', { cookie }))
  expect(response).toMatchObject({ status: 403, code: 'DENIED' })
  expect([hits() <= 2, tokens()]).toEqual([true, 1])
  expect((await get(made.app, TAGS, { cookie })).statusCode).toBe(200)
  expect(await user(made, cookie)).toBe('mira')
})

test.each([
  ['a fresh token', false, 1],
  ['a token from the cache', true, 2],
])('row 22: always 401 with %s: at most one retry, then 403', async (_name, warm, requests) => {
  const made = await world()
  const cookie = await made.login()
  if (warm) await get(made.app, TAGS, { cookie })
  const { hits, tokens } = counting(made)
  const challenge = `Bearer realm="${made.tokenServer.realm}",service="registry.demo",scope="repository:payments/api:pull"`
  made.registry.faults.add({
    match: /tags/,
    fault: { kind: 'respond', status: 401, headers: { 'www-authenticate': challenge } },
  })
  expect(failure(await get(made.app, TAGS, { cookie }))).toMatchObject({ status: 403, code: 'DENIED' })
  expect([hits(), tokens()]).toEqual([requests, 1])
  expect(await user(made, cookie)).toBe('mira')
})

test('row 23: 1000 at once on one expired token: exactly 1 token request, 1000 responses', async () => {
  fakeClock()
  const made = await world({ env: { REGISTRY_TIMEOUT: '50' } })
  const cookie = await made.login()
  await get(made.app, TAGS, { cookie })
  later(60)
  const { hits, tokens } = counting(made)
  made.tokenServer.faults.add({ match: /./, fault: { kind: 'delay', milliseconds: 50 } })
  const responses = await Promise.all(Array.from({ length: 1000 }, () => get(made.app, TAGS, { cookie })))
  expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1000)
  expect([hits(), tokens()]).toEqual([1000, 1])
})

test('row 24: 1000 sessions at once: 1000 token requests, never more than the bulkhead holds, none lost', {
  timeout: 60_000,
}, async () => {
  const made = await world({ env: { REGISTRY_TIMEOUT: '2' } })
  const cookies: string[] = []
  // fewer at once than an account may have tries under way (row 50)
  for (let n = 0; n < 125; n++)
    cookies.push(...(await Promise.all(Array.from({ length: 8 }, () => made.login()))))
  const { tokens } = counting(made)
  let most = 0
  made.tokenServer.faults.add({
    match: () => {
      most = Math.max(most, made.tokenServer.openRequests())
      return true
    },
    fault: { kind: 'delay', milliseconds: 100 },
  })
  const responses = await Promise.all(cookies.map((cookie) => get(made.app, TAGS, { cookie })))
  // 32 at a time, 0.1 s each: the last in the line has waited for 3 s, and its deadline began with its turn
  expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1000)
  expect([tokens(), most]).toEqual([1000, TOKEN_CONNECTIONS])
})

test('row 25: the leader leaves while the token is fetched: the followers succeed, 1 token request', async () => {
  const made = await world()
  const cookie = await made.login()
  const { tokens } = counting(made)
  made.tokenServer.faults.add({ match: /./, fault: { kind: 'delay', milliseconds: 300 } })
  await made.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = made.app.server.address() as AddressInfo
  const leader = httpRequest({ host: '127.0.0.1', port, path: TAGS, headers: { cookie } })
  leader.on('error', () => {})
  leader.end()
  await expect.poll(() => made.tokenServer.openRequests()).toBe(1)
  const followers = Array.from({ length: 20 }, () => get(made.app, TAGS, { cookie }))
  leader.destroy()
  expect((await Promise.all(followers)).map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200))
  expect(tokens()).toBe(1)
})

test('row 26: TOKEN_CACHE=0: a token for each request, also for those at once, and still right', async () => {
  const made = await world({ env: { TOKEN_CACHE: '0' } })
  const cookie = await made.login()
  const { tokens } = counting(made)
  await get(made.app, TAGS, { cookie })
  await get(made.app, TAGS, { cookie })
  await Promise.all([1, 2, 3].map(() => get(made.app, TAGS, { cookie })))
  expect(tokens()).toBe(5)
  expect(failure(await get(made.app, '/v2/secret/store/tags/list', { cookie }))).toMatchObject({
    status: 403,
  })
})

test('row 26: TOKEN_CACHE=30: kept for 30 s and no longer', async () => {
  fakeClock()
  const made = await world({ env: { TOKEN_CACHE: '30' } })
  const cookie = await made.login()
  const { tokens } = counting(made)
  const counts: number[] = []
  for (const wait of [0, 29, 1]) {
    later(wait)
    expect((await get(made.app, TAGS, { cookie })).statusCode).toBe(200)
    counts.push(tokens())
  }
  expect(counts).toEqual([1, 1, 2])
})
