// Every failure is sent in the one error shape, with its message, without addresses and without a native login prompt.

import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { GatewayError, gatewayError } from '../errors.ts'
import { toUpstreamError } from '../registry/upstream-errors.ts'
import { SANDBOX_HEADERS } from './security-headers.ts'

/** Replace the messages of Fastify's own errors, which may quote the request. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'The request is malformed.',
  404: 'There is nothing here.',
  405: 'This cannot be done here.',
  408: 'The request took too long to arrive.',
  413: 'The request is too large.',
  414: 'The address is too long.',
  415: 'Only application/json is accepted here.',
  431: 'The request’s header is too large.',
}

function toGatewayError(error: FastifyError | GatewayError, request: FastifyRequest): GatewayError {
  if (error instanceof GatewayError) return error
  // the registry's body broke off before its first byte
  if (request.registryEndpoint !== undefined && error.statusCode === undefined)
    return toUpstreamError(error, 'registry')
  const status = error.statusCode ?? 500
  if (status === 401) return gatewayError('page_password_required')
  const message =
    status >= 400 && status < 500 ? (MESSAGES[status] ?? 'The request is not valid.') : undefined
  if (message !== undefined) return gatewayError('malformed', { problem: message }, { status, cause: error })
  return gatewayError('internal', { requestId: request.id }, { cause: error })
}

/** Describe the response that the error replaces. */
const RESPONSE_FIELDS = [
  'content-length',
  'content-encoding',
  'content-range',
  'content-disposition',
  'accept-ranges',
  'docker-content-digest',
  'etag',
  'link',
  'oci-filters-applied',
  'vary',
  'warning',
]

function logFailure({ statusCode }: GatewayError, context: object, log: FastifyBaseLogger): void {
  if (statusCode < 500) log.debug(context, 'request refused')
  else log[statusCode === 500 ? 'error' : 'warn'](context, 'request failed')
}

const OVERLOAD_MS = 10_000

/** Logs overload at intervals only: a line for each refused request would add to it. */
function createFailureLog(): typeof logFailure {
  let loggedAt = Number.NEGATIVE_INFINITY
  return (known, context, log) => {
    if (known.reason === 'overloaded') {
      if (performance.now() - loggedAt < OVERLOAD_MS) return
      loggedAt = performance.now()
    }
    logFailure(known, context, log)
  }
}

/** Sends a failure and returns it. Removes the header fields of the response it replaces. */
export function sendError(
  error: FastifyError | GatewayError,
  request: FastifyRequest,
  reply: FastifyReply,
  log = logFailure,
): GatewayError {
  const known = toGatewayError(error, request)
  log(known, { err: error, req: request, status: known.statusCode }, request.log)
  for (const name of RESPONSE_FIELDS) reply.removeHeader(name)
  reply.header('cache-control', 'no-store')
  if (known.retryAfterSeconds !== undefined) reply.header('retry-after', String(known.retryAfterSeconds))
  reply.code(known.statusCode).type('application/json; charset=utf-8').send(known.toEnvelope())
  return known
}

export interface ErrorHandlerOptions {
  /** Called with each failure that was sent. */
  readonly onFailure: (failure: GatewayError) => void
}

export const errorHandler = fp(async (app: FastifyInstance, { onFailure }: ErrorHandlerOptions) => {
  const log = createFailureLog()
  app.setErrorHandler((error: FastifyError | GatewayError, request, reply) =>
    onFailure(sendError(error, request, reply, log)),
  )
})

/** For `frameworkErrors`: failures before any route and hook, such as a path that cannot be decoded. */
export function sendFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(SANDBOX_HEADERS).header('x-request-id', request.id)
  sendError(error, request, reply)
}

const BROKEN: Readonly<Record<string, readonly [status: string, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request took too long to arrive.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The request’s header is too large.'],
}

/** For `clientErrorHandler`: invalid HTTP gets a response in the one error shape, and its connection is closed. */
export function respondToBrokenRequest(error: { readonly code?: string }, socket: Duplex): void {
  const [status, message] = BROKEN[error.code ?? ''] ?? ['400 Bad Request', 'The request is malformed.']
  const body = JSON.stringify(gatewayError('malformed', { problem: message }).toEnvelope())
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const fields = `content-type: application/json\r\ncache-control: no-store\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${fields}\r\n\r\n${body}`)
}
