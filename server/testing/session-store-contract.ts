// What every store must hold, run on each of them.

import { expect, type TestAPI, test as vitestTest } from 'vitest'
import type { SessionHandle, SessionStore, StoredSession } from '../sessions/session-store.ts'

export interface StoreUnderTest {
  readonly store: SessionStore
  /** Ids that have ended, in order, of those that were created or read here. */
  readonly ended: string[]
  /** Lets time pass. */
  pass(seconds: number): unknown
}

/** A store whose sessions are read as soon as they are created, and the ids of those that have ended. */
export function noteEnds(store: SessionStore): Pick<StoreUnderTest, 'store' | 'ended'> {
  const ended: string[] = []
  const heard = new Set<AbortSignal>()
  async function read(handle: SessionHandle) {
    const session = await store.read(handle)
    if (session === undefined || heard.has(session.signal)) return session
    heard.add(session.signal)
    session.signal.addEventListener('abort', () => ended.push(handle.id), { once: true })
    return session
  }
  async function create(session: StoredSession) {
    const handle = await store.create(session)
    await read(handle)
    return handle
  }
  const noted: SessionStore = {
    create,
    read,
    markVerified: (id) => store.markVerified(id),
    destroy: (id) => store.destroy(id),
    isReachable: () => store.isReachable(),
    count: async () => (await store.count?.()) ?? Number.NaN,
    close: () => store.close(),
  }
  return { store: noted, ended }
}

export interface StoreContractOptions {
  /** Whether the store itself bounds the number of sessions; a store's memory is its operator's to bound. */
  readonly bounded: boolean
  /** Runs or skips each test; default `test`. */
  readonly runner?: TestAPI | TestAPI['skip']
}

const mira = { credentials: { username: 'mira', password: 'sécret' }, verified: true }

/** @param create  a store with 100 s of idle and 300 s of absolute lifetime and, if bounded, room for 5 sessions. */
export function testStore(
  name: string,
  create: () => StoreUnderTest | Promise<StoreUnderTest>,
  { bounded, runner: test = vitestTest }: StoreContractOptions,
): void {
  test(`${name}: what was sealed is read with its own handle`, async () => {
    const { store } = await create()
    const handle = await store.create(mira)
    expect(await store.read(handle)).toMatchObject(mira)
  })

  test(`${name}: ids and keys are random, and neither opens anything alone`, async () => {
    const { store } = await create()
    const [first, second] = [await store.create(mira), await store.create(mira)]
    expect(new Set([first.id, second.id, first.key, second.key]).size).toBe(4)
    expect(first.id.length).toBeGreaterThanOrEqual(22)
    expect(await store.read({ id: first.id, key: second.key })).toBeUndefined()
    expect(await store.read({ id: first.id, key: '' })).toBeUndefined()
    expect(await store.read({ id: 'unknown', key: first.key })).toBeUndefined()
    expect(await store.read(first)).toMatchObject(mira)
  })

  test(`${name}: a session ends at once when destroyed`, async () => {
    const { store, ended } = await create()
    const handle = await store.create(mira)
    await store.destroy(handle.id)
    await store.destroy(handle.id)
    expect(await store.read(handle)).toBeUndefined()
    expect(ended).toEqual([handle.id])
  })

  test(`${name}: it ends when idle, and reading keeps it alive`, async () => {
    const { store, pass, ended } = await create()
    const handle = await store.create(mira)
    await pass(99)
    expect(await store.read(handle)).toMatchObject(mira)
    await pass(99)
    expect(await store.read(handle)).toMatchObject(mira)
    await pass(100)
    expect(await store.read(handle)).toBeUndefined()
    expect(ended).toEqual([handle.id])
  })

  test(`${name}: it ends after its time even when used`, async () => {
    const { store, pass } = await create()
    const handle = await store.create(mira)
    for (let i = 0; i < 5; i++) {
      await pass(59)
      expect(await store.read(handle)).toMatchObject(mira)
    }
    await pass(10)
    expect(await store.read(handle)).toBeUndefined()
  })

  test(`${name}: a login taken unproven can be proven later`, async () => {
    const { store } = await create()
    const handle = await store.create({ ...mira, verified: false })
    expect((await store.read(handle))?.verified).toBe(false)
    expect(await store.markVerified(handle.id)).toBe(true)
    expect(await store.markVerified(handle.id)).toBe(false)
    expect(await store.markVerified('unknown')).toBe(false)
    expect((await store.read(handle))?.verified).toBe(true)
  })

  test(`${name}: it can be reached`, async () => {
    const { store } = await create()
    expect(await store.isReachable()).toBe(true)
  })

  if (!bounded) return

  test(`${name}: a full store refuses a newcomer and logs nobody out`, async () => {
    const { store, pass } = await create()
    const handles = await Promise.all(Array.from({ length: 5 }, () => store.create(mira)))
    await expect(store.create(mira)).rejects.toMatchObject({ reason: 'overloaded', statusCode: 503 })
    for (const handle of handles) expect(await store.read(handle)).toMatchObject(mira)
    await pass(100)
    expect(await store.create(mira)).toBeDefined()
  })

  test(`${name}: a full store makes room among the unproven only, oldest first`, async () => {
    const { store, ended } = await create()
    const proven = await store.create(mira)
    const unproven = await Promise.all(
      Array.from({ length: 4 }, () => store.create({ ...mira, verified: false })),
    )
    for (let i = 0; i < 20; i++) await store.create({ ...mira, verified: false })
    expect(ended.slice(0, 4)).toEqual(unproven.map(({ id }) => id))
    expect(await store.read(proven)).toMatchObject(mira)
  })
}
