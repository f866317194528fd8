// Where credentials are kept during a session: sealed with a key that only the visitor's cookie holds.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import * as z from 'zod/mini'
import type { Credentials } from '../registry/subject.ts'

/** The content of the cookie. It says nothing about the person. */
export interface SessionHandle {
  /** 128 random bits, base64url. */
  readonly id: string
  /** The row's AES-256 key, base64url. */
  readonly key: string
}

export interface StoredSession {
  readonly credentials: Credentials
  /** Whether the registry has accepted them. */
  readonly verified: boolean
}

/** A session that has not ended. */
export interface LiveSession extends StoredSession {
  /** Aborted with `gatewayError('session_ended')` once this process knows that it has ended. */
  readonly signal: AbortSignal
}

/** Each function throws GatewayError UNAVAILABLE/store_down if the store is remote and cannot be reached. */
export interface SessionStore {
  /**
   * Seals credentials under a new id and key. A full store ends its oldest unproven session; if there is none it
   * throws GatewayError UNAVAILABLE/overloaded: a proven login is never ended to make room for a new one.
   */
  create(session: StoredSession): Promise<SessionHandle>
  /** Opens a session and restarts its idle time. Undefined if it has ended, never existed, or the key is wrong. */
  read(handle: SessionHandle): Promise<LiveSession | undefined>
  /**
   * Records that the registry has accepted the credentials. Never throws: if the record is lost, the next proof
   * makes it again.
   *
   * @returns whether that is new: true once per session across all replicas.
   */
  markVerified(id: string): Promise<boolean>
  /** Ends a session at once, on every replica. Unknown ids are ignored. */
  destroy(id: string): Promise<void>
  /** Whether sessions can be read now. Never throws. */
  isReachable(): Promise<boolean>
  /** Number of sessions, for the metrics; absent if counting them is expensive. */
  count?(): Promise<number>
  close(): Promise<void>
}

/** For a session's signal: each of its requests adds a listener. */
export function createSessionAbort(): AbortController {
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  return ending
}

const IV_BYTES = 12
const TAG_BYTES = 16
const credentialsSchema = z.object({ username: z.string(), password: z.string() })

/** A new id and key. */
export function createHandle(): SessionHandle {
  return { id: randomBytes(16).toString('base64url'), key: randomBytes(32).toString('base64url') }
}

/** iv ‖ tag ‖ ciphertext. The id is authenticated too, so that one row cannot replace another. */
export function seal(credentials: Credentials, { id, key }: SessionHandle): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv).setAAD(Buffer.from(id))
  const text = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** Undefined if the key is not the row's, or the row was tampered with. Never throws. */
export function unseal(sealed: Buffer, { id, key }: SessionHandle): Credentials | undefined {
  try {
    const iv = sealed.subarray(0, IV_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv)
      .setAAD(Buffer.from(id))
      .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
    return credentialsSchema.parse(JSON.parse(text.toString('utf8')))
  } catch {
    return undefined
  }
}
