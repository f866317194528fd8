// How Fastify itself is set up: limits, trust, base path, and a log without secrets.

import type { IncomingMessage } from 'node:http'
import {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify'
import type { Config } from '../config/config.ts'
import { respondToBrokenRequest } from './error-handler.ts'
import { createRequestIds } from './request-log.ts'

/**
 * Creates Fastify's `rewriteUrl`: removes the base path if the reverse proxy has not, so that every route serves both
 * forms.
 *
 * @param basePath  '' or `/gantry`.
 */
export function rewriteUrl(basePath: string): (request: Pick<IncomingMessage, 'url'>) => string {
  return ({ url = '/' }) => {
    if (basePath === '' || !url.startsWith(basePath)) return url
    const rest = url.slice(basePath.length)
    if (rest === '' || rest.startsWith('?')) return `/${rest}`
    return rest.startsWith('/') ? rest : url
  }
}

/** Only the path: a query may hold secrets. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

/** An error as it is logged: causes by message, a stack only for unexpected failures. */
function describeError(error: Error & { code?: unknown; statusCode?: number }): {
  [field: string]: unknown
  type: string
  message: string
  stack: string
} {
  const causes: string[] = []
  for (let cause = error.cause; cause instanceof Error && causes.length < 4; cause = cause.cause)
    causes.push(cause.message)
  const expected = typeof error.statusCode === 'number'
  // Fastify's own errors quote the request, including the URL's query
  const quotes = expected && String(error.code).startsWith('FST_')
  return {
    type: error.name,
    code: error.code,
    message: quotes ? '' : error.message,
    ...(causes.length > 0 && { causes }),
    stack: expected ? '' : (error.stack ?? ''),
  }
}

/** @see security.md §4.3 for the time-outs: `requestTimeout` alone closes a dripping body after 90 s only. */
export function serverOptions(config: Config) {
  return {
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    rewriteUrl: rewriteUrl(config.basePath),
    clientErrorHandler: respondToBrokenRequest,
    genReqId: createRequestIds(config.trustProxy),
    bodyLimit: 128 * 1024,
    // frees the upstream connection of a client that stops reading
    connectionTimeout: (config.registry.timeoutSeconds + 30) * 1000,
    requestTimeout: 5000,
    http: { headersTimeout: 3000, connectionsCheckingInterval: 1000 },
    // with the default of 100, sha512 digests and names of 255 characters get 414
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: 'idle',
    // requests on a closing connection still get a response, in our error shape and with `connection: close`
    return503OnClosing: false,
    // few requests are logged, so a logger for each would be a waste: the id is in `req`
    childLoggerFactory: (logger: FastifyBaseLogger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    logger: {
      level: config.logLevel,
      base: null,
      redact: ['req.headers', 'res.headers', '*.password', '*.authorization', '*.cookie'],
      serializers: {
        req: ({ id, method, url }: FastifyRequest) => ({ id, method, path: pathOf(url) }),
        err: describeError,
      },
    },
  } satisfies FastifyHttpOptions<RawServerDefault>
}
