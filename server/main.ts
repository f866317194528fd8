// The process: environment in, a listening server out. The only reader of process.env.

import { buildApp } from './app.ts'
import { ConfigError, parseConfig } from './config.ts'

/** How long running downloads may take to finish once we are asked to stop. */
const GRACE_MS = 10_000

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

async function main(): Promise<void> {
  const config = parseConfig(process.env)
  const app = await buildApp(config)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(0), GRACE_MS).unref()
      void app.close().then(() => process.exit(0))
    })
  }
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
