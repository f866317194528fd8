// For whom a request to the registry acts.

import { networkOf } from './addresses.ts'

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
      /** False: the registry could not yet prove the password, so it goes out only in answer to a challenge. */
      readonly verified: boolean
    }
  | { readonly kind: 'service'; readonly key: 'service'; readonly credentials: Credentials }
  | { readonly kind: 'anonymous'; readonly key: 'anonymous' }

export const ANONYMOUS: Subject = { kind: 'anonymous', key: 'anonymous' }

/**
 * Who waits in turn: the session, or the network of somebody without one, since all of them share a subject.
 *
 * @param address  where the request comes from.
 */
export function visitorOf(subject: Subject, address: string): string {
  return subject.kind === 'session' ? subject.key : `${subject.kind} ${networkOf(address)}`
}
