// Decides which queued request starts next: round robin over visitors; within a visitor first its single requests,
// then its two oldest streams alternately.

/** The visitor, account and repository of a request. */
export interface Caller {
  /** The session, or the network of a visitor without one. Each gets an equal share. */
  readonly visitor: string
  /** The account at the registry (`Subject.key`). Visitors without a session share one. */
  readonly subject: string
  /** Undefined for requests that do not belong to a single repository. */
  readonly repository: string | undefined
}

/** A queued request. */
export interface Waiting {
  readonly caller: Caller
  start(): void
  cancel(reason: Error): void
}

/** The queue of one stream: many requests for one response. */
export class StreamQueue {
  readonly waiting: Waiting[] = []
  readonly caller: Caller

  constructor(caller: Caller) {
    this.caller = caller
  }
}

interface Visitor {
  /** Requests in flight. */
  running: number
  /** Single requests, oldest first. */
  readonly requests: Waiting[]
  /** In the order they were opened. */
  readonly streams: StreamQueue[]
  /** Which of the two served streams is next. */
  next: 0 | 1
}

/** Decides whether a request may start now. */
export interface Admission {
  /** Called before each request starts. For a single request only its visitor matters. */
  admits(waiting: { readonly caller: Caller; readonly isStream: boolean }): boolean
}

/** Streams of one visitor served at a time: the rows in view, and the rest in the background. */
const SERVED = 2
/** Streams of one visitor, served and queued. The tabs of a browser share six connections over HTTP/1.1. */
export const MAX_STREAMS = 32

/**
 * Round robin over visitors. A visitor gets one share, regardless of its number of tabs: its third stream waits until
 * one of the first two ends or is held back. Up to 32 streams of a visitor are queued rather than refused.
 */
export class FairQueue {
  /** In round-robin order, which is insertion order: a visitor that was served moves to the end. */
  readonly #ring = new Map<string, Visitor>()

  /** Queues a single request. The function returned removes it, and returns whether it was still queued. */
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

  /** Opens the queue of a stream; undefined if the visitor has too many. */
  openStream(caller: Caller): StreamQueue | undefined {
    const { streams } = this.#visitorOf(caller)
    if (streams.length >= MAX_STREAMS) return undefined
    const stream = new StreamQueue(caller)
    streams.push(stream)
    return stream
  }

  /** Closes a stream and cancels its queued requests. Further calls do nothing. */
  closeStream(stream: StreamQueue, reason: Error): void {
    const visitor = this.#ring.get(stream.caller.visitor)
    const at = visitor?.streams.indexOf(stream) ?? -1
    if (at === -1) return
    visitor?.streams.splice(at, 1)
    for (const waiting of stream.waiting.splice(0)) waiting.cancel(reason)
    this.#tidy(stream.caller.visitor)
  }

  /** Number of this visitor's requests in flight. */
  running(visitor: string): number {
    return this.#ring.get(visitor)?.running ?? 0
  }

  /** Removes the next request, which counts as in flight from then on; undefined if none may start. */
  take(admission: Admission): Waiting | undefined {
    for (const [key, visitor] of this.#ring) {
      const waiting = nextOf(visitor, admission)
      if (waiting === undefined) continue
      this.#serve(key, visitor)
      return waiting
    }
    return undefined
  }

  /** Counts a single request as in flight that did not have to wait. */
  start(caller: Caller): void {
    this.#serve(caller.visitor, this.#visitorOf(caller))
  }

  /** A request has ended. */
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
