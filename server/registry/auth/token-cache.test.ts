import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TokenCache, type TokenSubject } from './token-cache.ts'
import type { Token } from './token-client.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A token server that numbers its tokens. */
function counter(lifetimeSeconds = 55) {
  const fetch = vi.fn(async (): Promise<Token> => ({ value: `t${fetch.mock.calls.length}`, lifetimeSeconds }))
  return fetch
}
const subject = (key: string) => ({ key }) as TokenSubject
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)

test('a thousand parallel requests for one missing token make one fetch', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = counter()
  const tokens = await Promise.all(
    Array.from({ length: 1000 }, () => cache.get(subject('session:a'), 'k', fetch)),
  )
  expect(fetch).toHaveBeenCalledTimes(1)
  expect(new Set(tokens.map((token) => token.value))).toEqual(new Set(['t1']))
})

test('a cached token is marked as not fresh', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = counter()
  expect(await cache.get(subject('session:a'), 'k', fetch)).toEqual({ value: 't1', fresh: true })
  expect(await cache.get(subject('session:a'), 'k', fetch)).toEqual({ value: 't1', fresh: false })
})

test.each([
  ['its lifetime', undefined, 55, 55],
  ['TOKEN_CACHE when that is shorter', 30, 55, 30],
  ['its lifetime when TOKEN_CACHE is longer', 900, 55, 55],
])('a token is kept for %s', async (_name, maxSeconds, lifetime, expected) => {
  const cache = new TokenCache({ maxSeconds })
  const fetch = counter(lifetime)
  await cache.get(subject('session:a'), 'k', fetch)
  later(expected - 1)
  expect((await cache.get(subject('session:a'), 'k', fetch)).value).toBe('t1')
  later(1)
  expect((await cache.get(subject('session:a'), 'k', fetch)).value).toBe('t2')
})

test.each([Number.NaN, 0, -1])('a lifetime of %s keeps nothing', async (lifetime) => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = counter(lifetime)
  await cache.get(subject('session:a'), 'k', fetch)
  await cache.get(subject('session:a'), 'k', fetch)
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('TOKEN_CACHE=0 keeps nothing and shares nothing', async () => {
  const cache = new TokenCache({ maxSeconds: 0 })
  const fetch = counter()
  const tokens = await Promise.all([1, 2, 3].map(() => cache.get(subject('session:a'), 'k', fetch)))
  expect(tokens.map((token) => token.fresh)).toEqual([true, true, true])
  expect(fetch).toHaveBeenCalledTimes(3)
})

test('subjects and keys never share', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = counter()
  const values = [
    await cache.get(subject('session:a'), 'k', fetch),
    await cache.get(subject('session:b'), 'k', fetch),
    await cache.get(subject('anonymous'), 'k', fetch),
    await cache.get(subject('session:a'), 'l', fetch),
  ].map((token) => token.value)
  expect(values).toEqual(['t1', 't2', 't3', 't4'])
})

test('a failure reaches all waiting requests and is not cached', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = vi
    .fn()
    .mockRejectedValueOnce(new Error('down'))
    .mockResolvedValue({ value: 'ok', lifetimeSeconds: 55 })
  const first = await Promise.allSettled([
    cache.get(subject('session:a'), 'k', fetch),
    cache.get(subject('session:a'), 'k', fetch),
  ])
  expect(first.map((result) => result.status)).toEqual(['rejected', 'rejected'])
  expect((await cache.get(subject('session:a'), 'k', fetch)).value).toBe('ok')
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('a rejected token is dropped, but not its replacement', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = counter()
  await cache.get(subject('session:a'), 'k', fetch)
  cache.drop(subject('session:a'), 'k', 't1')
  expect((await cache.get(subject('session:a'), 'k', fetch)).value).toBe('t2')
  cache.drop(subject('session:a'), 'k', 't1')
  expect((await cache.get(subject('session:a'), 'k', fetch)).value).toBe('t2')
})

test('a token that arrives after the logout is not cached, nor is any later one', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  let finish: (token: Token) => void = () => {}
  const ending = new AbortController()
  const a = { key: 'session:a', signal: ending.signal } as const
  const pending = cache.get(a, 'k', () => new Promise((resolve) => (finish = resolve)))
  ending.abort()
  finish({ value: 'late', lifetimeSeconds: 55 })
  expect((await pending).value).toBe('late')
  const fetch = counter()
  await cache.get(a, 'k', fetch)
  await cache.get(a, 'k', fetch)
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('a session’s tokens are dropped when it ends, by a single listener', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const ending = new AbortController()
  const listen = vi.spyOn(ending.signal, 'addEventListener')
  const a = { key: 'session:a', signal: ending.signal } as const
  const fetch = counter()
  for (const key of ['k', 'l', 'k']) await cache.get(a, key, fetch)
  cache.dropAll(a)
  expect((await cache.get(a, 'k', fetch)).value).toBe('t3')
  expect(listen).toHaveBeenCalledTimes(1)
  ending.abort()
  expect((await cache.get(a, 'k', fetch)).value).toBe('t4')
})

test('one subject keeps at most 500 tokens', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const fetch = counter()
  for (let i = 0; i < 2000; i++) await cache.get(subject('session:a'), `k${i}`, fetch)
  fetch.mockClear()
  let kept = 0
  for (let i = 1999; i >= 0; i--) {
    const calls = fetch.mock.calls.length
    await cache.get(subject('session:b'), 'x', fetch)
    const before = fetch.mock.calls.length
    const token = await cache.get(subject('session:a'), `k${i}`, async () => ({
      value: 'refetched',
      lifetimeSeconds: 0,
    }))
    if (token.value !== 'refetched') kept++
    expect(before - calls).toBeLessThanOrEqual(1)
  }
  expect(kept).toBeGreaterThan(200)
  expect(kept).toBeLessThanOrEqual(500)
})

test('a token whose fetch was in flight when all were dropped is not kept', async () => {
  const cache = new TokenCache({ maxSeconds: undefined })
  const subject = { key: 'service' }
  let deliver = (_token: { value: string; lifetimeSeconds: number }) => {}
  const late = cache.get(subject, 'a', () => new Promise((resolve) => (deliver = resolve)))
  cache.dropAll(subject)
  deliver({ value: 'refused', lifetimeSeconds: 55 })
  await late
  const next = await cache.get(subject, 'a', async () => ({ value: 'new', lifetimeSeconds: 55 }))
  expect(next).toEqual({ value: 'new', fresh: true })
})
