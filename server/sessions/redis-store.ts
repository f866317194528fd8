// The store of several replicas, in Redis or Valkey: rows are sealed with a key that only the cookie holds, so a dump
// of the store is worth nothing.
//
// A logout counts everywhere at once because nothing of a session is trusted without its row, which is read at each
// request. What a replica holds beside it (tokens, lists that are being streamed) it drops when it hears of the end on
// a channel; a message may be lost, so it also looks for the rows of the sessions it knows once a minute and whenever
// it has been cut off. Times are the store's own: replicas' clocks need not agree.

import { gatewayError } from '../errors.ts'
import type { RedisConnection } from './redis.ts'
import { createHandle, open, seal } from './seal.ts'
import { createEnding, type SessionStore } from './session-store.ts'

export interface RedisStoreOptions {
  readonly connection: RedisConnection
  /** Before every key: `gantry:<hash of the base path>:`. */
  readonly prefix: string
  readonly idleSeconds: number
  readonly maxSeconds: number
}

const SWEEP_MS = 60_000
/** Rows looked for in one go. */
const SWEEP_BATCH = 500

const NOW = `local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)`

/** ARGV: sealed, verified, idle and absolute lifetime in ms. */
const CREATE = `${NOW}
redis.call('HSET', KEYS[1], 'sealed', ARGV[1], 'verified', ARGV[2], 'until', now + ARGV[4])
redis.call('PEXPIRE', KEYS[1], math.min(ARGV[3], ARGV[4]))`

/**
 * A row, kept for another idle lifetime (ARGV[1]) but not beyond its end; something else under its key is no row.
 * It is a sign of life for whoever knows the id. The id comes out of a sealed cookie, beside the key.
 */
const READ = `${NOW}
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return false end
local row = redis.call('HMGET', KEYS[1], 'sealed', 'verified', 'until')
local left = (tonumber(row[3]) or now) - now
if not row[1] or left <= 0 then return false end
redis.call('PEXPIRE', KEYS[1], math.min(ARGV[1], left))
return { row[1], row[2] }`

/** Never makes a row, which would have no end. */
const VERIFY = `if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then return 0 end
if redis.call('HGET', KEYS[1], 'verified') ~= '0' then return 0 end
redis.call('HSET', KEYS[1], 'verified', '1')
return 1`

/** ARGV: channel, id. */
const DESTROY = `if redis.call('DEL', KEYS[1]) == 1 then redis.call('PUBLISH', ARGV[1], ARGV[2]) end`

/** There is no limit of ours to the number of sessions: the store's own memory is the operator's to set. */
export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { connection, prefix } = options
  const keyOf = (id: string) => `${prefix}session:${id}`
  const channel = `${prefix}ended`
  const idleMs = options.idleSeconds * 1000
  /** Sessions that something may be held of in this process. */
  const known = new Map<string, AbortController>()

  function end(id: string): void {
    const ending = known.get(id)
    known.delete(id)
    ending?.abort(gatewayError('session_ended'))
  }
  function signalOf(id: string): AbortSignal {
    const ending = known.get(id) ?? createEnding()
    known.set(id, ending)
    return ending.signal
  }
  async function sweep(): Promise<void> {
    const ids = [...known.keys()]
    for (let i = 0; i < ids.length; i += SWEEP_BATCH) {
      const batch = ids.slice(i, i + SWEEP_BATCH)
      const found = await connection.ask((redis) => Promise.all(batch.map((id) => redis.exists(keyOf(id)))))
      batch.forEach((id, at) => {
        if (found[at] === 0) end(id)
      })
    }
  }
  // while the store is away nothing is known to have ended
  const look = () => void sweep().catch(() => {})
  const timer = setInterval(look, SWEEP_MS).unref()
  connection.listen(channel, end, look)

  return {
    async create({ credentials, verified }) {
      const handle = createHandle()
      const sealed = seal(credentials, handle).toString('base64')
      const row = [sealed, verified ? '1' : '0', idleMs, options.maxSeconds * 1000]
      await connection.ask((redis) => redis.eval(CREATE, 1, keyOf(handle.id), ...row))
      return handle
    },
    async read(handle) {
      const row = await connection.ask((redis) => redis.eval(READ, 1, keyOf(handle.id), idleMs))
      if (!Array.isArray(row)) {
        end(handle.id)
        return undefined
      }
      const credentials = open(Buffer.from(String(row[0]), 'base64'), handle)
      if (credentials === undefined) return undefined
      return { credentials, verified: row[1] === '1', signal: signalOf(handle.id) }
    },
    async markVerified(id) {
      const changed = await connection.ask((redis) => redis.eval(VERIFY, 1, keyOf(id))).catch(() => 0)
      return changed === 1
    },
    async destroy(id) {
      await connection.ask((redis) => redis.eval(DESTROY, 1, keyOf(id), channel, id))
      end(id)
    },
    isReachable: connection.isReachable,
    async close() {
      clearInterval(timer)
    },
  }
}
