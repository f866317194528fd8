// Documents that arrive compressed although Gantry asks for identity: some proxies and object stores do that.

import { pipeline, Readable, Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { gatewayError, type UpstreamName } from '../../errors.ts'
import type { RegistryEndpoint } from '../endpoint.ts'
import { close } from './body.ts'
import type { Body, HttpResponse, ResponseHeaders } from './http.ts'

/** Sent with every request for a document: without it HTTP allows any encoding (RFC 9110 §12.5.3). */
export const AS_IT_IS = { 'accept-encoding': 'identity' } as const

/** The limit of any document (document.ts): a compressed stream of nothing may be endless and yield no bytes. */
const MAX_PACKED_BYTES = 32 * 1024 * 1024

/** Node has zstd from 22.15 on, and its types say nothing of it before. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }

/** By the names of RFC 9110 §8.4.1 and RFC 8878. `deflate` is distinguished from gzip by its first bytes. */
const UNPACKERS = new Map<string, () => Transform>([
  ['gzip', zlib.createUnzip],
  ['x-gzip', zlib.createUnzip],
  ['deflate', zlib.createUnzip],
  ['br', zlib.createBrotliDecompress],
  ...(createZstdDecompress === undefined ? [] : [['zstd', createZstdDecompress] as const]),
])

/** The encodings in the order they were applied, without `identity`. */
function encodingsOf(headers: ResponseHeaders): readonly string[] {
  return [headers['content-encoding'] ?? []]
    .flat()
    .join()
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity')
}

function withinLimit(upstream: UpstreamName): Transform {
  let size = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size <= MAX_PACKED_BYTES) done(null, chunk)
      else done(gatewayError('response_too_large', { upstream }))
    },
  })
}

/**
 * A response's body without its encoding, unpacked as it is read. The reader must bound it.
 *
 * @throws GatewayError UNAVAILABLE/bad_answer for an encoding that Gantry does not know. Bytes that cannot be unpacked
 *   make the body fail with zlib's error, which `toUpstreamError` translates.
 */
export function unpackedBody(
  body: Body,
  headers: ResponseHeaders,
  upstream: UpstreamName = 'registry',
): Body {
  const [encoding, another] = encodingsOf(headers)
  if (encoding === undefined) return body
  const createUnpacker = another === undefined ? UNPACKERS.get(encoding) : undefined
  if (createUnpacker === undefined) {
    close(body)
    throw gatewayError('encoding_unknown', { upstream })
  }
  const source = Buffer.isBuffer(body) ? Readable.from([body]) : body
  // the last one fails with the error of any of them; once it is closed, it closes the others
  return pipeline(source, withinLimit(upstream), createUnpacker(), () => {})
}

/** Blobs pass unchanged: their digest may be that of the encoded or of the decoded bytes. */
function isDocument({ kind, method }: RegistryEndpoint, { statusCode }: HttpResponse): boolean {
  return statusCode === 200 && kind !== 'blob' && method !== 'HEAD'
}

/** An error body. One that cannot be unpacked counts as empty. */
function isErrorBody({ method }: RegistryEndpoint, { statusCode, headers }: HttpResponse): boolean {
  const [encoding = '', another] = encodingsOf(headers)
  return statusCode >= 400 && method !== 'HEAD' && another === undefined && UNPACKERS.has(encoding)
}

/** A response with its document unpacked and its header fields adjusted. Throws as `unpackedBody`. */
export function unpackDocument<T extends HttpResponse>(endpoint: RegistryEndpoint, response: T): T {
  const { headers, body } = response
  if (headers['content-encoding'] === undefined) return response
  if (!isDocument(endpoint, response) && !isErrorBody(endpoint, response)) return response
  const { 'content-encoding': _encoding, 'content-length': _length, ...rest } = headers
  return { ...response, headers: rest, body: unpackedBody(body, headers) }
}
