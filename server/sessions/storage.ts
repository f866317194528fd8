// Where sessions and refused logins are kept: in this process, or in the store of SESSION_STORE.

import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/config.ts'
import { hashOfBasePath } from './cookie.ts'
import { createRedisCounters } from './login-failure-counters.ts'
import { createLoginLimits, type LoginLimits } from './login-limits.ts'
import { MemoryStore } from './memory-store.ts'
import { RedisStore } from './redis-store.ts'
import type { SessionStore } from './session-store.ts'

export interface StorageOptions {
  readonly session: Config['session']
  readonly basePath: string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'>
}

export interface Storage {
  readonly store: SessionStore
  readonly limits: LoginLimits
  /** Waits for the store, two seconds at most: without it Gantry starts too, and is not ready. Never throws. */
  connect(): Promise<void>
  close(): Promise<void>
}

export async function createStorage(options: StorageOptions): Promise<Storage> {
  const { session, basePath, log } = options
  const lifetimes = { idleSeconds: session.idleSeconds, maxSeconds: session.maxSeconds }
  if (session.store === undefined) {
    const store = new MemoryStore(lifetimes)
    return { store, limits: createLoginLimits(), connect: async () => {}, close: () => store.close() }
  }
  // 10 MB of memory that one replica alone has no use for
  const { createRedisConnection } = await import('./redis.ts')
  const connection = createRedisConnection(session.store, log)
  const prefix = `gantry:${hashOfBasePath(basePath)}:`
  const store = new RedisStore({ ...lifetimes, connection, prefix })
  return {
    store,
    limits: createLoginLimits(createRedisCounters(connection, prefix)),
    connect: connection.connect,
    async close() {
      await store.close()
      connection.close()
    },
  }
}
