// Counts recent login failures, in this process or in the Redis that all replicas share.

import type { RedisConnection } from './redis.ts'

export interface Counter {
  /** What is counted: letters, digits, `:` and `-`. */
  readonly key: string
  /** How many there may be within the window. */
  readonly max: number
}

export interface LoginFailureCounters {
  /**
   * Counts one more of each, unless one of them is full: then none.
   *
   * @returns 0, or the seconds until each has room again.
   */
  take(counters: readonly Counter[]): Promise<number>
  /** Takes back one attempt that was not a failure after all. */
  giveBack(counters: readonly Counter[]): Promise<void>
}

/** Starts with the first failure; the counter is dropped afterwards. */
export const WINDOW_SECONDS = 15 * 60

const WINDOW_MS = WINDOW_SECONDS * 1000
/** A flood of names and networks pushes out the oldest: it costs as many refused logins to make one forgotten. */
const MAX_COUNTERS = 50_000

export interface MemoryCounters extends LoginFailureCounters {
  /** Like `take`, without counting. */
  waitFor(counters: readonly Counter[]): number
  /** Counts until the counter is full, for so long: another replica has found it full. */
  fill(counter: Counter, seconds: number): void
}

/** @param now  milliseconds. */
export function createMemoryCounters(now: () => number = Date.now): MemoryCounters {
  const counts = new Map<string, { count: number; endsAt: number }>()

  function live(key: string) {
    const entry = counts.get(key)
    if (entry !== undefined && entry.endsAt > now()) return entry
    counts.delete(key)
    return undefined
  }
  function add(key: string, count: number, endsAt: number): void {
    const [oldest] = counts.keys()
    if (counts.size >= MAX_COUNTERS && oldest !== undefined) counts.delete(oldest)
    counts.set(key, { count, endsAt })
  }
  function waitFor(counters: readonly Counter[]): number {
    const waits = counters.map(({ key, max }) => {
      const entry = live(key)
      return entry !== undefined && entry.count >= max ? Math.ceil((entry.endsAt - now()) / 1000) : 0
    })
    return Math.max(0, ...waits)
  }

  return {
    waitFor,
    // without a wait inside: of many guesses at once none slips through
    async take(counters) {
      const wait = waitFor(counters)
      if (wait > 0) return wait
      for (const { key } of counters) {
        const entry = live(key)
        if (entry === undefined) add(key, 1, now() + WINDOW_MS)
        else entry.count++
      }
      return 0
    },
    async giveBack(counters) {
      for (const { key } of counters) {
        const entry = live(key)
        if (entry !== undefined && --entry.count <= 0) counts.delete(key)
      }
    },
    fill({ key, max }, seconds) {
      counts.delete(key)
      add(key, max, now() + seconds * 1000)
    },
  }
}

/** ARGV: the window in ms, then how many each may have. Answers the longest wait in ms, or 0. */
const TAKE = `local wait = 0
for at, key in ipairs(KEYS) do
  if (tonumber(redis.call('GET', key)) or 0) >= tonumber(ARGV[at + 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
end
return 0`

const GIVE_BACK = `for _, key in ipairs(KEYS) do
  if (tonumber(redis.call('GET', key)) or 0) > 1 then redis.call('DECR', key) else redis.call('DEL', key) end
end`

/** Each function throws GatewayError UNAVAILABLE/store_down: without the store nobody could be logged in either. */
export function createRedisCounters(connection: RedisConnection, prefix: string): LoginFailureCounters {
  const keysOf = (counters: readonly Counter[]) => counters.map(({ key }) => `${prefix}refused:${key}`)
  return {
    async take(counters) {
      const limits = counters.map(({ max }) => max)
      const wait = await connection.ask((redis) =>
        redis.eval(TAKE, counters.length, ...keysOf(counters), WINDOW_MS, ...limits),
      )
      return Math.ceil(Number(wait) / 1000)
    },
    async giveBack(counters) {
      await connection.ask((redis) => redis.eval(GIVE_BACK, counters.length, ...keysOf(counters)))
    },
  }
}
