// `npm run demo`: a registry with sample images, its token server and Gantry, on nothing but Node.

import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildApp } from '../../app.ts'
import { parseConfig } from '../../config/config.ts'
import type { Environment } from '../../config/environment.ts'
import { stopOnSignals } from '../../stop.ts'
import { startSampleWorld } from '../samples/world.ts'
import { findFreePort } from './free-port.ts'

const HOST = '127.0.0.1'
/** How long running downloads may take to finish after a stop signal. */
const GRACE_SECONDS = 3
const START_MS = 15_000

interface Running {
  /** Where Gantry listens. */
  readonly port: number
  close(): Promise<void>
}

async function waitUntilAlive(port: number): Promise<void> {
  const deadline = Date.now() + START_MS
  while (Date.now() < deadline) {
    const response = await fetch(`http://${HOST}:${port}/livez`).catch(() => undefined)
    if (response?.status === 200) return
    await sleep(50)
  }
  throw new Error('Gantry does not respond.')
}

/** Starts all parts; resolves when Gantry responds. */
async function start({ PORT: wishedPort, REGISTRY_PUBLIC_URL }: Environment): Promise<Running> {
  const settings = {
    REGISTRY_PUBLIC_URL,
    HOST,
    TITLE: 'Gantry demo',
    LOG_LEVEL: 'silent',
    REGISTRY_AUTH_TYPE: 'token',
    REGISTRY_ALLOW_DELETE: 'true',
  }
  // parsed before anything listens, so that a bad PORT is said at once
  const { port: wished } = parseConfig({ ...settings, PORT: wishedPort, REGISTRY_URL: `http://${HOST}` })
  const world = await startSampleWorld()
  // the printed address says localhost, which is ::1 for some browsers
  const port = await findFreePort(wished, [HOST, '::1'])
  const app = await buildApp(
    parseConfig({ ...settings, PORT: String(port), REGISTRY_URL: world.registry.origin }),
  )
  await app.listen({ host: HOST, port })
  const { port: taken } = app.server.address() as AddressInfo
  await waitUntilAlive(taken)
  return {
    port: taken,
    close: async () => {
      await app.close()
      await world.close()
    },
  }
}

function welcome(port: number): string {
  const gantry = `http://localhost:${port}`
  return `Gantry is at ${gantry}/

  user    password     may see
  admin   admin-demo   everything, and may delete
  mira    mira-demo    payments/*, base/*, public/*
  carl    carl-demo    web/*, public/*; not the list of repositories
  nobody               public/* without a login

Try: mira on payments/api (28 versions, three platforms, a signature) and on web/storefront (refused);
     carl, who opens web/storefront by its name, and its tag "hostile";
     admin, who deletes from tools/scratch, and from tools/signed what is signed;
     without a login: ${gantry}/r/public/hello:latest

Stop with Ctrl-C.
`
}

async function main(): Promise<void> {
  const running = await start(process.env)
  stopOnSignals({ close: running.close, graceSeconds: GRACE_SECONDS })
  process.stdout.write(welcome(running.port))
}

main().catch((error: unknown) => {
  process.stderr.write(`The demo cannot start: ${error instanceof Error ? error.message : 'unknown error'}\n`)
  process.exit(1)
})
