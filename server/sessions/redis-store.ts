// The store of several replicas, in Redis or Valkey: rows are sealed with a key that only the cookie holds, so a dump
// of the store is worth nothing.
//
// A logout takes effect everywhere at once, because no request trusts a session without reading its row. What else a
// replica holds of it (tokens, open streams) is dropped when its end is published on a channel; a message may be lost, so
// the replica also looks for the rows of the sessions it knows, once a minute and after each reconnection. Times are the
// store's own: the replicas' clocks need not agree.

import { gatewayError } from '../errors.ts'
import type { RedisConnection } from './redis.ts'
import { createHandle, open, seal } from './seal.ts'
import {
  createEnding,
  type LiveSession,
  type SessionHandle,
  type SessionStore,
  type StoredSession,
} from './session-store.ts'

export interface RedisStoreOptions {
  readonly connection: RedisConnection
  /** Of every key: `gantry:<hash of the base path>:`. */
  readonly prefix: string
  readonly idleSeconds: number
  readonly maxSeconds: number
}

const SWEEP_MS = 60_000
/** Rows looked up at a time. */
const SWEEP_BATCH = 500

const NOW = `local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`

/** ARGV: sealed, verified, idle and absolute lifetime in ms. */
const CREATE = `${NOW}
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'verified', ARGV[2], 'until', now + ARGV[4])
redis.call('PEXPIRE', KEYS[1], math.min(ARGV[3], ARGV[4]))`

/**
 * A row, kept for another idle lifetime (ARGV[1]) but not beyond its end; another type under its key is ignored.
 * Reading prolongs the session for everybody who knows the id, which comes from a sealed cookie, beside the key.
 */
const READ = `${NOW}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return false end
local row = redis.call('HMGET', KEYS[1], 'sealed', 'verified', 'until')
local left = (tonumber(row[3]) or now) - now
if not row[1] or left <= 0 then return false end
redis.call('PEXPIRE', KEYS[1], math.min(ARGV[1], left))
return { row[1], row[2] }`

/** Never creates a row, which would not expire. */
const VERIFY = `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
if redis.call('HGET', KEYS[1], 'verified') ~= '0' then return 0 end
redis.call('HSET', KEYS[1], 'verified', '1')
return 1`

/** ARGV: channel, id. */
const DESTROY = `if redis.call('DEL', KEYS[1]) == 1 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end`

/** Gantry does not limit the number of sessions here: the store's memory is the operator's to set. */
export class RedisStore implements SessionStore {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #idleMs: number
  readonly #maxMs: number
  /** Sessions of which this process may hold something. */
  readonly #known = new Map<string, AbortController>()
  readonly #timer: NodeJS.Timeout

  constructor({ connection, prefix, idleSeconds, maxSeconds }: RedisStoreOptions) {
    this.#connection = connection
    this.#prefix = prefix
    this.#idleMs = idleSeconds * 1000
    this.#maxMs = maxSeconds * 1000
    // while the store is away no session is known to have ended
    const sweep = () => void this.#sweep().catch(() => {})
    this.#timer = setInterval(sweep, SWEEP_MS).unref()
    connection.listen(this.#channel, (id) => this.#end(id), sweep)
  }

  async create({ credentials, verified }: StoredSession): Promise<SessionHandle> {
    const handle = createHandle()
    const sealed = seal(credentials, handle).toString('base64')
    const row = [sealed, verified ? '1' : '0', this.#idleMs, this.#maxMs]
    await this.#connection.ask((redis) => redis.eval(CREATE, 1, this.#keyOf(handle.id), ...row))
    return handle
  }

  async read(handle: SessionHandle): Promise<LiveSession | undefined> {
    const { id } = handle
    const row = await this.#connection.ask((redis) => redis.eval(READ, 1, this.#keyOf(id), this.#idleMs))
    if (!Array.isArray(row)) {
      this.#end(id)
      return undefined
    }
    const credentials = open(Buffer.from(String(row[0]), 'base64'), handle)
    if (credentials === undefined) return undefined
    return { credentials, verified: row[1] === '1', signal: this.#signalOf(id) }
  }

  async markVerified(id: string): Promise<boolean> {
    const changed = await this.#connection
      .ask((redis) => redis.eval(VERIFY, 1, this.#keyOf(id)))
      .catch(() => 0)
    return changed === 1
  }

  async destroy(id: string): Promise<void> {
    await this.#connection.ask((redis) => redis.eval(DESTROY, 1, this.#keyOf(id), this.#channel, id))
    this.#end(id)
  }

  isReachable(): Promise<boolean> {
    return this.#connection.isReachable()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
  }

  get #channel(): string {
    return `${this.#prefix}ended`
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
    const ending = this.#known.get(id) ?? createEnding()
    this.#known.set(id, ending)
    return ending.signal
  }

  /** Ends the known sessions whose rows are gone. */
  async #sweep(): Promise<void> {
    const ids = [...this.#known.keys()]
    for (let i = 0; i < ids.length; i += SWEEP_BATCH) {
      const batch = ids.slice(i, i + SWEEP_BATCH)
      const found = await this.#connection.ask((redis) =>
        Promise.all(batch.map((id) => redis.exists(this.#keyOf(id)))),
      )
      batch.forEach((id, at) => {
        if (found[at] === 0) this.#end(id)
      })
    }
  }
}
