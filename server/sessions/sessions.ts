// Finds the subject that a request acts for; logs in and out.

import type { FastifyRequest } from 'fastify'
import { gatewayError } from '../errors.ts'
import { ANONYMOUS, type Credentials, type Subject } from '../registry/subject.ts'
import type { SessionCookie } from './cookie.ts'
import type { SessionStore, StoredSession } from './session-store.ts'

export interface SessionsOptions {
  readonly cookie: SessionCookie
  readonly store: SessionStore
  /** The service account: acts for visitors without a cookie, never for those whose session has ended. */
  readonly account: Credentials | undefined
}

const KEY_PREFIX = 'session:'

/** The id of a subject whose kind is `session`. */
export function sessionIdOf(subject: Subject): string {
  return subject.key.slice(KEY_PREFIX.length)
}

export class Sessions {
  readonly #cookie: SessionCookie
  readonly #store: SessionStore
  readonly #guest: Subject

  constructor({ cookie, store, account }: SessionsOptions) {
    this.#cookie = cookie
    this.#store = store
    this.#guest =
      account === undefined ? ANONYMOUS : { kind: 'service', key: 'service', credentials: account }
  }

  /** The subject of a request. Throws GatewayError UNAUTHORIZED/session_ended. */
  async subjectOf(request: FastifyRequest): Promise<Subject> {
    const handle = this.#cookie.read(request)
    if (handle === undefined) return this.#guest
    const session = await this.#store.read(handle)
    // not the guest: this visitor still expects to be logged in
    if (session === undefined) throw gatewayError('session_ended')
    return { kind: 'session', key: `${KEY_PREFIX}${handle.id}`, ...session }
  }

  /** The session of a request; undefined, never an error, if it has ended. */
  async current(request: FastifyRequest): Promise<StoredSession | undefined> {
    const handle = this.#cookie.read(request)
    const session = handle === undefined ? undefined : await this.#store.read(handle)
    if (session !== undefined) this.#cookie.renew(request)
    return session
  }

  /** Begins a session and ends those in the request's cookies: each login gets a new id. */
  async begin(request: FastifyRequest, session: StoredSession): Promise<void> {
    const handle = await this.#store.create(session)
    await this.#destroyAll(request)
    this.#cookie.write(request, handle)
  }

  /** Ends every session in the request's cookies, on every replica at once. */
  async end(request: FastifyRequest): Promise<void> {
    await this.#destroyAll(request)
    this.#cookie.clear(request)
  }

  async #destroyAll(request: FastifyRequest): Promise<void> {
    await Promise.all(this.#cookie.all(request).map(({ id }) => this.#store.destroy(id)))
  }
}
