// Counts recent login failures, in this process or in the Redis that all replicas share.

import type { RedisConnection } from './redis.ts'

export interface Counter {
  /** The account or network counted: letters, digits, `:` and `-`. */
  readonly key: string
  /** Maximum within the window. */
  readonly max: number
}

export interface LoginFailureCounters {
  /**
   * Increments each counter, or none if one of them is full.
   *
   * @returns 0, or the seconds until none is full.
   */
  take(counters: readonly Counter[]): Promise<number>
  /** Decrements each counter, for an attempt that was not a failure. */
  giveBack(counters: readonly Counter[]): Promise<void>
}

/** Begins with the first failure; the counter is dropped afterwards. */
export const WINDOW_SECONDS = 15 * 60

const WINDOW_MS = WINDOW_SECONDS * 1000
/** The oldest counter is dropped beyond this. To erase one, an attacker needs this many refused logins. */
const MAX_COUNTERS = 50_000

interface Count {
  count: number
  readonly endsAt: number
}

export class MemoryCounters implements LoginFailureCounters {
  readonly #counts = new Map<string, Count>()

  // synchronous inside: parallel guesses cannot slip between check and increment
  async take(counters: readonly Counter[]): Promise<number> {
    const wait = this.waitFor(counters)
    if (wait > 0) return wait
    for (const { key } of counters) {
      const entry = this.#live(key)
      if (entry === undefined) this.#add(key, 1, Date.now() + WINDOW_MS)
      else entry.count++
    }
    return 0
  }

  async giveBack(counters: readonly Counter[]): Promise<void> {
    for (const { key } of counters) {
      const entry = this.#live(key)
      if (entry !== undefined && --entry.count <= 0) this.#counts.delete(key)
    }
  }

  /** Like `take`, without counting. */
  waitFor(counters: readonly Counter[]): number {
    const waits = counters.map(({ key, max }) => {
      const entry = this.#live(key)
      return entry !== undefined && entry.count >= max ? Math.ceil((entry.endsAt - Date.now()) / 1000) : 0
    })
    return Math.max(0, ...waits)
  }

  /** Makes a counter full for this many seconds: another replica has found it full. */
  fill({ key, max }: Counter, seconds: number): void {
    this.#counts.delete(key)
    this.#add(key, max, Date.now() + seconds * 1000)
  }

  #live(key: string): Count | undefined {
    const entry = this.#counts.get(key)
    if (entry !== undefined && entry.endsAt > Date.now()) return entry
    this.#counts.delete(key)
    return undefined
  }

  #add(key: string, count: number, endsAt: number): void {
    const [oldest] = this.#counts.keys()
    if (this.#counts.size >= MAX_COUNTERS && oldest !== undefined) this.#counts.delete(oldest)
    this.#counts.set(key, { count, endsAt })
  }
}

/** ARGV: the window in ms, then the maximum of each key. Returns the longest wait in ms, or 0. */
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

/** Each function throws GatewayError UNAVAILABLE/store_down: without the store nobody can log in anyway. */
export class RedisCounters implements LoginFailureCounters {
  readonly #connection: RedisConnection
  readonly #prefix: string

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  async take(counters: readonly Counter[]): Promise<number> {
    const limits = counters.map(({ max }) => max)
    const wait = await this.#connection.run((redis) =>
      redis.eval(TAKE, counters.length, ...this.#keysOf(counters), WINDOW_MS, ...limits),
    )
    return Math.ceil(Number(wait) / 1000)
  }

  async giveBack(counters: readonly Counter[]): Promise<void> {
    await this.#connection.run((redis) => redis.eval(GIVE_BACK, counters.length, ...this.#keysOf(counters)))
  }

  #keysOf(counters: readonly Counter[]): string[] {
    return counters.map(({ key }) => `${this.#prefix}refused:${key}`)
  }
}
