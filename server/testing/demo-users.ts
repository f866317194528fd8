// The accounts of the demo.

import type { AccessRule } from './access.ts'
import type { DemoUser } from './token-server.ts'

const CATALOG: AccessRule = { type: 'registry', name: 'catalog', actions: ['*'] }

function may(name: string, ...actions: string[]): AccessRule {
  return { type: 'repository', name, actions }
}

/** What anybody may see without a login. */
export const DEMO_GUEST: readonly AccessRule[] = [may('public/*', 'pull')]

export const DEMO_USERS: Readonly<Record<string, DemoUser>> = {
  admin: { password: 'admin-demo', access: [may('*', '*'), CATALOG] },
  mira: {
    password: 'mira-demo',
    access: [may('payments/*', 'pull'), may('base/*', 'pull'), ...DEMO_GUEST, CATALOG],
  },
  carl: { password: 'carl-demo', access: [may('web/*', 'pull'), ...DEMO_GUEST] },
}
