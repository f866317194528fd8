// How much one upstream is asked at a time, and by whom: the one limiter of proxied requests, summaries, plans,
// deletions and tokens.

import { GatewayError, gatewayError } from '../errors.ts'
import { type Admission, type Caller, FairQueue, type StreamQueue, type Waiting } from './fair-queue.ts'

export type { Caller } from './fair-queue.ts'

export interface LimiterOptions {
  /** Pieces of work at a time: the connections of the upstream's pool. */
  readonly max: number
  /** Pieces of work at a time that a visitor gets before those who have more. */
  readonly share: number
  /** Places kept from visitors beyond their share. `max`: nobody ever gets more than a share. */
  readonly reserve: number
  /**
   * How long a single request waits for its place, in seconds. Requests of a stream wait as long as it lasts.
   * Default 25: before the idle socket of the caller is closed (server-options.ts), so that it gets an answer.
   */
  readonly maxWaitSeconds?: number
  /** The error after that wait. Default: Gantry is busy. */
  readonly overloaded?: (retryAfterSeconds: number) => GatewayError
  /** Requests of streams at a time: to begin with (default 16), and at most (default 64). */
  readonly streams?: { readonly initial?: number; readonly max?: number }
  /** Bytes of documents held in memory at a time. Default 64 MiB. */
  readonly maxBytes?: number
}

/** What ends a wait: an AbortSignal, or what costs less and behaves like one. */
export interface WaitSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options: { readonly once: true }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** One stream's access to an upstream. */
export interface LimiterStream {
  /**
   * Does one request of the stream, its body included, when it is its turn. After a 429 or 503 it does it again
   * later: at most four times, with at most 10 seconds between two.
   *
   * @param first  before the stream's other requests.
   * @throws what `work` throws; the reason of `close`.
   */
  run<T>(work: () => Promise<T>, first: boolean): Promise<T>
  /**
   * Waits until a document of this many bytes may be held in memory.
   *
   * @returns gives them back; to be called once.
   */
  reserve(bytes: number): Promise<() => void>
  /** Gives back what waits. What is under way is the caller's to abort. */
  close(reason: Error): void
}

const MAX_WAIT_SECONDS = 25
const MAX_RETRIES = 3
/** Requests of all streams at a time, unless an upstream gets fewer. More of one stream would only wait here. */
export const MAX_STREAM_REQUESTS = 64
/** A registry that asks for more is asking people to come back later: its answer is passed on. */
const MAX_WAIT_MS = 10_000
const MIN_WAIT_MS = 100
const DEFAULT_WAIT_MS = 500
const MAX_BYTES = 64 * 1024 * 1024

/** A wait that an upstream asks for. */
interface Backoff {
  readonly milliseconds: number
  /** Whom it concerns: everybody of the subject that asked, or everybody in the repository. */
  readonly whom: 'subject' | 'repository'
}

/** Undefined for an error that asks nobody to wait. */
function backoffOf(error: unknown, retries: number): Backoff | undefined {
  if (!(error instanceof GatewayError) || (error.statusCode !== 429 && error.statusCode !== 503))
    return undefined
  const asked = error.retryAfterSeconds
  const milliseconds =
    asked === undefined ? DEFAULT_WAIT_MS * 2 ** retries : Math.max(asked * 1000, MIN_WAIT_MS)
  return { milliseconds, whom: error.statusCode === 429 ? 'subject' : 'repository' }
}

/** Slow start, additive increase, multiplicative decrease, as TCP does it. */
class AdaptiveLimit {
  #limit: number
  readonly #max: number
  #cuts = 0

  constructor(initial: number, max: number) {
    this.#limit = Math.min(initial, max)
    this.#max = max
  }

  get value(): number {
    return Math.floor(this.#limit)
  }

  get cuts(): number {
    return this.#cuts
  }

  /** A success. More only if all of the limit was in use: an idle upstream says nothing of its speed. */
  grow(running: number): void {
    if (running < this.value) return
    // doubles each round until the first complaint, then one more each round
    this.#limit = Math.min(this.#max, this.#limit + (this.#cuts === 0 ? 1 : 1 / this.#limit))
  }

  /** A complaint about work begun when there had been `cutsBefore`: those in flight together count once. */
  shrink(cutsBefore: number): void {
    if (this.#cuts !== cutsBefore) return
    this.#cuts++
    this.#limit = Math.max(1, this.#limit / 2)
  }

  get isFull(): boolean {
    return this.#limit >= this.#max
  }
}

/** What is known of one subject or repository while it has work under way, has to wait or is held to less. */
interface Scope {
  running: number
  /** Waits that are on. Counted and not timed: a clock may jump. */
  holds: number
  /** Absent until its first complaint. */
  limit?: AdaptiveLimit
}

/** The limits of subjects or of repositories, by key. */
class Scopes {
  readonly #scopes = new Map<string, Scope>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  admits(key: string): boolean {
    const scope = this.#scopes.get(key)
    if (scope === undefined) return true
    return scope.holds === 0 && (scope.limit === undefined || scope.running < scope.limit.value)
  }

  started(key: string): void {
    this.#scopeOf(key).running++
  }

  ended(key: string): void {
    this.#scopeOf(key).running--
    this.#tidy(key)
  }

  cuts(key: string): number {
    return this.#scopes.get(key)?.limit?.cuts ?? 0
  }

  succeeded(key: string): void {
    const scope = this.#scopes.get(key)
    scope?.limit?.grow(scope.running)
  }

  /** Halves what this key may have at a time, and lets it wait. Returns the end of the wait. */
  complained(key: string, cutsBefore: number): () => void {
    const scope = this.#scopeOf(key)
    scope.limit ??= new AdaptiveLimit(scope.running, this.#max)
    scope.limit.shrink(cutsBefore)
    scope.holds++
    return () => {
      scope.holds--
      this.#tidy(key)
    }
  }

  /** What this key may have at a time. */
  limit(key: string): number {
    return this.#scopes.get(key)?.limit?.value ?? this.#max
  }

  #scopeOf(key: string): Scope {
    const known = this.#scopes.get(key)
    if (known !== undefined) return known
    const created: Scope = { running: 0, holds: 0 }
    this.#scopes.set(key, created)
    return created
  }

  #tidy(key: string): void {
    const scope = this.#scopes.get(key)
    if (scope === undefined || scope.running > 0 || scope.holds > 0) return
    // an idle key that is still held to less is remembered, one of its usual speed is not
    if (scope.limit === undefined || scope.limit.isFull || this.#scopes.size > MAX_SCOPES)
      this.#scopes.delete(key)
  }
}

/** Keys that are remembered as slow, some 150 bytes each. */
const MAX_SCOPES = 10_000

/** Bytes of documents in memory, given out in the order they were asked for. */
class ByteBudget {
  #free: number
  readonly #max: number
  readonly #waiting: { readonly bytes: number; grant(): void }[] = []

  constructor(max: number) {
    this.#free = max
    this.#max = max
  }

  /** One document may be as large as all of the budget, never larger. */
  take(bytes: number): Promise<() => void> {
    const wanted = Math.min(bytes, this.#max)
    return new Promise((resolve) => {
      const grant = () => {
        this.#free -= wanted
        let isGiven = true
        resolve(() => {
          if (isGiven) this.#give(wanted)
          isGiven = false
        })
      }
      this.#waiting.push({ bytes: wanted, grant })
      this.#pump()
    })
  }

  #give(bytes: number): void {
    this.#free += bytes
    this.#pump()
  }

  #pump(): void {
    for (let [next] = this.#waiting; next !== undefined && next.bytes <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift()
      next.grant()
    }
  }
}

function gantryIsBusy(retryAfterSeconds: number): GatewayError {
  return gatewayError('busy', {}, { retryAfterSeconds })
}

/**
 * Shares one upstream between visitors. They take turns; within a visitor, single requests come before streams. What
 * a stream asks for is bounded further: by a limit that follows the upstream's answers, and within it by one for each
 * subject and each repository. A 429 is said to an account, so its subject alone gets less. A 503 may be about no more
 * than a repository's storage, so that repository alone gets less; if it is about the whole registry, each repository
 * learns it with its first request.
 */
export class Limiter implements Admission {
  readonly #options: LimiterOptions
  readonly #queue = new FairQueue()
  readonly #subjects: Scopes
  readonly #repositories: Scopes
  readonly #streams: AdaptiveLimit
  readonly #bytes: ByteBudget
  #running = 0
  #streamsRunning = 0

  constructor(options: LimiterOptions) {
    const { initial = 16, max = MAX_STREAM_REQUESTS } = options.streams ?? {}
    this.#options = options
    this.#streams = new AdaptiveLimit(initial, max)
    this.#subjects = new Scopes(max)
    this.#repositories = new Scopes(max)
    this.#bytes = new ByteBudget(options.maxBytes ?? MAX_BYTES)
  }

  /** Requests of streams that may be under way now. */
  streamLimit(): number {
    return this.#streams.value
  }

  /** What one subject or repository may have under way now. */
  limitOf(whom: 'subject' | 'repository', key: string): number {
    return Math.min(
      this.#streams.value,
      (whom === 'subject' ? this.#subjects : this.#repositories).limit(key),
    )
  }

  admits({ caller, isStream }: { readonly caller: Caller; readonly isStream: boolean }): boolean {
    if (this.#running >= this.#options.max || !this.#hasShareLeft(caller.visitor)) return false
    if (!isStream) return true
    if (this.#streamsRunning >= this.#streams.value || !this.#subjects.admits(caller.subject)) return false
    return caller.repository === undefined || this.#repositories.admits(caller.repository)
  }

  /**
   * Waits for a place for one request.
   *
   * @param signal  of the caller.
   * @returns gives the place back; to be called once the response is closed. Further calls do nothing.
   * @throws the signal's reason; GatewayError UNAVAILABLE/overloaded after the longest wait.
   */
  async acquire(caller: Caller, signal?: WaitSignal): Promise<() => void> {
    if (signal?.aborted) throw signal.reason
    // what waits may not start now, so nothing is overtaken that could
    if (!this.admits({ caller, isStream: false })) return this.#wait(caller, signal)
    this.#running++
    this.#queue.start(caller)
    return this.#releaserOf(caller)
  }

  #wait(caller: Caller, signal: WaitSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(late)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        caller,
        start: () => {
          settle()
          resolve(this.#releaserOf(caller))
        },
        cancel: reject,
      }
      const remove = this.#queue.addRequest(waiting)
      const giveUp = (reason: unknown) => {
        settle()
        if (remove()) reject(reason)
      }
      const onAbort = () => giveUp(signal?.reason)
      const { maxWaitSeconds = MAX_WAIT_SECONDS, overloaded = gantryIsBusy } = this.#options
      const late = setTimeout(() => giveUp(overloaded(maxWaitSeconds)), maxWaitSeconds * 1000).unref()
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Does one piece of work in its place. Its own deadline should begin when it is called. Throws as `acquire`. */
  async run<T>(caller: Caller, work: () => Promise<T>, signal?: WaitSignal): Promise<T> {
    const release = await this.acquire(caller, signal)
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** Opens a stream. @throws GatewayError TOOMANYREQUESTS if this visitor has too many. */
  open(caller: Caller): LimiterStream {
    const stream = this.#queue.openStream(caller)
    if (stream === undefined) throw gatewayError('too_many_streams', {}, { retryAfterSeconds: 1 })
    let closed: Error | undefined
    return {
      run: (work, first) => this.#runInStream(stream, () => closed, work, first),
      reserve: (bytes) => this.#bytes.take(bytes),
      close: (reason) => {
        closed ??= reason
        this.#queue.closeStream(stream, closed)
        // it may have been in the way of another stream
        this.#pump()
      },
    }
  }

  async #runInStream<T>(
    stream: StreamQueue,
    closed: () => Error | undefined,
    work: () => Promise<T>,
    first: boolean,
  ): Promise<T> {
    for (let retries = 0; ; retries++) {
      await this.#turnOf(stream, closed, first || retries > 0)
      const { subject, repository = '' } = stream.caller
      const cuts = { subject: this.#subjects.cuts(subject), repository: this.#repositories.cuts(repository) }
      try {
        const value = await work()
        this.#succeeded(stream.caller)
        return value
      } catch (error) {
        // a stream that was stopped fails with what stopped it, which says nothing of the upstream
        const backoff = closed() === undefined ? backoffOf(error, retries) : undefined
        if (backoff === undefined) throw error
        const isRetried = retries < MAX_RETRIES && backoff.milliseconds <= MAX_WAIT_MS
        this.#complained(stream.caller, backoff, cuts[backoff.whom], isRetried)
        if (!isRetried) throw error
      } finally {
        this.#ended(stream.caller, true)
      }
    }
  }

  #turnOf(stream: StreamQueue, closed: () => Error | undefined, first: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const reason = closed()
      if (reason !== undefined) return reject(reason)
      const start = () => {
        this.#streamsRunning++
        this.#subjects.started(stream.caller.subject)
        if (stream.caller.repository !== undefined) this.#repositories.started(stream.caller.repository)
        resolve()
      }
      const waiting: Waiting = { caller: stream.caller, start, cancel: reject }
      if (first) stream.waiting.unshift(waiting)
      else stream.waiting.push(waiting)
      this.#pump()
    })
  }

  #succeeded({ subject, repository }: Caller): void {
    this.#streams.grow(this.#streamsRunning)
    this.#subjects.succeeded(subject)
    if (repository !== undefined) this.#repositories.succeeded(repository)
  }

  #complained(caller: Caller, { milliseconds, whom }: Backoff, cutsBefore: number, waits: boolean): void {
    const scopes = whom === 'subject' ? this.#subjects : this.#repositories
    const resume = scopes.complained(
      (whom === 'subject' ? caller.subject : caller.repository) ?? '',
      cutsBefore,
    )
    const goOn = () => {
      resume()
      this.#pump()
    }
    if (waits) setTimeout(goOn, milliseconds).unref()
    else goOn()
  }

  /** Beyond its share a visitor gets what the reserve leaves, so that the next visitor always finds a place. */
  #hasShareLeft(visitor: string): boolean {
    const { max, share, reserve } = this.#options
    return this.#queue.running(visitor) < share || this.#running < max - reserve
  }

  #releaserOf(caller: Caller): () => void {
    let isHeld = true
    return () => {
      if (isHeld) this.#ended(caller, false)
      isHeld = false
    }
  }

  #ended(caller: Caller, isStream: boolean): void {
    this.#running--
    this.#queue.done(caller)
    if (isStream) {
      this.#streamsRunning--
      this.#subjects.ended(caller.subject)
      if (caller.repository !== undefined) this.#repositories.ended(caller.repository)
    }
    this.#pump()
  }

  #pump(): void {
    // a full limiter has nothing to look for, however many visitors wait
    while (this.#running < this.#options.max) {
      const waiting = this.#queue.take(this)
      if (waiting === undefined) return
      this.#running++
      waiting.start()
    }
  }
}
