// Refuses new work at once while the process is overloaded, rather than let it queue unseen.

import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { gatewayError } from '../errors.ts'

/**
 * The average delay of the event loop over five seconds. A request takes several iterations, so by then each takes many
 * seconds. Sampled over the usual one second, a single pause of the machine would count as overload.
 */
const MAX_DELAY_MS = 1000
const SAMPLE_MS = 5000
/** Of Node's heap limit. Beyond it V8 does little but collect garbage, and finally ends the process. */
const MAX_HEAP_SHARE = 0.9
const RETRY_AFTER_SECONDS = 5
/** Expensive paths. Probes, metrics, the page and its files are served even under overload. */
const COSTLY = /^\/(?:v2|api)(?:[/?]|$)/

export const overload = fp(async (app: FastifyInstance) => {
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_DELAY_MS,
    sampleInterval: SAMPLE_MS,
    maxHeapUsedBytes: MAX_HEAP_SHARE * getHeapStatistics().heap_size_limit,
    pressureHandler({ url }, _reply, measure, value) {
      if (!COSTLY.test(url)) return
      throw gatewayError(
        'busy',
        {},
        { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: new Error(`${measure} is ${value}`) },
      )
    },
  })
})
