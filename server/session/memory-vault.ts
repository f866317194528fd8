// The vault of a single process. A plain map with expiry and not an LRU: eviction would log people out.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import * as z from 'zod'
import { GatewayError } from '../errors.ts'
import type { Credentials } from '../registry/subject.ts'
import type { SessionVault } from './vault.ts'

export interface MemoryVaultOptions {
  /** Without a request for so long, a session ends. */
  readonly idleSeconds: number
  /** After so long it ends in any case. */
  readonly maxSeconds: number
  /** Told of each session that ends, for whatever reason. */
  readonly onEnd: (id: string) => void
  /** Milliseconds; monotonic enough for lifetimes. */
  readonly now?: () => number
  readonly maxSessions?: number
}

interface Row {
  readonly sealed: Buffer
  readonly createdAt: number
  seenAt: number
  verified: boolean
}

const SWEEP_MS = 60_000
const IV_BYTES = 12
const TAG_BYTES = 16
const credentialsShape = z.object({ username: z.string(), password: z.string() })

/** iv ‖ tag ‖ ciphertext; the id is authenticated too, so that no row can stand in for another. */
function seal(credentials: Credentials, id: string, key: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(id))
  const text = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** Undefined if the key is not the row's, or the row was tampered with. */
function open(sealed: Buffer, id: string, key: Buffer): Credentials | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES))
      .setAAD(Buffer.from(id))
      .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
    return credentialsShape.parse(JSON.parse(text.toString('utf8')))
  } catch {
    return undefined
  }
}

export function createMemoryVault(options: MemoryVaultOptions): SessionVault {
  const { now = Date.now, maxSessions = 50_000 } = options
  const rows = new Map<string, Row>()

  const isOver = ({ createdAt, seenAt }: Row) =>
    now() - seenAt >= options.idleSeconds * 1000 || now() - createdAt >= options.maxSeconds * 1000

  function end(id: string): void {
    if (rows.delete(id)) options.onEnd(id)
  }
  function sweep(): void {
    for (const [id, row] of rows) if (isOver(row)) end(id)
  }
  /** Where a registry greets everybody, anybody can make logins of invented names: they fill no place for good. */
  function dropOldestUnproven(): void {
    const unproven = [...rows].find(([, row]) => !row.verified)
    if (unproven !== undefined) end(unproven[0])
  }
  const timer = setInterval(sweep, SWEEP_MS).unref()

  return {
    async create({ credentials, verified }) {
      if (rows.size >= maxSessions) sweep()
      if (rows.size >= maxSessions) dropOldestUnproven()
      if (rows.size >= maxSessions)
        throw new GatewayError('UNAVAILABLE', 'Too many people are logged in just now. Try again later.', {
          reason: 'overloaded',
          retryAfterSeconds: 60,
        })
      const id = randomBytes(16).toString('base64url')
      const key = randomBytes(32)
      rows.set(id, { sealed: seal(credentials, id, key), createdAt: now(), seenAt: now(), verified })
      return { id, key: key.toString('base64url') }
    },
    async read({ id, key }) {
      const row = rows.get(id)
      if (row === undefined) return undefined
      if (isOver(row)) {
        end(id)
        return undefined
      }
      const credentials = open(row.sealed, id, Buffer.from(key, 'base64url'))
      if (credentials === undefined) return undefined
      row.seenAt = now()
      return { credentials, verified: row.verified }
    },
    async markVerified(id) {
      const row = rows.get(id)
      if (row !== undefined) row.verified = true
    },
    async destroy(id) {
      end(id)
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
