// Where sessions and refused logins are kept: in this process, or in the store of SESSION_STORE.

import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/config.ts'
import { hashOfBasePath } from './cookie.ts'
import { createLoginLimits, type LoginLimits } from './login-limits.ts'
import { createMemoryVault } from './memory-store.ts'
import { createRedisVault } from './redis-store.ts'
import { createRedisCounters } from './refusal-counters.ts'
import type { SessionVault } from './session-store.ts'

export interface StorageOptions {
  readonly session: Config['session']
  readonly basePath: string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn'>
}

export interface Storage {
  readonly vault: SessionVault
  readonly limits: LoginLimits
  /** Waits for the store, two seconds at most: without it Gantry starts too, and is not ready. Never throws. */
  connect(): Promise<void>
  close(): Promise<void>
}

export async function createStorage(options: StorageOptions): Promise<Storage> {
  const { session, basePath, log } = options
  const lifetimes = { idleSeconds: session.idleSeconds, maxSeconds: session.maxSeconds }
  if (session.store === undefined) {
    const vault = createMemoryVault(lifetimes)
    return { vault, limits: createLoginLimits(), connect: async () => {}, close: vault.close }
  }
  // 10 MB of memory that one replica alone has no use for
  const { createStore } = await import('./redis.ts')
  const store = createStore(session.store, log)
  const prefix = `gantry:${hashOfBasePath(basePath)}:`
  const vault = createRedisVault({ ...lifetimes, store, prefix })
  return {
    vault,
    limits: createLoginLimits(createRedisCounters(store, prefix)),
    connect: store.connect,
    async close() {
      await vault.close()
      store.close()
    },
  }
}
