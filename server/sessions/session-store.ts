// Sessions: the credentials of people who are logged in, each sealed with a key that only that person's cookie holds.

import { setMaxListeners } from 'node:events'
import type { Credentials } from '../registry/subject.ts'

/** The cookie's content: nothing about the person. */
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

/** With any number of listeners: each request of a session is one. */
export function createEnding(): AbortController {
  const ending = new AbortController()
  setMaxListeners(0, ending.signal)
  return ending
}

/** Each method of a remote store throws GatewayError UNAVAILABLE/store_down when it cannot be reached. */
export interface SessionStore {
  /**
   * Seals credentials under a new id and key. A full store ends its oldest session that is not verified; without one it
   * throws GatewayError UNAVAILABLE/overloaded: a verified session never gives way to a new one.
   */
  create(session: StoredSession): Promise<SessionHandle>
  /** Opens a session, and prolongs it. Undefined if it has ended, never existed, or the key does not fit. */
  read(handle: SessionHandle): Promise<LiveSession | undefined>
  /**
   * Notes that the registry has accepted the credentials. Never throws: a note that is lost is made again.
   *
   * @returns whether that is new: true once for a session, on all replicas together.
   */
  markVerified(id: string): Promise<boolean>
  /** Ends a session at once, on every replica. Unknown ids are fine. */
  destroy(id: string): Promise<void>
  /** Whether sessions can be read at the moment. Never throws. */
  isReachable(): Promise<boolean>
  /** The number of sessions, for the metrics; absent where counting them is expensive. */
  count?(): Promise<number>
  close(): Promise<void>
}
