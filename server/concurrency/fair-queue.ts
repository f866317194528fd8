// Whose turn it is: visitors in a ring; within a visitor single requests first, then its two oldest streams in turn.

/** Whose work it is, and where. */
export interface Caller {
  /** The session, or the network of a visitor without one: each gets an equal share. */
  readonly visitor: string
  /** The account at the registry (`Subject.key`). Visitors without a session share one. */
  readonly subject: string
  /** Undefined for work that concerns no single repository. */
  readonly repository: string | undefined
}

/** A piece of work that waits for its turn. */
export interface Waiting {
  readonly caller: Caller
  start(): void
  cancel(reason: Error): void
}

/** The queue of one stream: many requests that belong to one answer. */
export class StreamQueue {
  readonly waiting: Waiting[] = []
  readonly caller: Caller

  constructor(caller: Caller) {
    this.caller = caller
  }
}

interface Visitor {
  /** Pieces of work under way. */
  running: number
  /** Single requests, oldest first. */
  readonly requests: Waiting[]
  /** In the order they were opened. */
  readonly streams: StreamQueue[]
  /** The stream served next of the two that are served. */
  next: 0 | 1
}

/** Decides whether work may start now. */
export interface Admission {
  /** Asked before each piece of work. Of a single request, its visitor alone decides. */
  admits(waiting: { readonly caller: Caller; readonly isStream: boolean }): boolean
}

/** Streams of one visitor that are served at a time: the rows in view, and the rest behind them. */
const SERVED = 2
/** Streams of one visitor, served and waiting. The tabs of a browser share six connections over HTTP/1.1. */
export const MAX_STREAMS = 32

/**
 * A ring of visitors. However many tabs a visitor opens, it gets one share; a further stream waits until one of the
 * first two has ended or is held. Nothing is refused that only has to wait, up to 32 streams.
 */
export class FairQueue {
  /** In insertion order, which is the ring: a visitor that was served goes to its end. */
  readonly #ring = new Map<string, Visitor>()

  /** Queues a single request. Returns its remover, which says whether it was still waiting. */
  addRequest(waiting: Waiting): () => boolean {
    const { requests } = this.#visitorOf(waiting.caller)
    requests.push(waiting)
    return () => {
      const at = requests.indexOf(waiting)
      if (at !== -1) requests.splice(at, 1)
      this.#tidy(waiting.caller.visitor)
      return at !== -1
    }
  }

  /** Opens the queue of a stream; undefined if this visitor has too many. */
  openStream(caller: Caller): StreamQueue | undefined {
    const { streams } = this.#visitorOf(caller)
    if (streams.length >= MAX_STREAMS) return undefined
    const stream = new StreamQueue(caller)
    streams.push(stream)
    return stream
  }

  /** Closes a stream and cancels its waiting requests. A second call does nothing. */
  closeStream(stream: StreamQueue, reason: Error): void {
    const visitor = this.#ring.get(stream.caller.visitor)
    const at = visitor?.streams.indexOf(stream) ?? -1
    if (at === -1) return
    visitor?.streams.splice(at, 1)
    for (const waiting of stream.waiting.splice(0)) waiting.cancel(reason)
    this.#tidy(stream.caller.visitor)
  }

  /** Pieces of work of this visitor under way. */
  running(visitor: string): number {
    return this.#ring.get(visitor)?.running ?? 0
  }

  /** The next piece of work, which counts as running from then on; undefined if none may start. */
  take(admission: Admission): Waiting | undefined {
    for (const [key, visitor] of this.#ring) {
      const waiting = nextOf(visitor, admission)
      if (waiting === undefined) continue
      this.#serve(key, visitor)
      return waiting
    }
    return undefined
  }

  /** Counts a single request as running that need not wait. */
  start(caller: Caller): void {
    this.#serve(caller.visitor, this.#visitorOf(caller))
  }

  /** A piece of work has ended. */
  done({ visitor: key }: Caller): void {
    const visitor = this.#ring.get(key)
    if (visitor !== undefined) visitor.running--
    this.#tidy(key)
  }

  #visitorOf({ visitor: key }: Caller): Visitor {
    const known = this.#ring.get(key)
    if (known !== undefined) return known
    const created: Visitor = { running: 0, requests: [], streams: [], next: 0 }
    this.#ring.set(key, created)
    return created
  }

  #serve(key: string, visitor: Visitor): void {
    visitor.running++
    this.#ring.delete(key)
    this.#ring.set(key, visitor)
  }

  #tidy(key: string): void {
    const visitor = this.#ring.get(key)
    if (visitor?.running === 0 && visitor.requests.length === 0 && visitor.streams.length === 0)
      this.#ring.delete(key)
  }
}

function nextOf(visitor: Visitor, admission: Admission): Waiting | undefined {
  const [request] = visitor.requests
  if (request !== undefined && admission.admits({ caller: request.caller, isStream: false }))
    return visitor.requests.shift()
  const served = visitor.streams
    .filter(({ caller }) => admission.admits({ caller, isStream: true }))
    .slice(0, SERVED)
  for (let tried = 0; tried < SERVED; tried++) {
    const waiting = served[visitor.next]?.waiting.shift()
    visitor.next = visitor.next === 0 ? 1 : 0
    if (waiting !== undefined) return waiting
  }
  return undefined
}
