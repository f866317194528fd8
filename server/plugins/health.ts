// Probes: whether the process is alive, and whether it is ready for traffic.

import type { FastifyPluginAsync } from 'fastify'

export type RegistryState = 'unknown' | 'reachable' | 'unreachable'

export interface HealthOptions {
  readonly registryState: () => RegistryState
  /** Whether sessions can be read; never throws. */
  readonly storeIsReachable: () => Promise<boolean>
}

/** Probes are frequent; the registry is pinged once per interval at most. */
const PING_MS = 10_000

/**
 * The result of the last ping. A read more than ten seconds later starts a new one in the background: a silent registry
 * must not delay a probe.
 *
 * @param ping  whether the registry responds.
 */
export function createRegistryState(ping: () => Promise<boolean>): () => RegistryState {
  let state: RegistryState = 'unknown'
  let pingedAt = Number.NEGATIVE_INFINITY
  return () => {
    if (Date.now() - pingedAt >= PING_MS) {
      pingedAt = Date.now()
      void ping().then((responds) => {
        state = responds ? 'reachable' : 'unreachable'
      })
    }
    return state
  }
}

export const health: FastifyPluginAsync<HealthOptions> = async (app, { registryState, storeIsReachable }) => {
  let stopping = false
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.get('/livez', async () => ({ status: 'alive' }))

  // the registry's state is for information only: a short outage must not take every replica out of service
  app.get('/readyz', async (_request, reply) => {
    const store = await storeIsReachable()
    const status = stopping ? 'stopping' : store ? 'ready' : 'store_down'
    if (status !== 'ready') reply.code(503)
    return { status, registry: registryState(), store: store ? 'reachable' : 'unreachable' }
  })
}
