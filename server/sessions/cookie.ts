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
  /** Part of the cookies' names, so that two Gantrys on one host do not log each other's people out. */
  readonly basePath: string
  readonly publicUrl: URL | undefined
  /** Whether `request.protocol` can be believed: a proxy is trusted, or there is none. */
  readonly trustsProxy: boolean
}

export interface SessionCookie {
  /** The handle the browser brings, if it opens. */
  read(request: FastifyRequest): SessionHandle | undefined
  /** Every handle in the request, read or not: those that a login or logout must end. */
  all(request: FastifyRequest): readonly SessionHandle[]
  /** Puts a new handle into the cookie that fits the scheme, and removes the other one. */
  write(request: FastifyRequest, handle: SessionHandle): void
  /** Seals a cookie anew that an older secret has opened. */
  renew(request: FastifyRequest): void
  /** Removes what the browser has. */
  clear(request: FastifyRequest): void
  /** Whether the browser talks https, as far as can be known. */
  isHttps(request: FastifyRequest): boolean
}

/** Tells Gantrys apart that share a host or a store. */
export function hashOfBasePath(basePath: string): string {
  return createHash('sha256').update(basePath).digest('hex').slice(0, 8)
}

/** One key a cookie name: the same key under another name would open one cookie as the other. */
function keysOf(secrets: readonly string[], cookieName: string): Buffer[] {
  return secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, 'gantry session', cookieName, 32)))
}

/**
 * Registers secure-session at the root: once, with two names. Browsers drop `Secure` cookies on plain http, so
 * intranets without TLS get a cookie of their own, which is read only where nothing better could be there.
 */
export async function registerSessionCookie(
  app: FastifyInstance,
  options: CookieOptions,
): Promise<SessionCookie> {
  const hash = hashOfBasePath(options.basePath)
  const secureName = `__Host-gantry-${hash}`
  const plainName = `gantry-${hash}`
  const attributes = { path: '/', httpOnly: true, sameSite: 'strict', maxAge: options.maxSeconds } as const
  const session = (sessionName: string, cookieName: string, secure: boolean) => ({
    sessionName,
    cookieName,
    key: keysOf(options.secrets, cookieName),
    // the store decides when a session is over; a cookie that still opens then gets told so
    expiry: options.maxSeconds * 2,
    cookie: { ...attributes, secure },
  })
  await app.register(secureSession, [
    session('secureHandle', secureName, true),
    session('plainHandle', plainName, false),
  ] as never)
  /** Cookies that an older secret has opened. */
  const outdated = new WeakSet<object>()
  // secure-session would seal such a cookie anew on every answer, and a late one would undo a newer login
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.headers.cookie === undefined) return done()
    for (const box of [request.secureHandle, request.plainHandle]) {
      if (box.changed) outdated.add(request)
      box.changed = false
    }
    done()
  })
  let warned = false

  function opened(box: secureSession.Session<SessionHandle>): SessionHandle | undefined {
    const [id, key] = [box.get('id'), box.get('key')]
    return typeof id === 'string' && typeof key === 'string' ? { id, key } : undefined
  }

  /** A sibling host could have planted the plain cookie; over https there is never a reason to believe it. */
  function mayReadPlain(request: FastifyRequest): boolean {
    if (request.cookies[secureName] !== undefined || options.publicUrl?.protocol === 'https:') return false
    if (options.trustsProxy && request.protocol === 'https') return false
    return request.headers['sec-fetch-site'] === undefined || isLoopbackHost(request)
  }

  function isHttps(request: FastifyRequest): boolean {
    const scheme = requestOrigin(request)?.protocol ?? options.publicUrl?.protocol ?? `${request.protocol}:`
    return scheme === 'https:'
  }

  /** By secure-session itself: it would otherwise seal a cookie anew that an older key has opened. */
  function remove(request: FastifyRequest, name: string, box: secureSession.Session<SessionHandle>): void {
    if (request.cookies[name] !== undefined) box.delete()
  }

  return {
    isHttps,
    read(request) {
      if (request.headers.cookie === undefined) return undefined
      return opened(request.secureHandle) ?? (mayReadPlain(request) ? opened(request.plainHandle) : undefined)
    },
    all: (request) =>
      [opened(request.secureHandle), opened(request.plainHandle)].filter((handle) => handle !== undefined),
    write(request, handle) {
      const https = isHttps(request)
      if (!https && !warned) {
        warned = true
        request.log.warn('A login came over plain http: passwords cross the network unencrypted.')
      }
      const box = https ? request.secureHandle : request.plainHandle
      box.set('id', handle.id)
      box.set('key', handle.key)
      if (https) remove(request, plainName, request.plainHandle)
      else remove(request, secureName, request.secureHandle)
    },
    renew(request) {
      if (!outdated.has(request)) return
      for (const box of [request.secureHandle, request.plainHandle])
        if (opened(box) !== undefined) box.changed = true
    },
    clear(request) {
      remove(request, secureName, request.secureHandle)
      remove(request, plainName, request.plainHandle)
    },
  }
}
