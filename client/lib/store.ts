// Tells of changes in batches: drawing and sorting thousands of rows for each one would cost more than fetching them.

const BATCH_MS = 40
const LARGE = 2000
const LARGE_BATCH_MS = 250

export interface BatchesOptions<State> {
  /** What the listeners are to see now; a new object each time. */
  readonly read: (revision: number) => State
  /** How many rows there are: the more, the larger the batches. */
  readonly size: () => number
  /** Milliseconds, as `Date.now`. */
  readonly now: () => number
}

/** A state that is told at once after a silence, and then once for whatever happens in a while. */
export function createBatches<State>({ read, size, now }: BatchesOptions<State>) {
  const listeners = new Set<() => void>()
  let revision = 0
  let state = read(revision)
  let toldAt = Number.NEGATIVE_INFINITY
  let timer: ReturnType<typeof setTimeout> | undefined

  function publish(): void {
    clearTimeout(timer)
    timer = undefined
    toldAt = now()
    state = read(++revision)
    for (const listener of listeners) listener()
  }
  return {
    subscribe(listener: () => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => state,
    publish,
    publishSoon(): void {
      const batchMs = size() > LARGE ? LARGE_BATCH_MS : BATCH_MS
      timer ??= setTimeout(publish, Math.max(0, toldAt + batchMs - now()))
    },
    /** Whether something is still to be told. */
    isPending: () => timer !== undefined,
  }
}
