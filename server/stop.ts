// How the process ends: requests in flight finish, within a time limit.

import { constants } from 'node:os'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** A terminal sends Ctrl-C to every process it runs, and npm forwards it again: two signals, one intention. */
const SAME_SIGNAL_MS = 500

export interface StopOptions {
  /** Accepts no new requests; resolves when those in flight have finished. */
  readonly close: () => Promise<unknown>
  /** How long they may take. */
  readonly graceSeconds: number
  readonly exit: (code: number) => void
}

/**
 * Creates the handler of SIGTERM and SIGINT: it closes the server and exits with 0, at the latest after the grace time.
 * A second signal ends the process at once, with the exit code that a shell gives for it.
 */
export function createStop({ close, graceSeconds, exit }: StopOptions): (signal: NodeJS.Signals) => void {
  let since: number | undefined
  return (signal) => {
    if (since !== undefined) {
      if (performance.now() - since > SAME_SIGNAL_MS) exit(128 + constants.signals[signal])
      return
    }
    since = performance.now()
    setTimeout(() => exit(0), graceSeconds * 1000).unref()
    void close().then(
      () => exit(0),
      () => exit(1),
    )
  }
}

/** Handles SIGTERM and SIGINT of this process. */
export function stopOnSignals(options: Omit<StopOptions, 'exit'>): void {
  const stop = createStop({ ...options, exit: (code) => process.exit(code) })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}

const SWEEP_MS = 100

/**
 * Closes each keep-alive connection once it is idle. Node closes those that are idle when the server begins to close,
 * but not those that are busy then: they would stay open for the keep-alive time and delay the end.
 */
export const draining = fp(async (app: FastifyInstance) => {
  let sweep: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS)
  })
  app.addHook('onClose', async () => clearInterval(sweep))
})
