// The identity that a request to the registry acts for.

import { networkOf } from '../addresses.ts'

/** A registry account's name and password, in memory only. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * The one identity a request acts for. Never a user name: two logins of one name are two subjects,
 * so that nothing obtained with one password is ever reachable with another.
 */
export type Subject =
  | {
      readonly kind: 'session'
      /** `session:<random id>`: the key of everything cached for this login. */
      readonly key: string
      readonly credentials: Credentials
      /** False: the registry's ping is open, and nothing has proven this name and password yet. */
      readonly verified: boolean
      /** Aborted with `gatewayError('session_ended')` when the session ends, for whatever reason. May have many listeners. */
      readonly signal: AbortSignal
    }
  | {
      readonly kind: 'service'
      readonly key: 'service'
      readonly credentials: Credentials
      readonly signal?: undefined
    }
  | { readonly kind: 'anonymous'; readonly key: 'anonymous'; readonly signal?: undefined }

export const ANONYMOUS: Subject = { kind: 'anonymous', key: 'anonymous' }

/**
 * Calls back when the subject's session ends. Guests have no session.
 *
 * @returns stops listening: a session outlives its requests.
 * @throws the reason, if it has ended already.
 */
export function onSessionEnd({ signal }: Subject, act: (reason: Error) => void): () => void {
  if (signal === undefined) return () => {}
  signal.throwIfAborted()
  const listener = () => act(signal.reason)
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/** Whether Gantry's own rules treat a subject as a guest: a session that is not verified may have any name. */
export function isGuest(subject: Subject): boolean {
  return subject.kind !== 'session' || !subject.verified
}

/**
 * The visitor in the fair queue: the session, or the network of a guest, since guests share a subject and anybody could
 * open sessions that are not verified.
 *
 * @param address  the client's.
 */
export function visitorOf(subject: Subject, address: string): string {
  return isGuest(subject) ? `guest ${networkOf(address)}` : subject.key
}
