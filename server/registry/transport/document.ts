// Documents on their way to the browser: JSON objects that end. A blob may be anything, as long as it likes.

import { Readable } from 'node:stream'
import { gatewayError } from '../../errors.ts'
import type { RegistryEndpoint } from '../endpoint.ts'
import { close } from './body.ts'
import type { Body, HttpResponse } from './http.ts'
import type { RegistryResponse } from './redirects.ts'

/** As much as the page reads of a list (client/api/http.ts): room for the tags of the largest repositories. */
const MAX_BYTES = 32 * 1024 * 1024

/** JSON under any of its names. A browser shows none of them as a page, unlike types that end in +xml. */
export const JSON_TYPE =
  /^application\/(?:json|[\w.+-]+[+.]json|[\w.+-]*prettyjws|vnd\.(?![\w.+-]*\+xml)[\w.+-]+)\s*(?:;|$)/i

/** Lists have no media type of their own, and go-containerregistry's registry sets none: Go then sends this. */
const LIST_TYPE = /^text\/plain\s*(?:;|$)/i
const LISTS: readonly RegistryEndpoint['kind'][] = ['catalog', 'tags', 'referrers']

const tooLarge = () => gatewayError('response_too_large', { upstream: 'registry' })
const notARegistry = (cause: string) => gatewayError('not_a_registry', {}, { cause: new Error(cause) })

/** An HTML page in place of a manifest is a proxy's, not a registry's. */
function hasRightType({ kind }: RegistryEndpoint, contentType: string): boolean {
  return JSON_TYPE.test(contentType) || (LISTS.includes(kind) && LIST_TYPE.test(contentType))
}

const typeIn = ({ headers }: Pick<HttpResponse, 'headers'>) =>
  typeof headers['content-type'] === 'string' ? headers['content-type'] : ''

/** An HTML page instead of a registry's response: a proxy may show its login page with 200. */
export function isPage(response: Pick<HttpResponse, 'headers'>): boolean {
  return /^(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i.test(typeIn(response))
}

/**
 * Whether the registry itself has granted this document: it has the right type and was not redirected to, since proxies
 * redirect to their login.
 */
export function isGranted(endpoint: RegistryEndpoint, response: RegistryResponse): boolean {
  return response.statusCode === 200 && response.hops === 0 && hasRightType(endpoint, typeIn(response))
}

/** Whether these may be the first bytes of a JSON object, as lists, manifests and indexes are. */
function beginsObject(bytes: Buffer): boolean {
  return bytes.length > 0 && /^[ \t\r\n]*(?:\{|$)/.test(bytes.toString('latin1', 0, 64))
}

async function* upToLimit(body: Readable): AsyncGenerator<Buffer, void, undefined> {
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    // part of it has been sent: the connection breaks, so that it does not pass for the whole
    if (size > MAX_BYTES) throw tooLarge()
    yield chunk
  }
}

async function* continued(first: Buffer, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield first
  yield* rest
}

/** The body of a list or manifest, as described below. */
async function checked(endpoint: RegistryEndpoint, response: HttpResponse): Promise<Body> {
  const { statusCode, headers, body } = response
  const contentType = typeIn(response)
  if (!hasRightType(endpoint, contentType)) throw notARegistry(`content-type ${contentType.slice(0, 100)}`)
  if (endpoint.method === 'HEAD') return body
  if (Number(headers['content-length']) > MAX_BYTES) throw tooLarge()
  const rest = Buffer.isBuffer(body) ? undefined : upToLimit(body)
  const first = Buffer.isBuffer(body) ? body : ((await rest?.next())?.value ?? Buffer.alloc(0))
  // a part of a document begins anywhere
  if (statusCode === 200 && !beginsObject(first)) throw notARegistry('no JSON object')
  if (rest === undefined) return first
  const passed = Readable.from(continued(first, rest), { objectMode: false })
  // a generator that waits for the next chunk does not hear that its reader has left
  return passed.once('close', () => close(body))
}

/**
 * Looks at a success before it is passed on: at the type and the first bytes of a document, not at what it says.
 *
 * @returns the body to pass on, read a little. A document's stream fails when it exceeds 32 MiB.
 * @throws GatewayError UNAVAILABLE/bad_answer for HTML, text, a byte order mark or nothing where a document should
 *   be, and for an announced length that is too large; what the stream throws before its first byte.
 */
export async function passDocument(endpoint: RegistryEndpoint, response: HttpResponse): Promise<Body> {
  const isFree = endpoint.kind === 'blob' || endpoint.kind === 'ping' || endpoint.method === 'DELETE'
  if (isFree || response.statusCode === 304) return response.body
  try {
    return await checked(endpoint, response)
  } catch (error) {
    close(response.body)
    throw error
  }
}
