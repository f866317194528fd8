// Is the process alive, and may it get traffic?

import type { FastifyPluginAsync } from 'fastify'

export type RegistryState = 'unknown' | 'reachable' | 'unreachable'

export interface HealthOptions {
  readonly registryState: () => RegistryState
  /** Whether sessions can be read; never throws. */
  readonly storeIsReachable: () => Promise<boolean>
}

/** Probes come often and from everywhere; the registry is asked at most so often. */
const PING_MS = 10_000

/**
 * What the registry did when it was last asked, which each look asks anew after ten seconds. Nobody waits for that: a
 * silent registry must not make a probe late.
 *
 * @param ping  whether it answers.
 */
export function createRegistryState(ping: () => Promise<boolean>): () => RegistryState {
  let state: RegistryState = 'unknown'
  let askedAt = Number.NEGATIVE_INFINITY
  return () => {
    if (Date.now() - askedAt >= PING_MS) {
      askedAt = Date.now()
      void ping().then((answers) => {
        state = answers ? 'reachable' : 'unreachable'
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

  // the registry's state is only told: one that blips must not take every replica out
  app.get('/readyz', async (_request, reply) => {
    const store = await storeIsReachable()
    const status = stopping ? 'stopping' : store ? 'ready' : 'store_down'
    if (status !== 'ready') reply.code(503)
    return { status, registry: registryState(), store: store ? 'reachable' : 'unreachable' }
  })
}
