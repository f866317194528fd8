// Where credentials lie while somebody is logged in: sealed with a key that only that person's cookie holds.

import { setMaxListeners } from 'node:events'
import type { Credentials } from '../registry/subject.ts'

/** What the cookie holds: nothing of the person. */
export interface SessionHandle {
  /** 128 random bits, base64url. */
  readonly id: string
  /** The row's AES-256 key, base64url. */
  readonly key: string
}

export interface StoredSession {
  readonly credentials: Credentials
  /** Whether the registry has proven them. */
  readonly verified: boolean
}

/** A session that is alive. */
export interface LiveSession extends StoredSession {
  /** Aborted with `gatewayError('session_ended')` once this process knows that it has ended. */
  readonly signal: AbortSignal
}

/** Made to be listened to by each request of a session. */
export function createEnding(): AbortController {
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  return ending
}

/** Each function throws GatewayError UNAVAILABLE/store_down where the rows lie elsewhere and cannot be reached. */
export interface SessionStore {
  /**
   * Seals credentials under a new id and key. A full store ends its oldest unproven session; without one it
   * throws GatewayError UNAVAILABLE/overloaded: nobody whose login was proven is logged out for a newcomer.
   */
  create(session: StoredSession): Promise<SessionHandle>
  /** Opens a session and counts as a sign of life. Undefined if it has ended, never was, or the key is not its own. */
  read(handle: SessionHandle): Promise<LiveSession | undefined>
  /**
   * Notes that the registry has accepted the credentials. Never throws: a lost note is made again.
   *
   * @returns whether that is new: true once for a session, on all replicas together.
   */
  markVerified(id: string): Promise<boolean>
  /** Ends a session at once, on every replica. Unknown ids are fine. */
  destroy(id: string): Promise<void>
  /** Whether sessions can be read just now. Never throws. */
  isReachable(): Promise<boolean>
  /** Sessions there are, for the metrics; absent where the store cannot say cheaply. */
  count?(): Promise<number>
  close(): Promise<void>
}
