// The sample registry and the token server that guards it.

import { DEMO_GUEST, DEMO_USERS } from './demo-users.ts'
import type { Faults } from './faults.ts'
import { startRegistry } from './registry.ts'
import { createSampleStore } from './sample-images.ts'
import { startTokenServer } from './token-server.ts'

const SERVICE = 'Gantry demo registry'

export interface RegistryWorld {
  /** Of the registry. */
  readonly origin: string
  close(): Promise<unknown>
}

/** Starts both on free ports. @param faults  of both. */
export async function startRegistryWorld(faults?: Faults): Promise<RegistryWorld> {
  const more = { record: false, ...(faults && { faults }) }
  const tokenServer = await startTokenServer({
    service: SERVICE,
    users: DEMO_USERS,
    anonymous: DEMO_GUEST,
    expiresInSeconds: 300,
    ...more,
  })
  const registry = await startRegistry({
    store: createSampleStore(),
    auth: { type: 'token', realm: tokenServer.realm, service: SERVICE, verifyToken: tokenServer.verifyToken },
    deleteEnabled: true,
    ...more,
  })
  return { origin: registry.origin, close: () => Promise.all([registry.close(), tokenServer.close()]) }
}
