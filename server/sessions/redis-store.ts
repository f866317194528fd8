// The session store of several replicas, in Redis or Valkey. Rows are sealed with a key that only the cookie holds, so
// a dump of the store reveals nothing.
//
// A logout takes effect everywhere at once, because each request reads its session's row. Whatever else a replica holds
// for a session (tokens, open streams) is dropped when the end is announced on a channel. Announcements can get lost, so
// each replica also checks the rows of the sessions it knows, once a minute and after each reconnect. Times are the
// store's own: the clocks of the replicas need not agree.

import { forEachConcurrent } from '../concurrency/for-each.ts'
import { gatewayError } from '../errors.ts'
import type { RedisConnection } from './redis.ts'
import {
  createHandle,
  createSessionAbort,
  type LiveSession,
  type SessionHandle,
  type SessionStore,
  type StoredSession,
  seal,
  unseal,
} from './session-store.ts'

export interface RedisStoreOptions {
  readonly connection: RedisConnection
  /** Precedes every key: `gantry:<hash of the base path>:`. */
  readonly prefix: string
  readonly idleSeconds: number
  readonly maxSeconds: number
}

const SWEEP_MS = 60_000
/** Rows looked up at a time. */
const SWEEP_CONCURRENCY = 500

const NOW = `local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`

/** ARGV: sealed, verified, idle and absolute lifetime in ms. */
const CREATE = `${NOW}
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'verified', ARGV[2], 'until', now + ARGV[4])
redis.call('PEXPIRE', KEYS[1], math.min(ARGV[3], ARGV[4]))`

/**
 * Reads a row and keeps it for another idle lifetime (ARGV[1]), but not beyond its end. Any other type under the key
 * is ignored. The id alone restarts the idle time: it comes from a sealed cookie, together with the key.
 */
const READ = `${NOW}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return false end
local row = redis.call('HMGET', KEYS[1], 'sealed', 'verified', 'until')
local left = (tonumber(row[3]) or now) - now
if not row[1] or left <= 0 then return false end
redis.call('PEXPIRE', KEYS[1], math.min(ARGV[1], left))
return { row[1], row[2] }`

/** Never creates a row: it would not expire. */
const VERIFY = `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
if redis.call('HGET', KEYS[1], 'verified') ~= '0' then return 0 end
redis.call('HSET', KEYS[1], 'verified', '1')
return 1`

/** ARGV: channel, id. */
const DESTROY = `if redis.call('DEL', KEYS[1]) == 1 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end`

/** The number of sessions is not limited here: the operator bounds the store's memory. */
export class RedisStore implements SessionStore {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #channel: string
  readonly #idleMs: number
  readonly #maxMs: number
  /** Sessions that this process may hold something for. */
  readonly #known = new Map<string, AbortController>()
  readonly #sweepTimer: NodeJS.Timeout

  constructor({ connection, prefix, idleSeconds, maxSeconds }: RedisStoreOptions) {
    this.#connection = connection
    this.#prefix = prefix
    this.#channel = `${prefix}ended`
    this.#idleMs = idleSeconds * 1000
    this.#maxMs = maxSeconds * 1000
    // while the store is unreachable, no session is known to have ended
    const sweep = () => void this.#sweep().catch(() => {})
    this.#sweepTimer = setInterval(sweep, SWEEP_MS).unref()
    connection.listen(this.#channel, (id) => this.#end(id), sweep)
  }

  async create({ credentials, verified }: StoredSession): Promise<SessionHandle> {
    const handle = createHandle()
    const sealed = seal(credentials, handle).toString('base64')
    const row = [sealed, verified ? '1' : '0', this.#idleMs, this.#maxMs]
    await this.#connection.run((redis) => redis.eval(CREATE, 1, this.#keyOf(handle.id), ...row))
    return handle
  }

  async read(handle: SessionHandle): Promise<LiveSession | undefined> {
    const { id } = handle
    const wasKnown = this.#known.has(id)
    // before the row is read, so that an end that is published meanwhile is not missed
    const signal = this.#signalOf(id)
    const session = await this.#readRow(handle).catch((error: unknown) => {
      if (!wasKnown) this.#known.delete(id)
      throw error
    })
    if (session === 'ended') this.#end(id)
    else if (session === 'not opened' && !wasKnown) this.#known.delete(id)
    return typeof session === 'string' || signal.aborted ? undefined : { ...session, signal }
  }

  async #readRow(handle: SessionHandle): Promise<StoredSession | 'ended' | 'not opened'> {
    const row = await this.#connection.run((redis) =>
      redis.eval(READ, 1, this.#keyOf(handle.id), this.#idleMs),
    )
    if (!Array.isArray(row)) return 'ended'
    const credentials = unseal(Buffer.from(String(row[0]), 'base64'), handle)
    return credentials === undefined ? 'not opened' : { credentials, verified: row[1] === '1' }
  }

  async markVerified(id: string): Promise<boolean> {
    const changed = await this.#connection
      .run((redis) => redis.eval(VERIFY, 1, this.#keyOf(id)))
      .catch(() => 0)
    return changed === 1
  }

  async destroy(id: string): Promise<void> {
    await this.#connection.run((redis) => redis.eval(DESTROY, 1, this.#keyOf(id), this.#channel, id))
    this.#end(id)
  }

  isReachable(): Promise<boolean> {
    return this.#connection.isReachable()
  }

  async close(): Promise<void> {
    clearInterval(this.#sweepTimer)
  }

  #keyOf(id: string): string {
    return `${this.#prefix}session:${id}`
  }

  #end(id: string): void {
    const ending = this.#known.get(id)
    this.#known.delete(id)
    ending?.abort(gatewayError('session_ended'))
  }

  #signalOf(id: string): AbortSignal {
    const ending = this.#known.get(id) ?? createSessionAbort()
    this.#known.set(id, ending)
    return ending.signal
  }

  async #sweep(): Promise<void> {
    const ids = [...this.#known.keys()]
    await forEachConcurrent(ids, SWEEP_CONCURRENCY, async (id) => {
      if ((await this.#connection.run((redis) => redis.exists(this.#keyOf(id)))) === 0) this.#end(id)
    })
  }
}
