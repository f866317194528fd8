// What is recorded of each request: its id, its duration in the metrics, and a log line at debug.

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Metrics } from './metrics.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The route's label in the metrics, if the router's own pattern is too coarse. */
    template: string | undefined
  }
}

/** As proxies generate it (nginx: 32 hex digits; others: UUIDs). Nothing that could pass for another log field. */
const REQUEST_ID = /^[\w.-]{8,64}$/

/**
 * Creates Fastify's `genReqId`: a random UUID, or the `X-Request-Id` of a trusted proxy. A client's own is ignored: it
 * could make one request pass for another in the log.
 *
 * @param trustProxy  addresses and subnets, as in `TRUST_PROXY`.
 */
export function createRequestIds(
  trustProxy: readonly string[],
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  const trusts = trustProxy.length === 0 ? undefined : proxyAddr.compile([...trustProxy])
  return ({ headers, socket }) => {
    const sent = headers['x-request-id']
    const isValid = trusts !== undefined && typeof sent === 'string' && REQUEST_ID.test(sent)
    return isValid && trusts(socket.remoteAddress ?? '', 0) ? sent : randomUUID()
  }
}

export interface RequestLogOptions {
  readonly metrics: Pick<Metrics, 'responded'>
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE'])
/** The page's own addresses, and those that do not exist. */
const ANY_OTHER = '*'

/** `cut`: the response was incomplete, since the browser or the registry closed its connection. */
function statusOf({ raw, statusCode }: FastifyReply): string {
  return raw.writableEnded ? `${Math.floor(statusCode / 100)}xx` : 'cut'
}

function labelsOf(request: FastifyRequest, reply: FastifyReply) {
  return {
    method: METHODS.has(request.method) ? request.method : 'other',
    // routeOptions last: Fastify creates a new object at each access
    route: request.template ?? request.routeOptions.url ?? ANY_OTHER,
    status: statusOf(reply),
  }
}

export const requestLog = fp(async (app: FastifyInstance, { metrics }: RequestLogOptions) => {
  app.decorateRequest('template', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const start = performance.now()
    reply.header('x-request-id', request.id)
    // emitted after a complete and after a broken response alike
    reply.raw.once('close', () => {
      const milliseconds = performance.now() - start
      metrics.responded(labelsOf(request, reply), milliseconds / 1000)
      // a line per request at info would cost more than the proxying itself, and name each repository read
      request.log.debug({ req: request, status: reply.statusCode, milliseconds }, 'request over')
    })
    done()
  })
})
