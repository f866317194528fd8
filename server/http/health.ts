// Is the process alive, and may it get traffic?

import type { FastifyPluginAsync } from 'fastify'

export interface HealthOptions {
  /** Whether the registry answers. */
  readonly ping: () => Promise<boolean>
  /** Whether sessions can be read; never throws. */
  readonly storeIsReachable: () => Promise<boolean>
}

/** Probes come often and from everywhere; the registry is asked at most so often. */
const PING_MS = 10_000

export const health: FastifyPluginAsync<HealthOptions> = async (app, options) => {
  let stopping = false
  let registry: 'unknown' | 'reachable' | 'unreachable' = 'unknown'
  let askedAt = Number.NEGATIVE_INFINITY
  /** Never waited for: a silent registry must not make the probe late. */
  function askAgain(): void {
    if (Date.now() - askedAt < PING_MS) return
    askedAt = Date.now()
    void options.ping().then((answers) => {
      registry = answers ? 'reachable' : 'unreachable'
    })
  }
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.get('/livez', async () => ({ status: 'alive' }))

  // the registry's state is only told: one that blips must not take every replica out
  app.get('/readyz', async (_request, reply) => {
    askAgain()
    const store = await options.storeIsReachable()
    const status = stopping ? 'stopping' : store ? 'ready' : 'store_down'
    if (status !== 'ready') reply.code(503)
    return { status, registry, store: store ? 'reachable' : 'unreachable' }
  })
}
