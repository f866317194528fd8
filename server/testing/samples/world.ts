// The sample registry, the token server that guards it and their accounts, for the demo and for browser tests.

import type { AccessRule } from '../access.ts'
import type { Faults } from '../faults.ts'
import { type DemoRegistry, startRegistry } from '../registry/registry.ts'
import { type DemoTokenServer, type DemoUser, startTokenServer } from '../token-server.ts'
import { createSampleStore } from './images.ts'

const CATALOG: AccessRule = { type: 'registry', name: 'catalog', actions: ['*'] }

function may(name: string, ...actions: string[]): AccessRule {
  return { type: 'repository', name, actions }
}

/** Access without a login. */
export const DEMO_GUEST: readonly AccessRule[] = [may('public/*', 'pull')]

export const DEMO_USERS: Readonly<Record<string, DemoUser>> = {
  admin: { password: 'admin-demo', access: [may('*', '*'), CATALOG] },
  mira: {
    password: 'mira-demo',
    access: [may('payments/*', 'pull'), may('base/*', 'pull'), ...DEMO_GUEST, CATALOG],
  },
  carl: { password: 'carl-demo', access: [may('web/*', 'pull'), ...DEMO_GUEST] },
}

const SERVICE = 'Gantry demo registry'

export interface SampleWorld {
  readonly registry: DemoRegistry
  readonly tokenServer: DemoTokenServer
  close(): Promise<void>
}

export interface SampleWorldOptions {
  /** 0 (the default): any free one. */
  readonly registryPort?: number
  readonly tokenPort?: number
  /** Whether requests are kept to be looked at: not for what runs for long. */
  readonly record?: boolean
  /** The accounts; those of the demo if absent. */
  readonly users?: Readonly<Record<string, DemoUser>>
  /** Whether `/v2/` is open to everybody and the registry takes passwords itself, as zot does; default: it has a token server. */
  readonly open?: boolean
  /** Of both; none if absent. */
  readonly faults?: Faults
}

/** Starts both on loopback. Throws if a port is taken. */
export async function startSampleWorld(options: SampleWorldOptions = {}): Promise<SampleWorld> {
  const { registryPort = 0, tokenPort = 0, record = false, users = DEMO_USERS, open, faults } = options
  const tokenServer = await startTokenServer({
    port: tokenPort,
    service: SERVICE,
    users,
    anonymous: DEMO_GUEST,
    expiresInSeconds: 300,
    record,
    ...(faults && { faults }),
  })
  const { realm, verifyToken } = tokenServer
  const registry = await startRegistry({
    port: registryPort,
    store: createSampleStore(),
    auth: open
      ? { type: 'open', users, anonymous: DEMO_GUEST, lenient: false }
      : { type: 'token', realm, service: SERVICE, verifyToken },
    deleteEnabled: true,
    record,
    ...(faults && { faults }),
  })
  return {
    registry,
    tokenServer,
    async close() {
      await Promise.all([registry.close(), tokenServer.close()])
    },
  }
}
