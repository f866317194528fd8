// Finds the subject that a request acts for.

import type { FastifyRequest } from 'fastify'
import { gatewayError } from '../errors.ts'
import { ANONYMOUS, type Credentials, type Subject } from '../registry/subject.ts'
import type { SessionCookie } from './cookie.ts'
import type { SessionStore, StoredSession } from './session-store.ts'

export interface SessionsOptions {
  readonly cookie: SessionCookie
  readonly store: SessionStore
  /** The service account: acts for those without a cookie, never for those whose session has ended. */
  readonly account: Credentials | undefined
}

export interface Sessions {
  /** The subject of a request. Throws GatewayError UNAUTHORIZED/session_ended. */
  subjectOf(request: FastifyRequest): Promise<Subject>
  /** Who is logged in, or undefined: never throws for a session that has ended. */
  current(request: FastifyRequest): Promise<StoredSession | undefined>
  /** Begins a session and ends those the browser came with: an id never outlives a login. */
  begin(request: FastifyRequest, session: StoredSession): Promise<void>
  /** Ends every session the browser came with, everywhere and at once. */
  end(request: FastifyRequest): Promise<void>
}

/** The key of all that is cached for a session. */
function subjectKey(sessionId: string): string {
  return `session:${sessionId}`
}

/** The id within such a key. */
export function sessionIdOf(subject: Subject): string {
  return subject.key.slice('session:'.length)
}

export function createSessions({ cookie, store, account }: SessionsOptions): Sessions {
  const guest: Subject =
    account === undefined ? ANONYMOUS : { kind: 'service', key: 'service', credentials: account }

  async function subjectOf(request: FastifyRequest): Promise<Subject> {
    const handle = cookie.read(request)
    if (handle === undefined) return guest
    const session = await store.read(handle)
    // neither guest nor service account: the person still believes to be somebody
    if (session === undefined) throw gatewayError('session_ended')
    return { kind: 'session', key: subjectKey(handle.id), ...session }
  }

  async function destroyAll(request: FastifyRequest): Promise<void> {
    await Promise.all(cookie.all(request).map(({ id }) => store.destroy(id)))
  }

  return {
    subjectOf,
    async current(request) {
      const handle = cookie.read(request)
      const session = handle === undefined ? undefined : await store.read(handle)
      if (session !== undefined) cookie.renew(request)
      return session
    },
    async begin(request, session) {
      const handle = await store.create(session)
      await destroyAll(request)
      cookie.write(request, handle)
    },
    async end(request) {
      await destroyAll(request)
      cookie.clear(request)
    },
  }
}
