import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { GatewayError } from '../errors.ts'
import type { LoginProof } from '../registry/auth/login.ts'
import { createHands, hasRedis, NEEDS_REDIS, ownPrefix, TEST_REDIS } from '../testing/redis.ts'
import { RedisCounters } from './login-failure-counters.ts'
import { LoginLimits, MAX_UNPROVEN_OF_ADDRESS } from './login-limits.ts'
import { RedisConnection } from './redis.ts'

const present = await hasRedis()
const hands = present ? createHands() : undefined
const prefixes: string[] = []
const closers: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0).reverse()) await close()
})
afterAll(() => hands?.close(...prefixes))

interface Subject {
  readonly limits: LoginLimits
  /** Another process that shares the counters; undefined if there can be none. */
  readonly other: LoginLimits | undefined
  pass(seconds: number): unknown
}

function inMemory(): Subject {
  vi.useFakeTimers({ toFake: ['Date'] })
  return {
    limits: new LoginLimits(),
    other: undefined,
    pass: (seconds) => vi.setSystemTime(Date.now() + seconds * 1000),
  }
}

async function inRedis(): Promise<Subject> {
  const prefix = ownPrefix()
  prefixes.push(prefix)
  const quiet = { info: () => {}, warn: () => {} }
  const address = { ...TEST_REDIS, tls: false, username: undefined, password: undefined, database: 0 }
  const connection = new RedisConnection(address, quiet)
  closers.push(() => connection.close())
  await connection.connect()
  const limits = () => new LoginLimits(new RedisCounters(connection, prefix))
  return { limits: limits(), other: limits(), pass: (seconds) => hands?.pass(prefix, seconds) }
}

const wrong = async () => {
  throw new GatewayError('UNAUTHORIZED', 'no', { reason: 'password_refused' })
}
const right = async () => ({ verified: true })
const unproven = async () => ({ verified: false })
/** The status of an attempt. */
const attempt = (
  limits: LoginLimits,
  name: string,
  address: string,
  prove: () => Promise<LoginProof> = wrong,
) =>
  limits.guard(name, address, prove).then(
    () => 200,
    (error: GatewayError) => error.statusCode,
  )
const waitOf = (limits: LoginLimits, name: string, address: string) =>
  limits.guard(name, address, wrong).then(
    () => 0,
    (error: GatewayError) => error.retryAfterSeconds,
  )

const kinds = [
  ['memory', inMemory, test],
  [present ? 'redis' : `redis (${NEEDS_REDIS})`, inRedis, present ? test : test.skip],
] as const

for (const [kind, create, run] of kinds) {
  run(`${kind}: ten refusals of one account, from any address, then it waits; others do not`, async () => {
    const { limits, pass } = await create()
    for (let i = 0; i < 10; i++) expect(await attempt(limits, 'mira', `10.0.0.${i}`)).toBe(401)
    expect(await attempt(limits, 'mira', '10.0.1.1', right)).toBe(429)
    expect(await waitOf(limits, 'mira', '10.0.1.1')).toBeGreaterThan(890)
    expect(await attempt(limits, 'carl', '10.0.0.1', right)).toBe(200)
    await pass(600)
    expect(await waitOf(limits, 'mira', '10.0.1.1')).toBeLessThanOrEqual(300)
    await pass(301)
    expect(await attempt(limits, 'mira', '10.0.1.1', right)).toBe(200)
  })

  run(`${kind}: thirty refusals from one address, for any accounts`, async () => {
    const { limits } = await create()
    for (let i = 0; i < 30; i++) expect(await attempt(limits, `name-${i}`, '10.0.0.1')).toBe(401)
    expect(await attempt(limits, 'mira', '10.0.0.1', right)).toBe(429)
    expect(await attempt(limits, 'mira', '10.0.0.2', right)).toBe(200)
  })

  run(`${kind}: an IPv6 network counts as one address, an IPv4-mapped address as its IPv4 one`, async () => {
    const { limits } = await create()
    for (let i = 0; i < 30; i++) await attempt(limits, `a${i}`, `2001:db8:1:2:${i.toString(16)}::1`)
    expect(await attempt(limits, 'mira', '2001:db8:1:2:ffff::9', right)).toBe(429)
    expect(await attempt(limits, 'mira', '2001:db8:1:3::9', right)).toBe(200)
    for (let i = 0; i < 30; i++) await attempt(limits, `b${i}`, '::ffff:10.0.0.7')
    expect(await attempt(limits, 'mira', '10.0.0.7', right)).toBe(429)
  })

  run(`${kind}: a success or another failure is not counted`, async () => {
    const { limits } = await create()
    const down = async () => {
      throw new GatewayError('UNAVAILABLE', 'down', { reason: 'registry_down' })
    }
    for (let i = 0; i < 40; i++) expect(await attempt(limits, 'mira', '10.0.0.1', right)).toBe(200)
    for (let i = 0; i < 40; i++) expect(await attempt(limits, 'mira', '10.0.0.1', down)).toBe(502)
    for (let i = 0; i < 10; i++) expect(await attempt(limits, 'mira', '10.0.0.1')).toBe(401)
    expect(await attempt(limits, 'mira', '10.0.0.1')).toBe(429)
  })

  run(`${kind}: of a hundred parallel guesses ten are made`, async () => {
    const { limits } = await create()
    const made: (() => void)[] = []
    const guess = async () => {
      await new Promise<void>((resolve) => made.push(resolve))
      return wrong()
    }
    const statuses: number[] = []
    const attempts = Array.from({ length: 100 }, async (_, i) => {
      statuses.push(await attempt(limits, 'mira', `10.0.0.${i}`, guess))
    })
    // while the ten are in flight
    await expect.poll(() => statuses).toEqual(Array(90).fill(429))
    expect(made).toHaveLength(10)
    for (const end of made) end()
    await Promise.all(attempts)
    expect(statuses.slice(90)).toEqual(Array(10).fill(401))
  })

  run(`${kind}: a limit full of attempts in flight asks for one second`, async () => {
    const { limits } = await create()
    let finish: ((proof: LoginProof) => void) | undefined
    const slow = () => new Promise<LoginProof>((resolve) => (finish = resolve))
    for (let i = 0; i < 9; i++) await attempt(limits, 'mira', '10.0.0.1')
    const tenth = attempt(limits, 'mira', '10.0.0.1', slow)
    await expect.poll(() => finish).toBeDefined()
    expect(await waitOf(limits, 'mira', '10.0.0.2')).toBe(1)
    finish?.({ verified: true })
    expect(await tenth).toBe(200)
    expect(await attempt(limits, 'mira', '10.0.0.2', right)).toBe(200)
  })

  run(`${kind}: spellings of one name count as one account`, async () => {
    const { limits } = await create()
    for (const name of ['mira', 'Mira', 'MIRA', ' mira', 'mira ', 'ｍira', 'mIra', 'miRa', 'mirA', 'MIra'])
      expect(await attempt(limits, name, '10.0.0.1')).toBe(401)
    expect(await attempt(limits, 'mira', '10.0.0.1')).toBe(429)
  })

  run(`${kind}: an unproven login counts for the account until it is proven`, async () => {
    const { limits } = await create()
    for (let i = 0; i < 10; i++) expect(await attempt(limits, 'mira', '10.0.0.1', unproven)).toBe(200)
    expect(await attempt(limits, 'mira', '10.0.0.2', right)).toBe(429)
    await limits.noteProven('mira')
    expect(await attempt(limits, 'mira', '10.0.0.2', unproven)).toBe(200)
    expect(await attempt(limits, 'mira', '10.0.0.2', right)).toBe(429)
    // the address is not to blame
    for (let i = 0; i < 30; i++) expect(await attempt(limits, `n${i}`, '10.0.0.1', unproven)).toBe(200)
    // but the number of invented names is bounded
    for (let i = 0; i < MAX_UNPROVEN_OF_ADDRESS; i++)
      await attempt(limits, `invented${i}`, '10.0.0.3', unproven)
    expect(await attempt(limits, 'one more', '10.0.0.3', unproven)).toBe(429)
    expect(await attempt(limits, 'one more', '10.0.0.4', unproven)).toBe(200)
  })

  run(
    `${kind}: the page’s own password allows thirty guesses per address, counted apart from logins`,
    async () => {
      const { limits, pass } = await create()
      for (let i = 0; i < 30; i++) {
        limits.admitToPage('10.0.0.1')
        await limits.noteRefusedAtPage('10.0.0.1')
      }
      expect(() => limits.admitToPage('10.0.0.1')).toThrow('Too many logins were refused')
      await expect(limits.noteRefusedAtPage('10.0.0.1')).rejects.toMatchObject({ statusCode: 429 })
      limits.admitToPage('10.0.0.2')
      expect(await attempt(limits, 'mira', '10.0.0.1', right)).toBe(200)
      await pass(901)
      if (kind === 'memory') expect(() => limits.admitToPage('10.0.0.1')).not.toThrow()
    },
  )
}

kinds[1][2](`${kinds[1][0]}: replicas share their counts`, async () => {
  const { limits, other } = await inRedis()
  if (other === undefined) throw new Error('another replica')
  for (let i = 0; i < 5; i++) await attempt(limits, 'mira', '10.0.0.1')
  for (let i = 0; i < 5; i++) await attempt(other, 'mira', '10.0.0.2')
  expect(await attempt(limits, 'mira', '10.0.0.3', right)).toBe(429)
  expect(await attempt(other, 'mira', '10.0.0.3', right)).toBe(429)
  for (let i = 0; i < 30; i++) await limits.noteRefusedAtPage('10.0.0.9')
  // the other replica learns of it at its first wrong guess
  await expect(other.noteRefusedAtPage('10.0.0.9')).rejects.toMatchObject({ statusCode: 429 })
  expect(() => other.admitToPage('10.0.0.9')).toThrow('Too many logins were refused')
})
