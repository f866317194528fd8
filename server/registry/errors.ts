// A network failure on the way to the registry or its token server, in words a person can act on.

import { GatewayError } from '../errors.ts'
import { BrokenOffError } from './transport/http.ts'

export type Upstream = 'registry' | 'token server'

/** Thrown by the connection guard (agents.ts) when a name resolves to an address we never go to. */
export class ForbiddenAddressError extends Error {
  readonly code = 'GANTRY_FORBIDDEN_ADDRESS'
}

const TIMEOUTS = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'ETIMEDOUT',
])
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_)/
const PROTOCOL = /^(?:HPE_|ERR_SSL_|EPROTO$|UND_ERR_HEADERS_OVERFLOW$|UND_ERR_RES_|UND_ERR_RESPONSE)/
/** zlib's: of gzip and deflate, of brotli, of zstd. */
const UNPACKING = /^(?:Z_|ERR__ERROR_|ERR_BROTLI_|ZSTD_error_)/

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  // undici's parser leaves its errors without a code
  const unnamed = error.name === 'HTTPParserError' ? ['HPE_'] : []
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : unnamed
  // a name with several addresses fails with one AggregateError for all of them
  const inner = error instanceof AggregateError ? error.errors.flatMap(codesOf) : codesOf(error.cause)
  return [...own, ...inner]
}

/**
 * Says what a failed exchange means.
 *
 * @param error  whatever undici, TLS or DNS has thrown; a GatewayError is returned as it is.
 * @returns UNAVAILABLE with the reason; host names and addresses stay in `cause`.
 */
export function toGatewayError(error: unknown, upstream: Upstream): GatewayError {
  if (error instanceof GatewayError) return error
  const codes = codesOf(error)
  const fail = (reason: GatewayError['reason'], message: string) =>
    new GatewayError('UNAVAILABLE', message, { reason, cause: error })
  if (codes.includes('GANTRY_FORBIDDEN_ADDRESS'))
    return upstream === 'registry'
      ? fail('bad_answer', 'The registry redirects to an address that Gantry never goes to.')
      : fail(
          'realm_refused',
          'The token server’s name leads to an address that Gantry never asks. Set TOKEN_REALM_ALLOW or TOKEN_SERVER_URL if it is right.',
        )
  if (codes.some((code) => TIMEOUTS.has(code)) || (error instanceof Error && error.name === 'TimeoutError'))
    return fail('timeout', `The ${upstream} did not answer in time (REGISTRY_TIMEOUT).`)
  if (codes.some((code) => CERTIFICATE.test(code)))
    return fail(
      'untrusted_certificate',
      `The ${upstream}’s certificate is not trusted. Set REGISTRY_CA_FILE to the CA that signed it, and check the host name in its address.`,
    )
  if (codes.some((code) => PROTOCOL.test(code)))
    return fail(
      'bad_answer',
      `The ${upstream} answers something that is not valid ${codes.includes('EPROTO') || codes.some((c) => c.startsWith('ERR_SSL_')) ? 'TLS. Is it on plain http (REGISTRY_PROTOCOL)?' : 'HTTP. Is it on https (REGISTRY_PROTOCOL)?'}`,
    )
  if (codes.some((code) => UNPACKING.test(code)))
    return fail('bad_answer', `The ${upstream}’s answer is compressed and cannot be unpacked.`)
  if (error instanceof BrokenOffError)
    return fail('bad_answer', `The ${upstream}’s answer broke off before its end.`)
  // not the network's: ours
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
    return new GatewayError('UNAVAILABLE', 'Something went wrong inside Gantry; its log has more.', {
      status: 500,
      cause: error,
    })
  return upstream === 'registry'
    ? fail(
        'registry_down',
        'The registry cannot be reached. Check that it runs, and REGISTRY_HOST, REGISTRY_PORT or REGISTRY_URL.',
      )
    : fail(
        'token_server_down',
        'The registry’s token server cannot be reached. Check that it runs and that Gantry can reach it (TOKEN_SERVER_URL).',
      )
}

/** `GET /v2/` was answered by another address than the configured one. */
export function movedElsewhere(): GatewayError {
  return new GatewayError(
    'UNAVAILABLE',
    'The registry’s address redirects to another one. Set REGISTRY_URL to that one.',
    {
      reason: 'bad_answer',
    },
  )
}

/** A registry that answers with a fault of its own says nothing of what it was asked for. */
export class RegistryFaultError extends GatewayError {}

/** The registry's own 429 or 5xx, its 503 kept as it is. */
export function registryFault(statusCode: number, retryAfterSeconds: number | undefined): GatewayError {
  const options = { retryAfterSeconds, cause: new Error(`registry answered ${statusCode}`) }
  if (statusCode === 429)
    return new GatewayError(
      'TOOMANYREQUESTS',
      'The registry asks to slow down. Wait a little before you try again.',
      options,
    )
  if (statusCode === 503)
    return new GatewayError('UNAVAILABLE', 'The registry is not available just now.', {
      ...options,
      reason: 'registry_down',
      status: 503,
    })
  if (statusCode === 504)
    return new GatewayError('UNAVAILABLE', 'The registry did not answer in time.', {
      ...options,
      reason: 'timeout',
    })
  return new RegistryFaultError(
    'UNAVAILABLE',
    `The registry has a fault of its own (it answered ${statusCode}).`,
    {
      ...options,
      reason: statusCode === 502 ? 'registry_down' : 'bad_answer',
    },
  )
}

/** The store that a request was redirected to has refused it: nothing that a login at the registry could change. */
export function storageRefused(): GatewayError {
  return new GatewayError('UNAVAILABLE', 'The place the registry redirects this request to has refused it.', {
    reason: 'bad_answer',
  })
}
