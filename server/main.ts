// The process: reads the environment and listens. Nothing else reads process.env.

import { buildApp } from './app.ts'
import { ConfigError, parseConfig } from './config/config.ts'
import { stopOnSignals } from './stop.ts'

/**
 * How long requests in flight may take after SIGTERM: five seconds less than Kubernetes waits before it kills the
 * process, so that it exits by itself. Docker waits ten by default (`stop_grace_period`).
 */
const GRACE_SECONDS = 25

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

async function main(): Promise<void> {
  const config = parseConfig(process.env)
  const app = await buildApp(config)
  stopOnSignals({ close: () => app.close(), graceSeconds: GRACE_SECONDS })
  await app.listen({ host: config.host, port: config.port })
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) fail(error.message)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE') fail('Gantry cannot start: the port is taken already (PORT).')
  if (code === 'EACCES') fail('Gantry cannot start: this port needs more rights (PORT).')
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    fail('Gantry cannot start: this machine has no such address (HOST).')
  fail(`Gantry cannot start: ${error instanceof Error ? error.message : 'unknown error'}`)
})
