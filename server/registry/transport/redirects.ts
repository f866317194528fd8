// One request to the registry, its redirects followed here: the browser never sees a signed URL.

import { classifyHost } from '../../addresses.ts'
import type { StopSignal } from '../../concurrency/limiter.ts'
import { type ErrorId, gatewayError } from '../../errors.ts'
import type { Agents } from './agents.ts'
import { discard } from './body.ts'
import { exchange, type HttpResponse } from './http.ts'

export interface RegistryResponse extends HttpResponse {
  /** True if another origin than the registry's responded: its 401 is not a challenge of the registry. */
  readonly redirected: boolean
  /** How many redirects were followed. */
  readonly hops: number
  /** Of the request: error messages may repeat it. */
  readonly authorization: string | undefined
}

export interface HopRequest {
  readonly method: string
  /** Sent to the registry's own origin only. */
  readonly authorization: string | undefined
  /** Already from an allow-list, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: StopSignal | undefined
  /** False: a redirect is returned as it is. */
  readonly follow: boolean
  /** True for a list of referrers: another origin's list need not be about this registry, so it is not followed. */
  readonly staysHome: boolean
}

const MAX_HOPS = 5
export const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

function refuse(id: Extract<ErrorId, `redirect_${string}`>, location: URL | undefined): never {
  // no query in the log: a signed URL is a credential
  const cause = new Error(location === undefined ? 'no usable Location' : `redirect to ${location.origin}`)
  throw gatewayError(id, {}, { cause })
}

/** The next hop's URL. The rules are those for realms, since the registry chooses it too. */
function nextHop({ headers: { location } }: HttpResponse, from: URL, registry: URL, staysHome: boolean): URL {
  if (typeof location !== 'string' || !URL.canParse(location, from.href))
    refuse('redirect_invalid', undefined)
  const url = new URL(location, from)
  if (url.origin === registry.origin) return url
  if (staysHome) refuse('redirect_of_referrers', url)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:'))
    refuse('redirect_unencrypted', url)
  const host = classifyHost(url.hostname)
  if (host === 'forbidden' || (host === 'loopback' && classifyHost(registry.hostname) !== 'loopback'))
    refuse('redirect_forbidden', url)
  return url
}

/**
 * Sends a request and follows what it is redirected to, up to five times.
 *
 * `Authorization` goes out while the origin is the registry's and never again once it has changed
 * (distribution-spec: "MUST NOT forward Authorization across hosts"). Only GET and HEAD are followed.
 *
 * @param origin  the registry's: `https://registry.example`.
 * @param path  and query, there.
 * @throws GatewayError UNAVAILABLE/bad_answer for a redirect that is refused; network errors as they are.
 */
export async function sendFollowing(
  agents: Pick<Agents, 'registry' | 'blobs' | 'redirects'>,
  pool: 'registry' | 'blobs',
  origin: string,
  path: string,
  { method, authorization, headers, signal, follow, staysHome }: HopRequest,
): Promise<RegistryResponse> {
  const authorized = authorization === undefined ? headers : { ...headers, authorization }
  const first = await exchange(
    agents[pool],
    // undici closes the connection after each HEAD otherwise, for servers that send a body with it; a page of
    // tags is a thousand HEADs, each a new TLS handshake then
    {
      origin,
      path,
      method: method as 'GET',
      headers: authorized,
      ...(method === 'HEAD' && { reset: false }),
    },
    signal,
  )
  const isFollowed = ({ statusCode }: HttpResponse) =>
    follow && REDIRECTS.has(statusCode) && (method === 'GET' || method === 'HEAD')
  if (!isFollowed(first)) return { ...first, redirected: false, hops: 0, authorization }

  const registry = new URL(origin)
  let current = new URL(path, registry)
  let sameOrigin = true
  let response = first
  let hops = 0
  for (; isFollowed(response); hops++) {
    await discard(response.body)
    if (hops === MAX_HOPS) refuse('redirect_circle', current)
    current = nextHop(response, current, registry, staysHome)
    // even when a foreign host sends us back: from there on the registry is a host like any other
    sameOrigin &&= current.origin === registry.origin
    response = await exchange(
      sameOrigin ? agents[pool] : agents.redirects,
      {
        origin: current.origin,
        path: current.pathname + current.search,
        method: method as 'GET',
        headers: sameOrigin ? authorized : headers,
        ...(sameOrigin && method === 'HEAD' && { reset: false }),
      },
      signal,
    )
  }
  return { ...response, redirected: !sameOrigin, hops, authorization }
}
