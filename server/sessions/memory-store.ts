// The store of a single process. A plain map with expiry and not an LRU: eviction would log people out.

import { gatewayError } from '../errors.ts'
import { createHandle, open, seal } from './seal.ts'
import { createEnding, type SessionStore } from './session-store.ts'

export interface MemoryStoreOptions {
  /** Without a request for so long, a session ends. */
  readonly idleSeconds: number
  /** After so long it ends in any case. */
  readonly maxSeconds: number
  /** Milliseconds; monotonic enough for lifetimes. */
  readonly now?: () => number
  readonly maxSessions?: number
}

interface Row {
  readonly sealed: Buffer
  readonly createdAt: number
  seenAt: number
  verified: boolean
  readonly ending: AbortController
}

const SWEEP_MS = 60_000

export function createMemoryStore(options: MemoryStoreOptions): SessionStore {
  const { now = Date.now, maxSessions = 50_000 } = options
  const rows = new Map<string, Row>()

  const isOver = ({ createdAt, seenAt }: Row) =>
    now() - seenAt >= options.idleSeconds * 1000 || now() - createdAt >= options.maxSeconds * 1000

  function end(id: string): void {
    const row = rows.get(id)
    rows.delete(id)
    row?.ending.abort(gatewayError('session_ended'))
  }
  function sweep(): void {
    for (const [id, row] of rows) if (isOver(row)) end(id)
  }
  /** Where a registry greets everybody, anybody can make logins of invented names: they fill no place for good. */
  function dropOldestUnproven(): void {
    for (const [id, row] of rows)
      if (!row.verified) {
        end(id)
        return
      }
  }
  const timer = setInterval(sweep, SWEEP_MS).unref()

  return {
    async create({ credentials, verified }) {
      if (rows.size >= maxSessions) sweep()
      if (rows.size >= maxSessions) dropOldestUnproven()
      if (rows.size >= maxSessions) throw gatewayError('too_many_sessions', {}, { retryAfterSeconds: 60 })
      const handle = createHandle()
      rows.set(handle.id, {
        sealed: seal(credentials, handle),
        createdAt: now(),
        seenAt: now(),
        verified,
        ending: createEnding(),
      })
      return handle
    },
    async read(handle) {
      const { id } = handle
      const row = rows.get(id)
      if (row === undefined) return undefined
      if (isOver(row)) {
        end(id)
        return undefined
      }
      const credentials = open(row.sealed, handle)
      if (credentials === undefined) return undefined
      row.seenAt = now()
      return { credentials, verified: row.verified, signal: row.ending.signal }
    },
    async markVerified(id) {
      const row = rows.get(id)
      if (row === undefined || row.verified) return false
      row.verified = true
      return true
    },
    async destroy(id) {
      end(id)
    },
    async isReachable() {
      return true
    },
    async count() {
      return rows.size
    },
    async close() {
      clearInterval(timer)
      rows.clear()
    },
  }
}
