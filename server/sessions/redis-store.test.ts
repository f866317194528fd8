import { afterAll, afterEach, expect, test } from 'vitest'
import { createHands, hasRedis, NEEDS_REDIS, ownPrefix, TEST_REDIS } from '../testing/redis.ts'
import { noteEnds, testStore } from '../testing/session-store-contract.ts'
import { RedisConnection } from './redis.ts'
import { RedisStore } from './redis-store.ts'

const present = await hasRedis()
const name = present ? 'redis' : `redis (${NEEDS_REDIS})`
const runner = present ? test : test.skip
const hands = present ? createHands() : undefined
const prefixes: string[] = []
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
afterAll(() => hands?.close(...prefixes))

const quiet = { info: () => {}, warn: () => {} }
const address = { ...TEST_REDIS, tls: false, username: undefined, password: undefined, database: 0 }
const mira = { credentials: { username: 'mira', password: 'sécret' }, verified: true }

async function replica(prefix: string) {
  const connection = new RedisConnection(address, quiet)
  const store = new RedisStore({
    connection,
    prefix,
    idleSeconds: 100,
    maxSeconds: 300,
  })
  closers.push(async () => {
    await store.close()
    connection.close()
  })
  await connection.connect()
  return noteEnds(store)
}

function newPrefix(): string {
  const prefix = ownPrefix()
  prefixes.push(prefix)
  return prefix
}

async function create() {
  const prefix = newPrefix()
  const pass = async (seconds: number) => hands?.pass(prefix, seconds)
  return { ...(await replica(prefix)), prefix, pass }
}

testStore(name, create, { bounded: false, runner })

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 5000; !holds() && Date.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 5))
}

runner(
  `${name}: a session created on one replica is readable on another, and its end reaches both`,
  async () => {
    const prefix = newPrefix()
    const [a, b] = [await replica(prefix), await replica(prefix)]
    const handle = await a.store.create(mira)
    expect(await b.store.read(handle)).toMatchObject(mira)
    await a.store.destroy(handle.id)
    expect(await b.store.read(handle)).toBeUndefined()
    await until(() => b.ended.length > 0)
    expect([a.ended, b.ended]).toEqual([[handle.id], [handle.id]])
  },
)

runner(`${name}: a replica learns of an end without a request for the session`, async () => {
  const prefix = newPrefix()
  const [a, b] = [await replica(prefix), await replica(prefix)]
  const handle = await a.store.create(mira)
  await b.store.read(handle)
  await a.store.destroy(handle.id)
  await until(() => b.ended.length > 0)
  expect(b.ended).toEqual([handle.id])
})

runner(`${name}: the store holds no name and no password, and each row expires`, async () => {
  const { store, prefix } = await create()
  const { id } = await store.create(mira)
  const row = await hands?.redis.hgetall(`${prefix}session:${id}`)
  expect(Object.keys(row ?? {}).sort()).toEqual(['sealed', 'until', 'verified'])
  const sealed = Buffer.from(row?.sealed ?? '', 'base64').toString('latin1')
  expect(`${JSON.stringify(row)}${sealed}`).not.toMatch(/mira|sécret/)
  expect(await hands?.redis.pttl(`${prefix}session:${id}`)).toBeGreaterThan(99_000)
})

runner.each([
  ['a string', (key: string) => hands?.redis.set(key, 'x', 'EX', 60)],
  ['a list', (key: string) => hands?.redis.rpush(key, 'x')],
  ['a hash of something else', (key: string) => hands?.redis.hset(key, 'a', 'b')],
  [
    'a row whose end is not a number',
    (key: string) => hands?.redis.hset(key, 'sealed', 'AAAA', 'verified', '1', 'until', 'later'),
  ],
  [
    'a row that was tampered with',
    (key: string) => hands?.redis.hset(key, 'sealed', 'AAAA', 'verified', '1', 'until', '9999999999999'),
  ],
])(`${name}: %s under a session’s key is not a session`, async (_what, put) => {
  const { store, prefix } = await create()
  const handle = await store.create(mira)
  const key = `${prefix}session:${handle.id}`
  await hands?.redis.del(key)
  await put(key)
  expect(await store.read(handle)).toBeUndefined()
  await store.markVerified(handle.id)
  expect(await store.read(handle)).toBeUndefined()
  await store.destroy(handle.id)
  expect(await hands?.redis.exists(key)).toBe(0)
})

runner(`${name}: a row under another session’s id cannot be opened`, async () => {
  const { store, prefix } = await create()
  const [a, b] = [await store.create(mira), await store.create(mira)]
  await hands?.redis.copy(`${prefix}session:${a.id}`, `${prefix}session:${b.id}`, 'REPLACE')
  expect(await store.read(b)).toBeUndefined()
  expect(await store.read({ id: b.id, key: a.key })).toBeUndefined()
})
