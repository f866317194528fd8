// The session store of a single process. A map with expiry rather than an LRU: eviction would log people out.

import { gatewayError } from '../errors.ts'
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

export interface MemoryStoreOptions {
  /** A session ends after this time without a request. */
  readonly idleSeconds: number
  /** A session ends after this time in any case. */
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

export class MemoryStore implements SessionStore {
  readonly #rows = new Map<string, Row>()
  readonly #idleMs: number
  readonly #maxMs: number
  readonly #maxSessions: number
  readonly #now: () => number
  readonly #sweepTimer: NodeJS.Timeout

  constructor({ idleSeconds, maxSeconds, maxSessions = 50_000, now = Date.now }: MemoryStoreOptions) {
    this.#idleMs = idleSeconds * 1000
    this.#maxMs = maxSeconds * 1000
    this.#maxSessions = maxSessions
    this.#now = now
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_MS).unref()
  }

  async create({ credentials, verified }: StoredSession): Promise<SessionHandle> {
    this.#makeRoom()
    const handle = createHandle()
    this.#rows.set(handle.id, {
      sealed: seal(credentials, handle),
      createdAt: this.#now(),
      seenAt: this.#now(),
      verified,
      ending: createSessionAbort(),
    })
    return handle
  }

  async read(handle: SessionHandle): Promise<LiveSession | undefined> {
    const row = this.#rows.get(handle.id)
    if (row === undefined) return undefined
    if (this.#isExpired(row)) {
      this.#end(handle.id)
      return undefined
    }
    const credentials = unseal(row.sealed, handle)
    if (credentials === undefined) return undefined
    row.seenAt = this.#now()
    return { credentials, verified: row.verified, signal: row.ending.signal }
  }

  async markVerified(id: string): Promise<boolean> {
    const row = this.#rows.get(id)
    if (row === undefined || row.verified) return false
    row.verified = true
    return true
  }

  async destroy(id: string): Promise<void> {
    this.#end(id)
  }

  async isReachable(): Promise<boolean> {
    return true
  }

  async count(): Promise<number> {
    return this.#rows.size
  }

  async close(): Promise<void> {
    clearInterval(this.#sweepTimer)
    this.#rows.clear()
  }

  #isExpired({ createdAt, seenAt }: Row): boolean {
    return this.#now() - seenAt >= this.#idleMs || this.#now() - createdAt >= this.#maxMs
  }

  #end(id: string): void {
    const row = this.#rows.get(id)
    this.#rows.delete(id)
    row?.ending.abort(gatewayError('session_ended'))
  }

  #sweep(): void {
    for (const [id, row] of this.#rows) if (this.#isExpired(row)) this.#end(id)
  }

  #makeRoom(): void {
    const isFull = () => this.#rows.size >= this.#maxSessions
    if (isFull()) this.#sweep()
    if (isFull()) this.#endOldestUnproven()
    if (isFull()) throw gatewayError('too_many_sessions', {}, { retryAfterSeconds: 60 })
  }

  /** A registry with an open ping lets anybody log in under invented names: those sessions must not fill the store. */
  #endOldestUnproven(): void {
    for (const [id, row] of this.#rows)
      if (!row.verified) {
        this.#end(id)
        return
      }
  }
}
