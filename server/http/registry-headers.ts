// What passes between browser and registry: lists of what may, never of what may not.

import type { IncomingHttpHeaders } from 'node:http'
import { nextLink } from '../../shared/oci/link-header.ts'
import { GatewayError } from '../errors.ts'
import type { ResponseHeaders } from '../registry/exchange.ts'
import { parseRetryAfter } from '../registry/retry-after.ts'
import { isPassedOn, parseTarget, type RegistryTarget } from '../registry/target.ts'

/** `If-Range` is missing on purpose: with it a stale answer would be 200 for a digest that cannot go stale. */
const TO_REGISTRY = ['accept', 'range', 'if-none-match'] as const

const TO_BROWSER = [
  'content-type',
  'content-length',
  'content-range',
  'content-encoding',
  'accept-ranges',
  'etag',
  'docker-content-digest',
  'docker-distribution-api-version',
  'oci-filters-applied',
  'warning',
] as const

/**
 * Everything under /v2 is somebody's upload: never a page of our origin, even when opened by its address.
 * Our own errors under /v2 carry it too.
 */
export const SANDBOX_HEADERS = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** The browser's header fields that may reach the registry. */
export function toRegistryHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const name of TO_REGISTRY) {
    const value = headers[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

/**
 * Who may keep an answer, and how long. A digest's bytes never change, but only for the person who may read
 * them: without `Vary: Cookie` the next person at the same browser gets them from its cache (measured).
 */
function cacheControl(target: RegistryTarget, statusCode: number): Record<string, string> {
  const immutable = target.digest !== undefined && target.kind !== 'referrers'
  if (immutable && [200, 206, 304].includes(statusCode))
    return { 'cache-control': 'private, max-age=31536000, immutable', vary: 'Cookie' }
  if (target.kind === 'manifest') return { 'cache-control': 'private, no-cache', vary: 'Cookie, Accept' }
  return { 'cache-control': 'no-store' }
}

function unknownPaging(): GatewayError {
  return new GatewayError('UNAVAILABLE', 'The registry pages its lists in a way that Gantry does not know.', {
    reason: 'bad_answer',
  })
}

/** A path as it is meant; undefined where its percent-encoding is broken. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/**
 * The next page as a path of ours.
 *
 * @returns undefined unless it is the same end point of the same registry: a Link elsewhere is not followed.
 */
function nextPage(
  link: string | undefined,
  target: RegistryTarget,
  registryOrigin: string,
  basePath: string,
): string | undefined {
  const next = nextLink(link)
  const here = new URL(target.path, registryOrigin)
  if (next === undefined || !URL.canParse(next, here.href)) return undefined
  const url = new URL(next, here)
  // some write the colon of a digest as %3A: decoded it must be this very path, which is what we answer with
  if (decode(url.pathname) !== here.pathname) return undefined
  const unknown = [...url.searchParams.keys()].find((name) => !isPassedOn(target.kind, name))
  // without its cursor the link would lead to the first page again, for ever
  if (unknown !== undefined) throw unknownPaging()
  // a registry behind a proxy may know itself by another name; its path is what counts, and we only ever ask here
  try {
    return `<${basePath}${parseTarget('GET', here.pathname + url.search).path}>; rel="next"`
  } catch {
    return undefined
  }
}

/** The registry's header fields that may reach the browser, and those we add. */
export function toBrowserHeaders(
  headers: ResponseHeaders,
  statusCode: number,
  target: RegistryTarget,
  { registryOrigin, basePath }: { readonly registryOrigin: string; readonly basePath: string },
): Record<string, string> {
  const kept: Record<string, string> = cacheControl(target, statusCode)
  const text = (name: string) => (Array.isArray(headers[name]) ? headers[name].join(', ') : headers[name])
  for (const name of TO_BROWSER) {
    const value = text(name)
    if (value !== undefined) kept[name] = value
  }
  const link = nextPage(text('link'), target, registryOrigin, basePath)
  if (link !== undefined) kept.link = link
  const retryAfter = parseRetryAfter(text('retry-after'), Date.now())
  if (retryAfter !== undefined) kept['retry-after'] = String(retryAfter)
  if (target.kind === 'blob') {
    kept['content-disposition'] = 'attachment'
    // as a script or a style sheet, somebody's upload would be one of ours for our own policy
    if (!kept['content-type']?.startsWith('multipart/byteranges'))
      kept['content-type'] = 'application/octet-stream'
  }
  return kept
}
