// How Fastify itself is set up: limits, trust, and a log without secrets.

import {
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyRequest,
  LogController,
  type RawServerDefault,
} from 'fastify'
import type { Config } from '../config/config.ts'
import { rewriteUrl } from './base-path.ts'
import { answerBrokenRequest } from './error-handler.ts'
import { createRequestIds } from './request-id.ts'

/** Paths only: a query may hold what nobody should read in a log. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

/** What an error may leave in the log: its causes by their messages, no stack of a failure we expected. */
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
  // Fastify's own refusals quote what was sent, an address with its query among it
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
    clientErrorHandler: answerBrokenRequest,
    genReqId: createRequestIds(config.trustProxy),
    bodyLimit: 128 * 1024,
    // a reader that stops reading gives its upstream connection back
    connectionTimeout: (config.registry.timeoutSeconds + 30) * 1000,
    requestTimeout: 5000,
    http: { headersTimeout: 3000, connectionsCheckingInterval: 1000 },
    // sha512 digests and 255-character names answer 414 with the default of 100
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: 'idle',
    // what still comes on a connection that is closing is answered, in our own shape and with `connection: close`
    return503OnClosing: false,
    // a logger for each request costs more than the few that are ever logged: its id stands in `req`
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
