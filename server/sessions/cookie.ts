// The session cookie: it holds a random id and a key, nothing of the person.

import { createHash, hkdfSync } from 'node:crypto'
import secureSession from '@fastify/secure-session'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { isLoopbackHost, requestOrigin } from '../origin.ts'
import type { SessionHandle } from './session-store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    secureHandle: secureSession.Session<SessionHandle>
    plainHandle: secureSession.Session<SessionHandle>
  }
}

export interface CookieOptions {
  /** `SESSION_SECRET`, newest first, or the random one in its place: at least one. */
  readonly secrets: readonly string[]
  readonly maxSeconds: number
  /** Part of the cookies' names, so that two Gantrys on one host do not end each other's sessions. */
  readonly basePath: string
  readonly publicUrl: URL | undefined
  /** Whether `request.protocol` can be believed: a proxy is trusted, or there is none. */
  readonly trustsProxy: boolean
}

/** Distinguishes Gantrys that share a host or a store. */
export function hashOfBasePath(basePath: string): string {
  return createHash('sha256').update(basePath).digest('hex').slice(0, 8)
}

/** One key a cookie name: the same key under another name would open one cookie as the other. */
function keysOf(secrets: readonly string[], cookieName: string): Buffer[] {
  return secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, 'gantry session', cookieName, 32)))
}

type Box = secureSession.Session<SessionHandle>

function handleIn(box: Box): SessionHandle | undefined {
  const [id, key] = [box.get('id'), box.get('key')]
  return typeof id === 'string' && typeof key === 'string' ? { id, key } : undefined
}

/**
 * Two cookies by two names: browsers drop `Secure` cookies on plain http, so intranets without TLS get a cookie of their
 * own, which is read only where the secure one cannot be.
 */
export class SessionCookie {
  readonly #options: CookieOptions
  readonly #secureName: string
  readonly #plainName: string
  /** Requests with a cookie that an older secret has opened. */
  readonly #outdated = new WeakSet<object>()
  #hasWarned = false

  constructor(options: CookieOptions) {
    this.#options = options
    const hash = hashOfBasePath(options.basePath)
    this.#secureName = `__Host-gantry-${hash}`
    this.#plainName = `gantry-${hash}`
  }

  /** Registers secure-session at the root: once, for both names. */
  async register(app: FastifyInstance): Promise<void> {
    const { secrets, maxSeconds } = this.#options
    const attributes = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: maxSeconds } as const
    const session = (sessionName: string, cookieName: string, secure: boolean) => ({
      sessionName,
      cookieName,
      key: keysOf(secrets, cookieName),
      // the store decides when a session is over, and a cookie that still opens gets that reason
      expiry: maxSeconds * 2,
      cookie: { ...attributes, secure },
    })
    await app.register(secureSession, [
      session('secureHandle', this.#secureName, true),
      session('plainHandle', this.#plainName, false),
    ] as never)
    // secure-session would seal such a cookie again with every response, and a late one would undo a newer login
    app.addHook('onRequest', (request, _reply, done) => {
      if (request.headers.cookie === undefined) return done()
      for (const box of [request.secureHandle, request.plainHandle]) {
        if (box.changed) this.#outdated.add(request)
        box.changed = false
      }
      done()
    })
  }

  /** The handle that the browser sends, if it opens. */
  read(request: FastifyRequest): SessionHandle | undefined {
    if (request.headers.cookie === undefined) return undefined
    const secure = handleIn(request.secureHandle)
    return secure ?? (this.#mayReadPlain(request) ? handleIn(request.plainHandle) : undefined)
  }

  /** Every handle in the request, read or not: those that a login or logout must end. */
  all(request: FastifyRequest): readonly SessionHandle[] {
    const boxes = [request.secureHandle, request.plainHandle]
    return boxes.map(handleIn).filter((handle) => handle !== undefined)
  }

  /** Puts a new handle into the cookie that fits the scheme, and removes the other one. */
  write(request: FastifyRequest, handle: SessionHandle): void {
    const https = this.isHttps(request)
    if (!https && !this.#hasWarned) {
      this.#hasWarned = true
      request.log.warn('A login came over plain http: passwords cross the network unencrypted.')
    }
    const box = https ? request.secureHandle : request.plainHandle
    box.set('id', handle.id)
    box.set('key', handle.key)
    if (https) this.#remove(request, this.#plainName, request.plainHandle)
    else this.#remove(request, this.#secureName, request.secureHandle)
  }

  /** Seals a cookie again that an older secret has opened. */
  renew(request: FastifyRequest): void {
    if (!this.#outdated.has(request)) return
    for (const box of [request.secureHandle, request.plainHandle])
      if (handleIn(box) !== undefined) box.changed = true
  }

  /** Removes the cookies that the browser has. */
  clear(request: FastifyRequest): void {
    this.#remove(request, this.#secureName, request.secureHandle)
    this.#remove(request, this.#plainName, request.plainHandle)
  }

  /** Whether the browser uses https, as far as can be known. */
  isHttps(request: FastifyRequest): boolean {
    const known = requestOrigin(request)?.protocol ?? this.#options.publicUrl?.protocol
    return (known ?? `${request.protocol}:`) === 'https:'
  }

  /** A sibling host could have planted the plain cookie; over https it is never needed. */
  #mayReadPlain(request: FastifyRequest): boolean {
    const { publicUrl, trustsProxy } = this.#options
    if (request.cookies[this.#secureName] !== undefined || publicUrl?.protocol === 'https:') return false
    if (trustsProxy && request.protocol === 'https') return false
    return request.headers['sec-fetch-site'] === undefined || isLoopbackHost(request)
  }

  /** By secure-session itself: it would otherwise seal a cookie again that an older secret has opened. */
  #remove(request: FastifyRequest, name: string, box: Box): void {
    if (request.cookies[name] !== undefined) box.delete()
  }
}
