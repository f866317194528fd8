// Whose turn it is: visitors in a ring, and within a visitor its two oldest streams in turn.

/** One upstream request that waits for its turn. */
export interface Waiting {
  start(): void
  cancel(reason: Error): void
}

/** Whose requests a stream makes, and where. */
export interface Place {
  /** The session, or the address of somebody without one: all of them get equal shares. */
  readonly visitor: string
  /** The account they ask with; visitors without a session share one. */
  readonly subject: string
  readonly repository: string
}

interface Queue extends Place {
  readonly waiting: Waiting[]
}

interface Visitor {
  readonly key: string
  /** In the order they came. */
  readonly queues: Queue[]
  /** Which of the two served comes next. */
  next: 0 | 1
}

/** The place of one stream in the ring. */
export interface Turn {
  /** @param first  before the stream's other requests: one that finishes a row comes before one that begins one. */
  wait(waiting: Waiting, first: boolean): void
  /**
   * Lets everybody of this stream's subject, or in its repository, wait: whom the registry asks to slow down.
   *
   * @returns takes it back; to be called once.
   */
  hold(whom: 'subject' | 'repository'): () => void
  /** Gives the place up and cancels what waits there. */
  leave(reason: Error): void
}

export interface Turns {
  /** Undefined if this visitor has too many streams already. */
  enter(place: Place): Turn | undefined
  /** The next to start, or undefined if nobody may. */
  take(): Waiting | undefined
}

/** Streams of one visitor that are served at a time: the page's visible rows, and what it loads behind them. */
const SERVED = 2
/** Streams of one visitor, served and waiting. Tabs of one browser share six connections over HTTP/1.1. */
const MAX_STREAMS = 32

/** Reasons to wait, by whom they concern. Counted and not timed: a clock may jump. */
function createHolds() {
  const counts = new Map<string, number>()
  const keyOf = (whom: 'subject' | 'repository', place: Place) => `${whom} ${place[whom]}`
  return {
    concern: (place: Place) =>
      counts.size > 0 && (counts.has(keyOf('subject', place)) || counts.has(keyOf('repository', place))),
    add(whom: 'subject' | 'repository', place: Place): () => void {
      const key = keyOf(whom, place)
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return () => {
        const left = (counts.get(key) ?? 0) - 1
        if (left > 0) counts.set(key, left)
        else counts.delete(key)
      }
    },
  }
}

/**
 * A visitor is a session, or for those without one the address they come from. However many tabs it opens, it
 * gets one share, and a further stream waits until one of the first two has ended or is held: nothing is refused
 * that only has to wait, up to 32 streams.
 */
export function createTurns(): Turns {
  /** In insertion order, which is the ring: who has had a turn goes to its end. */
  const ring = new Map<string, Visitor>()
  const holds = createHolds()

  function nextOf(visitor: Visitor): Waiting | undefined {
    const served = visitor.queues.filter((queue) => !holds.concern(queue)).slice(0, SERVED)
    for (let tried = 0; tried < SERVED; tried++) {
      const waiting = served[visitor.next]?.waiting.shift()
      visitor.next = visitor.next === 0 ? 1 : 0
      if (waiting !== undefined) return waiting
    }
    return undefined
  }

  return {
    enter(place) {
      const visitor = ring.get(place.visitor) ?? { key: place.visitor, queues: [], next: 0 }
      if (visitor.queues.length >= MAX_STREAMS) return undefined
      const queue: Queue = { ...place, waiting: [] }
      visitor.queues.push(queue)
      ring.set(visitor.key, visitor)
      return {
        wait(waiting, first) {
          if (first) queue.waiting.unshift(waiting)
          else queue.waiting.push(waiting)
        },
        hold: (whom) => holds.add(whom, queue),
        leave(reason) {
          const index = visitor.queues.indexOf(queue)
          if (index === -1) return
          visitor.queues.splice(index, 1)
          if (visitor.queues.length === 0) ring.delete(visitor.key)
          for (const waiting of queue.waiting.splice(0)) waiting.cancel(reason)
        },
      }
    },
    take() {
      for (const visitor of ring.values()) {
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
