// The one translation of failed exchanges and of the registry's error responses, except 401 and 403: what those mean is
// decided by the authenticator (auth/authenticator.ts).

import { type ErrorEntry, parseErrorEnvelope } from '../../shared/errors.ts'
import { type ErrorId, GatewayError, gatewayError, type UpstreamName } from '../errors.ts'
import type { EndpointKind, RegistryEndpoint } from './endpoint.ts'
import { retryAfterOf } from './retry-after.ts'
import { readText } from './transport/body.ts'
import { type Body, BrokenOffError } from './transport/http.ts'
import { parseJson } from './transport/json.ts'
import type { RegistryResponse } from './transport/redirects.ts'

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_)/
const TLS = /^(?:ERR_SSL_|EPROTO$)/
const HTTP = /^(?:HPE_|UND_ERR_HEADERS_OVERFLOW$|UND_ERR_RES_|UND_ERR_RESPONSE)/
/** zlib's: of gzip and deflate, of brotli, of zstd. */
const ENCODING = /^(?:Z_|ERR__ERROR_|ERR_BROTLI_|ZSTD_error_)/

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  // undici's parser leaves its errors without a code
  const unnamed = error.name === 'HTTPParserError' ? ['HPE_'] : []
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : unnamed
  // a name with several addresses fails with one AggregateError for all of them
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : codesOf(error.cause)
  return [...own, ...inner]
}

const isTimeout = (error: unknown) => error instanceof Error && error.name === 'TimeoutError'
const isProgrammingError = (error: unknown) =>
  error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError

/**
 * Translates a failed exchange.
 *
 * @param error  from undici, TLS, DNS or zlib; a GatewayError is returned unchanged.
 * @returns UNAVAILABLE with its reason; host names and addresses stay in `cause`.
 */
export function toUpstreamError(error: unknown, upstream: UpstreamName): GatewayError {
  if (error instanceof GatewayError) return error
  const codes = codesOf(error)
  const has = (pattern: RegExp) => codes.some((code) => pattern.test(code))
  const options = { cause: error }
  if (codes.includes('GANTRY_FORBIDDEN_ADDRESS'))
    return gatewayError(
      upstream === 'registry' ? 'redirect_forbidden' : 'realm_resolves_forbidden',
      {},
      options,
    )
  if (codes.some((code) => TIMEOUTS.has(code)) || isTimeout(error))
    return gatewayError('timeout', { upstream }, options)
  if (has(CERTIFICATE)) return gatewayError('untrusted_certificate', { upstream }, options)
  if (has(TLS)) return gatewayError('not_tls', { upstream }, options)
  if (has(HTTP)) return gatewayError('not_http', { upstream }, options)
  if (has(ENCODING)) return gatewayError('encoding_invalid', { upstream }, options)
  if (error instanceof BrokenOffError) return gatewayError('broken_off', { upstream }, options)
  if (isProgrammingError(error)) return gatewayError('internal', { requestId: undefined }, options)
  return gatewayError(upstream === 'registry' ? 'registry_down' : 'token_server_down', {}, options)
}

/** Translates a 429 or 5xx of the registry, whose 503 is kept. @param retryAfterSeconds  undefined: not sent. */
export function registryFault(statusCode: number, retryAfterSeconds: number | undefined): GatewayError {
  const options = { retryAfterSeconds, cause: new Error(`registry answered ${statusCode}`) }
  switch (statusCode) {
    case 429:
      return gatewayError('registry_slow_down', {}, options)
    case 502:
      return gatewayError('registry_bad_gateway', { statusCode }, options)
    case 503:
      return gatewayError('registry_unavailable', {}, options)
    case 504:
      return gatewayError('registry_timeout', {}, options)
    default:
      return gatewayError('registry_fault', { statusCode }, options)
  }
}

const MAX_ERROR_BYTES = 64 * 1024
const MAX_MESSAGE_LENGTH = 1000
const MAX_CODE_LENGTH = 100

const UNKNOWN = {
  ping: 'ping_unknown',
  catalog: 'catalog_unknown',
  tags: 'repository_unknown',
  manifest: 'manifest_unknown',
  blob: 'blob_unknown',
  referrers: 'referrers_unknown',
} as const satisfies Record<EndpointKind, ErrorId>

/** Whether a registry has no referrers API, by its status: an unknown route, method or type. */
export function lacksReferrers(statusCode: number): boolean {
  return [404, 405, 406, 501].includes(statusCode)
}

/**
 * Removes the credentials of the request. Registries and proxies quote a field that they cannot parse, and their message
 * goes to the browser and into the log: with the service account, to any visitor.
 */
function withoutCredentials(text: string, authorization: string | undefined): string {
  const [scheme, credentials] = authorization?.split(' ') ?? []
  if (credentials === undefined) return text
  const readable = scheme === 'Basic' ? Buffer.from(credentials, 'base64').toString('utf8') : credentials
  return text.replaceAll(credentials, '…').replaceAll(readable, '…')
}

/** The first entry of a registry's error body; undefined if it is longer than 64 KiB or not an error envelope. */
export async function readErrorEntry(
  body: Body,
  authorization: string | undefined,
): Promise<ErrorEntry | undefined> {
  try {
    const text = await readText(body, MAX_ERROR_BYTES)
    const entry = text === undefined ? undefined : parseErrorEnvelope(parseJson(text))?.errors[0]
    if (entry === undefined) return undefined
    const clean = (sent: string) => withoutCredentials(sent, authorization)
    return { ...entry, code: clean(entry.code), message: clean(entry.message) }
  } catch {
    return undefined
  }
}

/** The parameters of a registry's error. Its `detail` is left out: it may name hosts. */
function registryParams(entry: ErrorEntry | undefined) {
  const message = entry?.message.trim() ?? ''
  return {
    registryCode: entry?.code.slice(0, MAX_CODE_LENGTH),
    registryMessage: message === '' ? undefined : message.slice(0, MAX_MESSAGE_LENGTH),
  }
}

/**
 * Translates an error response of the registry. The body is read (at most 64 KiB) and its connection freed.
 *
 * @returns the error to send in its place: with the registry's code and message where they are usable, its status
 *   where the browser can act on it, 502 otherwise.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
export async function readUpstreamError(
  { kind, method, tag }: RegistryEndpoint,
  { statusCode, headers, body, authorization }: RegistryResponse,
): Promise<GatewayError> {
  const entry = await readErrorEntry(body, authorization)
  const params = registryParams(entry)
  const isDelete = method === 'DELETE'
  if (statusCode === 404 || (kind === 'referrers' && lacksReferrers(statusCode)))
    return gatewayError(UNKNOWN[kind], params)
  // a registry that has not implemented DELETE may send either
  if (statusCode === 405 || (statusCode === 501 && isDelete))
    return gatewayError(isDelete ? 'deletion_unsupported' : 'unsupported', params)
  if (statusCode === 416) return gatewayError('range_invalid')
  if (statusCode === 429 || statusCode >= 500) return registryFault(statusCode, retryAfterOf(headers))
  if (entry?.code === 'PAGINATION_NUMBER_INVALID') return gatewayError('page_too_large', params)
  if (isDelete && entry?.code === 'DIGEST_INVALID' && tag !== undefined)
    return gatewayError('deletion_by_digest_only', params)
  if (entry !== undefined && statusCode === 400) return gatewayError('request_not_understood', params)
  return gatewayError(
    'status_unexpected',
    { statusCode },
    { cause: new Error(`registry answered ${statusCode}`) },
  )
}
