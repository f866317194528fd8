// When this process has more to do than it can: new work is refused at once, in words, instead of waiting unseen.

import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { gatewayError } from '../errors.ts'

/**
 * How late the event loop is on average over five seconds. A request takes several turns of it, so that each would
 * take many seconds by then. Over one second, as is usual, a single pause of the machine counts as overload.
 */
const MAX_DELAY_MS = 1000
const SAMPLE_MS = 5000
/** Of what Node may use. Above it V8 does little but collect garbage, and then ends the process. */
const MAX_HEAP_SHARE = 0.9
const RETRY_AFTER_SECONDS = 5
/** What costs work. Probes, metrics, the page and its files are answered all the same. */
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
