// What every vault must hold, run on each of them.

import { expect, type TestAPI, test as vitestTest } from 'vitest'
import type { SessionTicket, SessionVault, StoredSession } from '../sessions/session-store.ts'

export interface VaultUnderTest {
  readonly vault: SessionVault
  /** Ids that have ended, in order, of those that were created or read here. */
  readonly ended: string[]
  /** Lets time pass. */
  pass(seconds: number): unknown
}

/** A vault whose sessions are read as soon as they are created, and the ids of those that have ended. */
export function noteEnds(vault: SessionVault): Pick<VaultUnderTest, 'vault' | 'ended'> {
  const ended: string[] = []
  const heard = new Set<AbortSignal>()
  async function read(ticket: SessionTicket) {
    const session = await vault.read(ticket)
    if (session === undefined || heard.has(session.signal)) return session
    heard.add(session.signal)
    session.signal.addEventListener('abort', () => ended.push(ticket.id), { once: true })
    return session
  }
  async function create(session: StoredSession) {
    const ticket = await vault.create(session)
    await read(ticket)
    return ticket
  }
  return { vault: { ...vault, read, create }, ended }
}

export interface VaultContractOptions {
  /** Whether the vault itself bounds the number of sessions; a store's memory is its operator's to bound. */
  readonly bounded: boolean
  /** Runs or skips each test; default `test`. */
  readonly runner?: TestAPI | TestAPI['skip']
}

const mira = { credentials: { username: 'mira', password: 'sécret' }, verified: true }

/** @param create  a vault with 100 s of idle and 300 s of absolute lifetime and, if bounded, room for 5 sessions. */
export function testVault(
  name: string,
  create: () => VaultUnderTest | Promise<VaultUnderTest>,
  { bounded, runner: test = vitestTest }: VaultContractOptions,
): void {
  test(`${name}: what was sealed is read with its own ticket`, async () => {
    const { vault } = await create()
    const ticket = await vault.create(mira)
    expect(await vault.read(ticket)).toMatchObject(mira)
  })

  test(`${name}: ids and keys are random, and neither opens anything alone`, async () => {
    const { vault } = await create()
    const [first, second] = [await vault.create(mira), await vault.create(mira)]
    expect(new Set([first.id, second.id, first.key, second.key]).size).toBe(4)
    expect(first.id.length).toBeGreaterThanOrEqual(22)
    expect(await vault.read({ id: first.id, key: second.key })).toBeUndefined()
    expect(await vault.read({ id: first.id, key: '' })).toBeUndefined()
    expect(await vault.read({ id: 'unknown', key: first.key })).toBeUndefined()
    expect(await vault.read(first)).toMatchObject(mira)
  })

  test(`${name}: a session ends at once when destroyed`, async () => {
    const { vault, ended } = await create()
    const ticket = await vault.create(mira)
    await vault.destroy(ticket.id)
    await vault.destroy(ticket.id)
    expect(await vault.read(ticket)).toBeUndefined()
    expect(ended).toEqual([ticket.id])
  })

  test(`${name}: it ends when idle, and reading keeps it alive`, async () => {
    const { vault, pass, ended } = await create()
    const ticket = await vault.create(mira)
    await pass(99)
    expect(await vault.read(ticket)).toMatchObject(mira)
    await pass(99)
    expect(await vault.read(ticket)).toMatchObject(mira)
    await pass(100)
    expect(await vault.read(ticket)).toBeUndefined()
    expect(ended).toEqual([ticket.id])
  })

  test(`${name}: it ends after its time even when used`, async () => {
    const { vault, pass } = await create()
    const ticket = await vault.create(mira)
    for (let i = 0; i < 5; i++) {
      await pass(59)
      expect(await vault.read(ticket)).toMatchObject(mira)
    }
    await pass(10)
    expect(await vault.read(ticket)).toBeUndefined()
  })

  test(`${name}: a login taken unproven can be proven later`, async () => {
    const { vault } = await create()
    const ticket = await vault.create({ ...mira, verified: false })
    expect((await vault.read(ticket))?.verified).toBe(false)
    expect(await vault.markVerified(ticket.id)).toBe(true)
    expect(await vault.markVerified(ticket.id)).toBe(false)
    expect(await vault.markVerified('unknown')).toBe(false)
    expect((await vault.read(ticket))?.verified).toBe(true)
  })

  test(`${name}: it can be reached`, async () => {
    const { vault } = await create()
    expect(await vault.isReachable()).toBe(true)
  })

  if (!bounded) return

  test(`${name}: a full vault refuses a newcomer and logs nobody out`, async () => {
    const { vault, pass } = await create()
    const tickets = await Promise.all(Array.from({ length: 5 }, () => vault.create(mira)))
    await expect(vault.create(mira)).rejects.toMatchObject({ reason: 'overloaded', statusCode: 503 })
    for (const ticket of tickets) expect(await vault.read(ticket)).toMatchObject(mira)
    await pass(100)
    expect(await vault.create(mira)).toBeDefined()
  })

  test(`${name}: a full vault makes room among the unproven only, oldest first`, async () => {
    const { vault, ended } = await create()
    const proven = await vault.create(mira)
    const unproven = await Promise.all(
      Array.from({ length: 4 }, () => vault.create({ ...mira, verified: false })),
    )
    for (let i = 0; i < 20; i++) await vault.create({ ...mira, verified: false })
    expect(ended.slice(0, 4)).toEqual(unproven.map(({ id }) => id))
    expect(await vault.read(proven)).toMatchObject(mira)
  })
}
