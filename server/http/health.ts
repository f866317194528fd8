// Is the process alive, and may it get traffic?

import type { FastifyPluginAsync } from 'fastify'

export interface HealthOptions {
  /** Whether the registry answers. */
  readonly ping: () => Promise<boolean>
}

/** Probes come often and from everywhere; the registry is asked at most so often. */
const PING_MS = 10_000

export const health: FastifyPluginAsync<HealthOptions> = async (app, { ping }) => {
  let stopping = false
  let last: { at: number; answer: Promise<boolean> } | undefined
  app.addHook('preClose', async () => {
    stopping = true
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.get('/livez', async () => ({ status: 'alive' }))

  // the registry's state is only told: one that blips must not take every replica out
  app.get('/readyz', async (_request, reply) => {
    if (last === undefined || Date.now() - last.at > PING_MS) last = { at: Date.now(), answer: ping() }
    const registry = (await last.answer) ? 'reachable' : 'unreachable'
    if (stopping) reply.code(503)
    return { status: stopping ? 'stopping' : 'ready', registry }
  })
}
