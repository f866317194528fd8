// The header fields that pass between browser and registry: allow-lists, never deny-lists.

import type { IncomingHttpHeaders } from 'node:http'
import { isList, type RegistryEndpoint } from '../registry/endpoint.ts'
import type { ListEndpoint, Paging } from '../registry/paging.ts'
import { retryAfterOf } from '../registry/retry-after.ts'
import { JSON_TYPE } from '../registry/transport/document.ts'
import type { ResponseHeaders } from '../registry/transport/http.ts'

/** `If-Range` is missing on purpose: with it a stale response would be 200 for a digest that cannot go stale. */
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
 * Who may cache a response, and how long. A digest's bytes never change, but not everybody may read them: without
 * `Vary: Cookie` the next person at the same browser gets them from its cache (measured).
 */
function cacheControl(endpoint: RegistryEndpoint, statusCode: number): Record<string, string> {
  const immutable = endpoint.digest !== undefined && endpoint.kind !== 'referrers'
  if (immutable && [200, 206, 304].includes(statusCode))
    return { 'cache-control': 'private, max-age=31536000, immutable', vary: 'Cookie' }
  if (endpoint.kind === 'manifest') return { 'cache-control': 'private, no-cache', vary: 'Cookie, Accept' }
  return { 'cache-control': 'no-store' }
}

/** Types of blobs that no browser shows as a page or runs: JSON, and several ranges of bytes. */
const BYTES_AS_SENT = new RegExp(`${JSON_TYPE.source}|^multipart/byteranges\\s*(?:;|$)`, 'i')

/** The next page as a path of ours, or that there is one which cannot be read. */
function pagingHeaders(
  headers: ResponseHeaders,
  list: ListEndpoint,
  { basePath, paging }: BrowserOptions,
): Record<string, string> {
  const following = paging.after(headers, list)
  if (following.kind === 'end') return {}
  if (following.kind === 'unreadable') return { 'x-gantry-list': 'incomplete' }
  const [path] = list.path.split('?', 1)
  return { link: `<${basePath}${path}?next=${paging.sign(list, following.query)}>; rel="next"` }
}

export interface BrowserOptions {
  /** Prefix of our own paths in a Link: '' or `/gantry`. */
  readonly basePath: string
  readonly paging: Pick<Paging, 'after' | 'sign'>
}

/** The registry's header fields that may reach the browser, and those we add. */
export function toBrowserHeaders(
  headers: ResponseHeaders,
  statusCode: number,
  endpoint: RegistryEndpoint,
  options: BrowserOptions,
): Record<string, string> {
  const kept: Record<string, string> = cacheControl(endpoint, statusCode)
  const text = (name: string) => (Array.isArray(headers[name]) ? headers[name].join(', ') : headers[name])
  for (const name of TO_BROWSER) {
    const value = text(name)
    if (value !== undefined) kept[name] = value
  }
  // it is that of the document, which is not sent
  if (statusCode === 304) delete kept['content-length']
  if (isList(endpoint)) Object.assign(kept, pagingHeaders(headers, endpoint, options))
  const retryAfter = retryAfterOf(headers)
  if (retryAfter !== undefined) kept['retry-after'] = String(retryAfter)
  if (endpoint.kind === 'blob') kept['content-disposition'] = 'attachment'
  // a blob or a ping may have the type of a page, picture or script, which our own policy would take for one of ours:
  // here they are bytes, or ranges of them
  const isDocument = endpoint.kind !== 'blob' && endpoint.kind !== 'ping'
  if (!isDocument && kept['content-type'] !== undefined && !BYTES_AS_SENT.test(kept['content-type']))
    kept['content-type'] = 'application/octet-stream'
  return kept
}
