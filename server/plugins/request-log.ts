// What is told of every request: its id to the browser, its time to the metrics, and at debug a line to the log.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Metrics } from './metrics.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's route as the metrics call it, where the router's own pattern says too little. */
    template: string | undefined
  }
}

export interface RequestReportOptions {
  readonly metrics: Pick<Metrics, 'answered'>
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'DELETE'])
/** Every address that is the page's own, or nobody's. */
const ANY_OTHER = '*'

/** `cut`: the answer broke off, since the browser left or the registry's own answer did. */
function statusOf({ raw, statusCode }: FastifyReply): string {
  return raw.writableEnded ? `${Math.floor(statusCode / 100)}xx` : 'cut'
}

function labelsOf(request: FastifyRequest, reply: FastifyReply) {
  return {
    method: METHODS.has(request.method) ? request.method : 'other',
    // asked for last: Fastify makes a new object of a route's options at every look
    route: request.template ?? request.routeOptions.url ?? ANY_OTHER,
    status: statusOf(reply),
  }
}

export const requestReport = fp(async (app: FastifyInstance, { metrics }: RequestReportOptions) => {
  app.decorateRequest('template', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    const start = performance.now()
    reply.header('x-request-id', request.id)
    // it comes after a whole answer and after a broken one alike
    reply.raw.once('close', () => {
      const milliseconds = performance.now() - start
      metrics.answered(labelsOf(request, reply), milliseconds / 1000)
      // a line for each at info would cost the proxy more than its work, and name each repository read
      request.log.debug({ req: request, status: reply.statusCode, milliseconds }, 'request over')
    })
    done()
  })
})
