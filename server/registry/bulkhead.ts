// How many exchanges run at once with one peer, and whose turn is next.

import { GatewayError } from '../errors.ts'

export interface BulkheadOptions {
  /** Most that run at a time. */
  readonly max: number
  /** Most of them for one asker: nobody alone can keep all places busy with what takes long. */
  readonly maxEach: number
  /** Whoever has waited so long is told that there are too many. */
  readonly maxWaitSeconds: number
}

export interface Bulkhead {
  /**
   * Does the work when it is its turn: askers take turns, and each has its own in the order they came. The work's
   * own deadline should begin when it is called, so that waiting here costs nothing of it.
   *
   * @param asker  who waits: all with this name share one place in the round.
   * @throws what `work` throws; GatewayError UNAVAILABLE/overloaded after the longest wait.
   */
  run<T>(asker: string, work: () => Promise<T>): Promise<T>
}

interface Asker {
  running: number
  /** What waits, oldest first. */
  readonly starts: (() => void)[]
}

function overloaded(retryAfterSeconds: number): GatewayError {
  return new GatewayError('UNAVAILABLE', 'Too many people need the registry’s token server just now.', {
    reason: 'overloaded',
    retryAfterSeconds,
  })
}

export function createBulkhead({ max, maxEach, maxWaitSeconds }: BulkheadOptions): Bulkhead {
  /** In insertion order, which is the round: who has had a turn goes to its end. */
  const askers = new Map<string, Asker>()
  let running = 0

  function take(): (() => void) | undefined {
    for (const [name, asker] of askers) {
      const start = asker.running < maxEach ? asker.starts.shift() : undefined
      if (start === undefined) continue
      asker.running++
      askers.delete(name)
      askers.set(name, asker)
      return start
    }
    return undefined
  }

  function pump(): void {
    while (running < max) {
      const start = take()
      if (start === undefined) return
      running++
      start()
    }
  }

  function turnOf(asker: Asker): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(late)
        resolve()
      }
      const late = setTimeout(() => {
        asker.starts.splice(asker.starts.indexOf(start), 1)
        reject(overloaded(maxWaitSeconds))
      }, maxWaitSeconds * 1000).unref()
      asker.starts.push(start)
      pump()
    })
  }

  return {
    async run(name, work) {
      const asker = askers.get(name) ?? { running: 0, starts: [] }
      askers.set(name, asker)
      try {
        await turnOf(asker)
        try {
          return await work()
        } finally {
          running--
          asker.running--
          pump()
        }
      } finally {
        const idle = asker.running === 0 && asker.starts.length === 0
        if (idle && askers.get(name) === asker) askers.delete(name)
      }
    },
  }
}
