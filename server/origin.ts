// Under which scheme and host the browser reaches us.

import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** The host as in a URL, without the default port; undefined if it is invalid. */
function hostOf(scheme: string, host: string): string | undefined {
  const text = `${scheme}://${host}`
  return URL.canParse(text) ? new URL(text).host : undefined
}

/** `Origin`, unless it is absent, opaque ("null") or unreadable. */
export function requestOrigin(request: FastifyRequest): URL | undefined {
  const origin = request.headers.origin
  return origin !== undefined && URL.canParse(origin) ? new URL(origin) : undefined
}

/** Whether the Host names this machine's loopback. Forwarded hosts count only from a trusted proxy. */
export function isLoopbackHost(request: FastifyRequest): boolean {
  const name = request.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  // the field may hold anything: `evil.example#.localhost` is not a host
  return name === '::1' || /^(?:[a-z\d_-]+\.)*localhost$|^127(?:\.\d{1,3}){3}$/.test(name)
}

/** Loopback or an IP literal: no foreign DNS server can resolve these. */
export function isUnspoofableHost(request: FastifyRequest): boolean {
  return isLoopbackHost(request) || isIP(request.hostname.replace(/^\[|\]$/g, '')) !== 0
}

/** Whether `Host` (or the trusted proxy's forwarded one) is the host of this URL. */
export function isHostOf(request: FastifyRequest, url: URL): boolean {
  return hostOf(url.protocol.slice(0, -1), request.host) === url.host
}
