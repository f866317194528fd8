// Rows of the fault matrix about several replicas: shared state in Redis, and an unreachable Redis.

import { randomUUID } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { ConfigError, parseConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { hashOfBasePath } from '../sessions/cookie.ts'
import { createHands, hasRedis, NEEDS_REDIS, startRoad, TEST_REDIS } from '../testing/redis.ts'
import type { World } from '../testing/world.ts'
import { closeAfterTest, failure, get, world } from '../testing/world.ts'

const present = await hasRedis()
const onRedis = present ? test : test.skip
const suffix = present ? '' : ` (${NEEDS_REDIS})`
const hands = present ? createHands() : undefined
const prefixes: string[] = []
afterAll(() => hands?.close(...prefixes))

const [OLD, NEW] = ['o'.repeat(32), 'n'.repeat(32)]
const TAGS = '/v2/payments/api/tags/list'

/** Settings with a key prefix of their own. */
function settings(more: Environment = {}) {
  const basePath = `/t-${randomUUID()}`
  const prefix = `gantry:${hashOfBasePath(basePath)}:`
  prefixes.push(prefix)
  const SESSION_STORE = `redis://${TEST_REDIS.host}:${TEST_REDIS.port}`
  return { prefix, env: { BASE_PATH: basePath, SESSION_STORE, SESSION_SECRET: OLD, ...more } }
}

/** Another replica for the same registry. */
async function replica({ registry }: World, env: Environment): Promise<World['app']> {
  const app = await buildApp(
    parseConfig({ REGISTRY_URL: registry.origin, LOG_LEVEL: 'silent', REGISTRY_TIMEOUT: '10', ...env }),
  )
  closeAfterTest(() => app.close())
  return app
}

const logout = (app: World['app'], cookie: string) =>
  app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
const login = (app: World['app'], username = 'mira') =>
  app.inject({ method: 'POST', url: '/api/session', payload: { username, password: `${username}-secret` } })
const userOf = async (app: World['app'], cookie: string) =>
  (await get(app, '/api/session', { cookie })).json().user

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await holds()) && Date.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 20))
}

onRedis(`row 31: a new secret before the old one keeps sessions and reseals cookies${suffix}`, async () => {
  const { env } = settings()
  const made = await world({ env })
  const cookie = await made.login()
  const both = await replica(made, { ...env, SESSION_SECRET: `${NEW},${OLD}` })
  const response = await get(both, '/api/session', { cookie })
  expect(response.json().user).toBe('mira')
  const [renewed] = response.cookies
  const newCookie = `${renewed?.name}=${encodeURIComponent(renewed?.value ?? '')}`
  const onlyNew = await replica(made, { ...env, SESSION_SECRET: NEW })
  expect(await userOf(onlyNew, newCookie)).toBe('mira')
  expect((await get(onlyNew, TAGS, { cookie: newCookie })).statusCode).toBe(200)
  // the cookie sealed with the old secret cannot be opened any more, but a login works
  expect(await userOf(onlyNew, cookie)).toBeNull()
  expect(failure(await get(onlyNew, TAGS, { cookie }))).toMatchObject({
    status: 401,
    reason: 'login_required',
  })
  expect((await login(onlyNew)).statusCode).toBe(200)
})

onRedis(`row 32: a session survives a restart${suffix}`, async () => {
  const { env } = settings()
  const made = await world({ env })
  const cookie = await made.login()
  await made.app.close()
  const restarted = await replica(made, env)
  expect(await userOf(restarted, cookie)).toBe('mira')
  expect((await get(restarted, TAGS, { cookie })).statusCode).toBe(200)
})

onRedis(`row 29: a logout on one replica takes effect on the other at once${suffix}`, async () => {
  const { env } = settings()
  const made = await world({ env })
  const other = await replica(made, env)
  const cookie = await made.login()
  expect((await get(other, TAGS, { cookie })).statusCode).toBe(200)
  expect((await logout(made.app, cookie)).statusCode).toBe(200)
  expect(failure(await get(other, TAGS, { cookie }))).toMatchObject({ status: 401, reason: 'session_ended' })
})

onRedis(`row 29: a stream on the other replica ends with the session${suffix}`, async () => {
  const { env } = settings()
  const made = await world({ env })
  const other = await replica(made, env)
  const cookie = await made.login()
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const rows = other.inject({
    method: 'POST',
    url: '/api/repositories/payments/api/summaries',
    headers: { cookie },
    payload: { tags: ['1.0', '1.1'] },
  })
  await until(async () => made.registry.requests.some(({ url }) => url.includes('manifests')))
  await logout(made.app, cookie)
  const lines = (await rows).body.trim().split('\n')
  expect(lines.map((line) => JSON.parse(line).error?.detail?.reason)).toEqual([
    'session_ended',
    'session_ended',
  ])
})

onRedis.each([
  ['down', 'closed'],
  ['hanging', 'stalled'],
] as const)(
  `row 33: store %s: 503 for sessions, guests continue, not ready, and recovery without a restart${suffix}`,
  async (_what, state) => {
    const road = await startRoad()
    closeAfterTest(road.close)
    const { env } = settings({ SESSION_STORE: `redis://127.0.0.1:${road.port}` })
    const made = await world({
      env,
      tokenServer: { anonymous: [{ type: 'repository', name: 'payments/*', actions: ['pull'] }] },
    })
    const { app } = made
    const cookie = await made.login()
    road.set(state)
    expect(failure(await get(app, TAGS, { cookie }))).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      reason: 'store_down',
    })
    expect(failure(await get(app, '/api/session', { cookie })).status).toBe(503)
    expect(failure(await login(app)).status).toBe(503)
    expect(failure(await logout(app, cookie)).status).toBe(503)
    expect((await get(app, TAGS)).statusCode).toBe(200)
    expect((await get(app, '/api/session')).json()).toEqual({ user: null, verified: false })
    expect((await get(app, '/livez')).statusCode).toBe(200)
    const ready = await get(app, '/readyz')
    expect([ready.statusCode, ready.json()]).toMatchObject([
      503,
      { status: 'store_down', store: 'unreachable' },
    ])
    road.set('open')
    await until(async () => (await get(app, '/readyz')).statusCode === 200)
    expect(await userOf(app, cookie)).toBe('mira')
    expect((await get(app, TAGS, { cookie })).statusCode).toBe(200)
  },
)

onRedis(
  `row 33: a store that is down at the start does not delay it, and is used once it is back${suffix}`,
  async () => {
    const road = await startRoad()
    closeAfterTest(road.close)
    road.set('closed')
    const { env } = settings({ SESSION_STORE: `redis://127.0.0.1:${road.port}` })
    const { app } = await world({ env })
    expect((await get(app, '/readyz')).statusCode).toBe(503)
    expect(failure(await login(app)).reason).toBe('store_down')
    road.set('open')
    await until(async () => (await get(app, '/readyz')).statusCode === 200)
    expect((await login(app)).statusCode).toBe(200)
  },
)

onRedis(`row 33: another type under a session’s key counts as an ended session${suffix}`, async () => {
  const { env, prefix } = settings()
  const made = await world({ env })
  const cookie = await made.login()
  const [key = ''] = (await hands?.keys(`${prefix}session:`)) ?? []
  await hands?.redis.del(key)
  await hands?.redis.rpush(key, 'x')
  expect(failure(await get(made.app, TAGS, { cookie }))).toMatchObject({
    status: 401,
    reason: 'session_ended',
  })
  expect(await userOf(made.app, cookie)).toBeNull()
  expect((await login(made.app)).statusCode).toBe(200)
})

onRedis(`row 33: a logout whose announcement was lost is noticed after the reconnect${suffix}`, async () => {
  const road = await startRoad()
  closeAfterTest(road.close)
  const { env } = settings()
  const made = await world({ env })
  const other = await replica(made, { ...env, SESSION_STORE: `redis://127.0.0.1:${road.port}` })
  const cookie = await made.login()
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const rows = other.inject({
    method: 'POST',
    url: '/api/repositories/payments/api/summaries',
    headers: { cookie },
    payload: { tags: ['1.0'] },
  })
  await until(async () => made.registry.requests.some(({ url }) => url.includes('manifests')))
  road.set('closed')
  await logout(made.app, cookie)
  road.set('open')
  expect(JSON.parse((await rows).body).error.detail.reason).toBe('session_ended')
})

onRedis(`row 52: neither names nor passwords are readable in the store${suffix}`, async () => {
  const { env, prefix } = settings()
  const made = await world({ env })
  await made.login()
  await made.app.inject({
    method: 'POST',
    url: '/api/session',
    payload: { username: 'canary-name', password: 'canary-password' },
  })
  const found = (await hands?.keys(prefix)) ?? []
  expect(found.length).toBeGreaterThanOrEqual(3)
  const dump = await Promise.all(
    found.map(async (key) => {
      const value =
        (await hands?.redis.type(key)) === 'hash' ? hands?.redis.hgetall(key) : hands?.redis.get(key)
      return `${key} ${JSON.stringify(await value)}`
    }),
  )
  expect(dump.join('\n')).not.toMatch(/mira|canary/)
})

test.each<[string, Environment, string]>([
  ['Redis without a secret', { SESSION_STORE: 'redis://:geheim@valkey' }, 'SESSION_SECRET'],
  [
    'Redis with a short secret',
    { SESSION_STORE: 'redis://:geheim@valkey', SESSION_SECRET: 'geheim' },
    'SESSION_SECRET',
  ],
  [
    'an address without a scheme',
    { SESSION_STORE: ':geheim@valkey:6379', SESSION_SECRET: OLD },
    'SESSION_STORE',
  ],
  ['another scheme', { SESSION_STORE: 'https://:geheim@valkey', SESSION_SECRET: OLD }, 'SESSION_STORE'],
  [
    'a database that is not a number',
    { SESSION_STORE: 'redis://:geheim@valkey/all', SESSION_SECRET: OLD },
    'SESSION_STORE',
  ],
  [
    'a password that is not encoded',
    { SESSION_STORE: 'redis://:geheim#1@valkey', SESSION_SECRET: OLD },
    'SESSION_STORE',
  ],
])('row 55: %s prevents the start, naming the variable and no secret', (_what, env, name) => {
  expect(() => parseConfig(env)).toThrow(ConfigError)
  expect(() => parseConfig(env)).toThrow(`- ${name}`)
  expect(() => parseConfig(env)).not.toThrow('geheim')
})
