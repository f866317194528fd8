// How a process that serves ends: what has begun is finished, within a time.

import { constants } from 'node:os'

/** A terminal sends Ctrl-C to everything it runs, and npm passes it on once more: that is one wish, not two. */
const SAME_WISH_MS = 500

export interface StopOptions {
  /** Takes no new requests; resolves when those that run are answered. */
  readonly close: () => Promise<unknown>
  /** How long they may take. */
  readonly graceSeconds: number
  readonly exit: (code: number) => void
}

/**
 * Makes what to do at SIGTERM and SIGINT: close and exit with 0, at the latest when the grace time is over. Another
 * signal ends the process at once, with the code a shell gives such an end.
 */
export function createStop({ close, graceSeconds, exit }: StopOptions): (signal: NodeJS.Signals) => void {
  let since: number | undefined
  return (signal) => {
    if (since !== undefined) {
      if (performance.now() - since > SAME_WISH_MS) exit(128 + constants.signals[signal])
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

/** Lets signals stop this process. */
export function stopOnSignals(options: Omit<StopOptions, 'exit'>): void {
  const stop = createStop({ ...options, exit: (code) => process.exit(code) })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}
