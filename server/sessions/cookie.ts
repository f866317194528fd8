// The session cookie: it holds a random id and a key, and nothing about the person.

import { createHash, hkdfSync } from 'node:crypto'
import secureSession from '@fastify/secure-session'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isLoopbackHost, requestOrigin } from '../origin.ts'
import type { SessionHandle } from './session-store.ts'

type Box = secureSession.Session<SessionHandle>

declare module 'fastify' {
  interface FastifyRequest {
    secureHandle: Box
    plainHandle: Box
  }
}

export interface CookieOptions {
  /** `SESSION_SECRET`, newest first, or a random one instead: at least one. */
  readonly secrets: readonly string[]
  readonly maxSeconds: number
  /** Part of the cookies' names, so that two Gantrys on one host do not overwrite each other's sessions. */
  readonly basePath: string
  readonly publicUrl: URL | undefined
  /** Whether `request.protocol` is reliable: a proxy is trusted, or there is none. */
  readonly trustsProxy: boolean
}

/** Distinguishes Gantrys that share a host or a store. */
export function hashOfBasePath(basePath: string): string {
  return createHash('sha256').update(basePath).digest('hex').slice(0, 8)
}

/** One key per cookie name: with a common key, one cookie could be opened as the other. */
function keysOf(secrets: readonly string[], cookieName: string): Buffer[] {
  return secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, 'gantry session', cookieName, 32)))
}

function handleIn(box: Box): SessionHandle | undefined {
  const [id, key] = [box.get('id'), box.get('key')]
  return typeof id === 'string' && typeof key === 'string' ? { id, key } : undefined
}

/**
 * Two cookies. Browsers drop `Secure` ones on plain http, so intranets without TLS get a plain one, which is read only
 * where a secure one is impossible.
 */
export class SessionCookie {
  readonly #options: CookieOptions
  readonly #secureName: string
  readonly #plainName: string
  /** Requests with a cookie that an older secret has opened. */
  readonly #outdated = new WeakSet<FastifyRequest>()
  #hasWarned = false

  constructor(options: CookieOptions) {
    const hash = hashOfBasePath(options.basePath)
    this.#options = options
    this.#secureName = `__Host-gantry-${hash}`
    this.#plainName = `gantry-${hash}`
  }

  /** Registers secure-session at the root: once, with both names. */
  async register(app: FastifyInstance): Promise<void> {
    await app.register(secureSession, [
      this.#settings('secureHandle', this.#secureName, true),
      this.#settings('plainHandle', this.#plainName, false),
    ] as never)
    // secure-session would seal such a cookie again on every response, and a late one would undo a newer login
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.headers.cookie === undefined) return done()
      for (const box of [request.secureHandle, request.plainHandle]) {
        if (box.changed) this.#outdated.add(request)
        box.changed = false
      }
      done()
    })
  }

  /** The handle in the request, if it can be opened. */
  read(request: FastifyRequest): SessionHandle | undefined {
    if (request.headers.cookie === undefined) return undefined
    const secure = handleIn(request.secureHandle)
    if (secure !== undefined) return secure
    return this.#mayReadPlain(request) ? handleIn(request.plainHandle) : undefined
  }

  /** Every handle in the request, trusted or not: a login or logout ends all of them. */
  all(request: FastifyRequest): readonly SessionHandle[] {
    return [handleIn(request.secureHandle), handleIn(request.plainHandle)].filter(
      (handle) => handle !== undefined,
    )
  }

  /** Puts a new handle into the cookie for the request's scheme, and removes the other one. */
  write(request: FastifyRequest, handle: SessionHandle): void {
    const https = this.isHttps(request)
    if (!https && !this.#hasWarned) {
      this.#hasWarned = true
      request.log.warn('A login arrived over plain http: passwords cross the network unencrypted.')
    }
    const box = https ? request.secureHandle : request.plainHandle
    box.set('id', handle.id)
    box.set('key', handle.key)
    if (https) this.#remove(request, this.#plainName, request.plainHandle)
    else this.#remove(request, this.#secureName, request.secureHandle)
  }

  /** Seals a cookie with the newest secret if an older one has opened it. */
  renew(request: FastifyRequest): void {
    if (!this.#outdated.has(request)) return
    for (const box of [request.secureHandle, request.plainHandle])
      if (handleIn(box) !== undefined) box.changed = true
  }

  /** Removes the browser's cookies. */
  clear(request: FastifyRequest): void {
    this.#remove(request, this.#secureName, request.secureHandle)
    this.#remove(request, this.#plainName, request.plainHandle)
  }

  /** Whether the browser uses https, as far as the server can know. */
  isHttps(request: FastifyRequest): boolean {
    const { publicUrl } = this.#options
    const scheme = requestOrigin(request)?.protocol ?? publicUrl?.protocol ?? `${request.protocol}:`
    return scheme === 'https:'
  }

  #settings(sessionName: string, cookieName: string, secure: boolean) {
    const { secrets, maxSeconds } = this.#options
    return {
      sessionName,
      cookieName,
      key: keysOf(secrets, cookieName),
      // the store decides when a session has ended; a cookie that outlives it gets the error for that
      expiry: maxSeconds * 2,
      cookie: { path: '/', httpOnly: true, sameSite: 'strict', maxAge: maxSeconds, secure } as const,
    }
  }

  /** A sibling host could have planted the plain cookie, and over https nobody needs it. */
  #mayReadPlain(request: FastifyRequest): boolean {
    const { publicUrl, trustsProxy } = this.#options
    if (request.cookies[this.#secureName] !== undefined || publicUrl?.protocol === 'https:') return false
    if (trustsProxy && request.protocol === 'https') return false
    return request.headers['sec-fetch-site'] === undefined || isLoopbackHost(request)
  }

  /** Through secure-session, which would otherwise seal a cookie again that an older key has opened. */
  #remove(request: FastifyRequest, name: string, box: Box): void {
    if (request.cookies[name] !== undefined) box.delete()
  }
}
