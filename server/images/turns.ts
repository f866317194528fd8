// Whose turn it is: visitors in a ring, and within a visitor its two oldest streams in turn.

/** One upstream request that waits for its turn. */
export interface Waiting {
  start(): void
  cancel(reason: Error): void
}

interface Visitor {
  readonly key: string
  /** In the order they came. */
  readonly queues: Waiting[][]
  /** Which of the two served comes next. */
  next: 0 | 1
  /** How many reasons there are to wait. */
  holds: number
}

/** The place of one stream in the ring. */
export interface Turn {
  /** @param first  before the stream's other requests: one that finishes a row comes before one that begins one. */
  wait(waiting: Waiting, first: boolean): void
  /** Lets this visitor wait: it is its account that the registry asks to slow down. */
  hold(): void
  /** Takes one `hold` back. */
  release(): void
  /** Gives the place up and cancels what waits there. */
  leave(reason: Error): void
}

export interface Turns {
  /** Undefined if this visitor has too many streams already. */
  enter(visitor: string): Turn | undefined
  /** The next to start, or undefined if nobody may. */
  take(): Waiting | undefined
}

/** Streams of one visitor that are served at a time: the page's visible rows, and what it loads behind them. */
const SERVED = 2
/** Streams of one visitor, served and waiting. Tabs of one browser share six connections over HTTP/1.1. */
const MAX_STREAMS = 32

/**
 * A visitor is a session, or for those without one the address they come from. However many tabs it opens, it
 * gets one share, and a further stream waits until one of the first two has ended: nothing is refused that
 * only has to wait, up to 32 streams.
 */
export function createTurns(): Turns {
  /** In insertion order, which is the ring: who has had a turn goes to its end. */
  const ring = new Map<string, Visitor>()

  function nextOf(visitor: Visitor): Waiting | undefined {
    for (let tried = 0; tried < SERVED; tried++) {
      const waiting = visitor.queues[visitor.next]?.shift()
      visitor.next = visitor.next === 0 ? 1 : 0
      if (waiting !== undefined) return waiting
    }
    return undefined
  }

  return {
    enter(key) {
      const visitor = ring.get(key) ?? { key, queues: [], next: 0, holds: 0 }
      if (visitor.queues.length >= MAX_STREAMS) return undefined
      const queue: Waiting[] = []
      visitor.queues.push(queue)
      ring.set(key, visitor)
      return {
        wait(waiting, first) {
          if (first) queue.unshift(waiting)
          else queue.push(waiting)
        },
        hold() {
          visitor.holds++
        },
        release() {
          visitor.holds--
        },
        leave(reason) {
          const place = visitor.queues.indexOf(queue)
          if (place === -1) return
          visitor.queues.splice(place, 1)
          if (visitor.queues.length === 0) ring.delete(key)
          for (const waiting of queue.splice(0)) waiting.cancel(reason)
        },
      }
    },
    take() {
      for (const visitor of ring.values()) {
        if (visitor.holds > 0) continue
        const waiting = nextOf(visitor)
        if (waiting === undefined) continue
        ring.delete(visitor.key)
        ring.set(visitor.key, visitor)
        return waiting
      }
      return undefined
    },
  }
}
