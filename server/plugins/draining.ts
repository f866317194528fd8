// The end of a server: no new connections, none kept for later, and whatever has begun is finished.

import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

const SWEEP_MS = 100

/**
 * Closes each kept connection once it is idle. Node does so when the server closes, but not with those that are
 * busy then: they would stay open for the keep-alive time after their answer, and the end would wait for them.
 */
export const draining = fp(async (app: FastifyInstance) => {
  let sweep: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
  })
  app.addHook('onClose', async () => clearInterval(sweep))
})
