// Gantry as it is shipped, beside the sample registry, and the sites and proxies around it, for each worker.

import type { Page } from '@playwright/test'
import { type Attacker, startAttacker } from './attacker.ts'
import { test as base } from './page.ts'
import { type Relay, startRelay } from './relay.ts'
import { type Gantry, type SampleRegistry, startGantry, startSampleRegistry } from './sample-registry.ts'
import { CHROMIUM, CHROMIUM_ARGS } from './tools.ts'

/** Names of the tests' own: Gantry is at one, attackers at its siblings and at one that has nothing to do with it. */
export const NAMES = {
  gantry: 'app.gantry.test',
  sibling: 'evil.gantry.test',
  stranger: 'attacker.test',
} as const

export const test = base.extend<
  { baseURL: string },
  { registry: SampleRegistry; gantry: Gantry; relay: Relay; secureRelay: Relay; attacker: Attacker }
>({
  registry: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const registry = await startSampleRegistry()
      await use(registry)
      await registry.stop()
    },
    { scope: 'worker' },
  ],
  gantry: [
    async ({ registry }, use) => {
      const gantry = await startGantry(registry.origin)
      await use(gantry)
      await gantry.stop()
    },
    { scope: 'worker' },
  ],
  relay: [
    async ({ gantry }, use) => {
      const relay = await startRelay(() => gantry.port)
      await use(relay)
      await relay.close()
    },
    { scope: 'worker' },
  ],
  /** Terminates TLS in front of Gantry, which is configured for it. */
  secureRelay: [
    async ({ registry }, use) => {
      let gantry: Gantry | undefined
      const relay = await startRelay(() => gantry?.port ?? 0, { tls: true })
      gantry = await startGantry(registry.origin, {
        PUBLIC_URL: `https://${NAMES.gantry}:${relay.port}`,
        TRUST_PROXY: '127.0.0.1',
      })
      await use(relay)
      await gantry.stop()
      await relay.close()
    },
    { scope: 'worker' },
  ],
  attacker: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const attacker = await startAttacker()
      await use(attacker)
      await attacker.close()
    },
    { scope: 'worker' },
  ],
  // browsers send `Sec-Fetch-Site` to localhost, as over https
  baseURL: async ({ relay }, use) => use(`http://localhost:${relay.port}`),
  ownHosts: ['localhost', '127.0.0.1', ...Object.values(NAMES)],
  launchOptions: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const rules = Object.values(NAMES).map((name) => `MAP ${name} 127.0.0.1`)
      await use({
        ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
        args: [...CHROMIUM_ARGS, `--host-resolver-rules=${rules.join(', ')}`],
      })
    },
    { scope: 'worker' },
  ],
})

test.beforeEach(async ({ registry, relay }) => {
  await registry.mend()
  relay.passed.length = 0
})

/** What the browser says of attacks that it stops, for `expectInConsole`. */
export const STOPPED =
  /blocked by CORS policy|violates the following Content Security Policy|^Refused to (?:display|apply style)|Strict MIME type checking|net::ERR_(?:BLOCKED_BY_RESPONSE|FAILED)/

/** Reports every violation of the page's policy, also after navigation. */
export async function watchPolicy(page: Page): Promise<string[]> {
  const violations: string[] = []
  await page.exposeFunction('tellViolation', (directive: string) => violations.push(directive))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
      (window as unknown as { tellViolation(text: string): void }).tellViolation(effectiveDirective),
    )
  })
  return violations
}

export { expect, signIn, signOut } from './page.ts'
