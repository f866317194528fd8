// For whom a request to the registry acts.

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
      /** False: the registry greets everybody, and has not told this name and password from nobody's yet. */
      readonly verified: boolean
      /** Aborted with `sessionEnded()` when the session ends, however that comes about. Many may listen to it. */
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
 * Calls back when the subject's session ends. Guests have none that could.
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

/** Whether Gantry's own rules take somebody for a guest: a session that is not verified may have any name. */
export function isGuest(subject: Subject): boolean {
  return subject.kind !== 'session' || !subject.verified
}

/**
 * Whose turn it is in the fair queue: the session, or the network of a guest, since guests share a subject and anybody
 * could make sessions that are not verified.
 *
 * @param address  where the request comes from.
 */
export function visitorOf(subject: Subject, address: string): string {
  return isGuest(subject) ? `guest ${networkOf(address)}` : subject.key
}
