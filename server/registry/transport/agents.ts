// The connections that Gantry makes: trusted authorities, timeouts, forbidden addresses.

import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import * as tls from 'node:tls'
import { Agent, type Dispatcher, Pool } from 'undici'
import { classifyAddress } from '../../addresses.ts'
import { REGISTRY_CONNECTIONS, TOKEN_CONNECTIONS } from '../limits.ts'

/** A name resolves to an address that Gantry never connects to. */
class ForbiddenAddressError extends Error {
  readonly code = 'GANTRY_FORBIDDEN_ADDRESS'
}

/** PEM. */
export interface ClientCertificate {
  readonly cert: string
  readonly key: string
}

export interface AgentOptions {
  /** Of the registry: `https://registry.example`. */
  readonly origin: string
  /** False turns off TLS verification for the registry and its token server, never for redirect targets. */
  readonly verifyTls: boolean
  /** PEM certificates trusted besides the system's. */
  readonly ca: string | undefined
  /** Gantry's own certificate for a registry that asks for one, and for its token server. */
  readonly clientCertificate: ClientCertificate | undefined
  /** Until the headers, and between two chunks. */
  readonly timeoutSeconds: number
  /** Whether hosts that the registry names may be on loopback: only if the registry is there itself. */
  readonly loopbackAllowed: boolean
  /** Token servers that may be on loopback all the same: host names the operator has written down. */
  readonly listedHosts: readonly string[]
}

/** Separate pools, so that a page's small responses never queue behind downloads or a slow token server. */
export interface Agents {
  readonly registry: Dispatcher
  readonly blobs: Dispatcher
  readonly tokens: Dispatcher
  readonly redirects: Dispatcher
  close(): Promise<void>
}

const CONNECT_TIMEOUT_MS = 10_000

function trustedRoots(extra: string): string[] {
  // naming a CA replaces the default list, so the list is written out again; the call is new in Node 22.15
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] }
  return [...(getCACertificates?.('default') ?? tls.rootCertificates), extra]
}

/** Made once: reading a list of authorities takes some 50 ms, which each new connection would spend again. */
function secureContext(extra: string | undefined, client?: ClientCertificate): tls.SecureContext | undefined {
  if (extra === undefined && client === undefined) return undefined
  return tls.createSecureContext({ ...(extra !== undefined && { ca: trustedRoots(extra) }), ...client })
}

/**
 * Resolves a name and rejects it if any of its addresses is forbidden: a name that
 * resolves to both is an attempt at DNS rebinding. Node does not call this for IP literals, which
 * `classifyHost` sorts instead.
 */
function guardedLookup(loopbackAllowed: (hostname: string) => boolean): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    dnsLookup(hostname, { ...lookupOptions, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) return callback(error, [])
      const loopbackFine = loopbackAllowed(hostname)
      const refused = addresses.some(({ address }) => {
        const kind = classifyAddress(address)
        return kind === 'forbidden' || (kind === 'loopback' && !loopbackFine)
      })
      const [first] = addresses
      if (refused || first === undefined)
        return callback(new ForbiddenAddressError(`${hostname} resolves to an address that is refused`), [])
      return lookupOptions.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}

/** Opens nothing yet: undici connects at the first request. */
export function createAgents(options: AgentOptions): Agents {
  const timeout = options.timeoutSeconds * 1000
  const limits = {
    headersTimeout: timeout,
    bodyTimeout: timeout,
    connections: REGISTRY_CONNECTIONS,
    keepAliveTimeout: 30_000,
  }
  const connectTimeout = Math.min(CONNECT_TIMEOUT_MS, timeout)
  const forTokens = guardedLookup(
    (hostname) => options.loopbackAllowed || options.listedHosts.includes(hostname),
  )
  const forRedirects = guardedLookup(() => options.loopbackAllowed)
  const own = {
    timeout: connectTimeout,
    secureContext: secureContext(options.ca, options.clientCertificate),
    rejectUnauthorized: options.verifyTls,
  }
  // one origin each, which an Agent would look up for every request
  const registry = new Pool(options.origin, { ...limits, connect: own })
  const blobs = new Pool(options.origin, { ...limits, connect: own })
  const tokens = new Agent({
    ...limits,
    connections: TOKEN_CONNECTIONS,
    connect: { ...own, lookup: forTokens },
  })
  const redirects = new Agent({
    ...limits,
    // a storage that the registry redirects to must not learn Gantry's identity
    connect: {
      timeout: connectTimeout,
      secureContext: secureContext(options.ca),
      rejectUnauthorized: true,
      lookup: forRedirects,
    },
  })
  return {
    registry,
    blobs,
    tokens,
    redirects,
    async close() {
      await Promise.all([registry, blobs, tokens, redirects].map((agent) => agent.destroy()))
    },
  }
}
