// Limits the requests in flight to one upstream, and shares them fairly. Proxied requests, summaries, plans, deletions
// and tokens all use this limiter.

import { GatewayError, gatewayError } from '../errors.ts'
import { type Admission, type Caller, FairQueue, type StreamQueue, type Waiting } from './fair-queue.ts'

export type { Caller } from './fair-queue.ts'

export interface LimiterOptions {
  /** Requests in flight: the connections of the upstream's pool. */
  readonly max: number
  /** Requests in flight that a visitor may always have. */
  readonly share: number
  /** Capacity withheld from visitors beyond their share. If it is `max`, nobody ever exceeds the share. */
  readonly reserve: number
  /**
   * Maximum seconds that a single request is queued. Requests of a stream are queued for as long as it is open.
   * Default 25: less than the idle time-out of the caller's socket (server-options.ts), so that it gets a response.
   */
  readonly maxWaitSeconds?: number
  /** The error after that wait. Default: Gantry is busy. */
  readonly overloaded?: (retryAfterSeconds: number) => GatewayError
  /** Stream requests in flight: the initial limit (default 16) and its maximum (default 64). */
  readonly streams?: { readonly initial?: number; readonly max?: number }
  /** Bytes of documents in memory at a time. Default 64 MiB. */
  readonly maxBytes?: number
}

/** Ends a wait: an AbortSignal, or something cheaper with the same interface. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void, options: { readonly once: true }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** One stream's access to an upstream. */
export interface LimiterStream {
  /**
   * Runs one request of the stream, including its body, once the limits admit it. After a 429 or 503 it retries: at
   * most four attempts, at most 10 seconds apart.
   *
   * @param first  ahead of the stream's other requests.
   * @throws what `work` throws; the reason of `close`.
   */
  run<T>(work: () => Promise<T>, first: boolean): Promise<T>
  /**
   * Waits until the budget has room for a document of this many bytes.
   *
   * @returns releases them.
   */
  reserve(bytes: number): Promise<() => void>
  /** Cancels the queued requests. The caller aborts those in flight. */
  close(reason: Error): void
}

const MAX_WAIT_SECONDS = 25
const MAX_RETRIES = 3
/** Stream requests in flight to an upstream, unless its limit is lower. A stream gains nothing from queuing more. */
export const MAX_STREAM_REQUESTS = 64
/** A longer Retry-After is passed on to the client. */
const MAX_WAIT_MS = 10_000
const MIN_WAIT_MS = 100
const DEFAULT_WAIT_MS = 500
const MAX_BYTES = 64 * 1024 * 1024

/** A wait that an upstream has requested. */
interface Backoff {
  readonly milliseconds: number
  /** Whether it applies to all requests of the subject, or to all requests to the repository. */
  readonly scope: 'subject' | 'repository'
}

/** Undefined for an error that does not ask for a wait. */
function backoffOf(error: unknown, retries: number): Backoff | undefined {
  if (!(error instanceof GatewayError) || (error.statusCode !== 429 && error.statusCode !== 503))
    return undefined
  const requested = error.retryAfterSeconds
  const milliseconds =
    requested === undefined ? DEFAULT_WAIT_MS * 2 ** retries : Math.max(requested * 1000, MIN_WAIT_MS)
  return { milliseconds, scope: error.statusCode === 429 ? 'subject' : 'repository' }
}

/** Slow start, additive increase, multiplicative decrease, as in TCP. */
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

  /** After a success. Grows only if the limit was fully used: an idle upstream reveals nothing about its capacity. */
  grow(running: number): void {
    if (running < this.value) return
    // doubles per round trip until the first cut, then adds one per round trip
    this.#limit = Math.min(this.#max, this.#limit + (this.#cuts === 0 ? 1 : 1 / this.#limit))
  }

  /** After a 429 or 503. `cutsBefore`: cuts when the request started; those in flight together cut the limit once. */
  shrink(cutsBefore: number): void {
    if (this.#cuts !== cutsBefore) return
    this.#cuts++
    this.#limit = Math.max(1, this.#limit / 2)
  }

  get isFull(): boolean {
    return this.#limit >= this.#max
  }
}

/** A subject or repository that has requests in flight, has to wait, or has a reduced limit. */
interface Scope {
  running: number
  /** Waits in progress. Counted rather than timed: the clock may jump. */
  holds: number
  /** Absent before its first 429 or 503. */
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

  /** Halves the limit of this key and holds its requests back. Returns a function that ends the wait. */
  backOff(key: string, cutsBefore: number): () => void {
    const scope = this.#scopeOf(key)
    scope.limit ??= new AdaptiveLimit(scope.running, this.#max)
    scope.limit.shrink(cutsBefore)
    scope.holds++
    return () => {
      scope.holds--
      this.#tidy(key)
    }
  }

  /** Requests that this key may have in flight. */
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
    // an idle key is kept only while its limit is reduced
    if (scope.limit === undefined || scope.limit.isFull || this.#scopes.size > MAX_SCOPES)
      this.#scopes.delete(key)
  }
}

/** Keys kept for their reduced limit, some 150 bytes each. */
const MAX_SCOPES = 10_000

/** Bytes of documents in memory, granted in the order of the calls. */
class ByteBudget {
  #free: number
  readonly #max: number
  readonly #waiting: { readonly bytes: number; grant(): void }[] = []

  constructor(max: number) {
    this.#free = max
    this.#max = max
  }

  /** A document larger than the budget takes all of it. */
  take(bytes: number): Promise<() => void> {
    const granted = Math.min(bytes, this.#max)
    return new Promise((resolve) => {
      const grant = () => {
        this.#free -= granted
        let isHeld = true
        resolve(() => {
          if (isHeld) this.#release(granted)
          isHeld = false
        })
      }
      this.#waiting.push({ bytes: granted, grant })
      this.#pump()
    })
  }

  #release(bytes: number): void {
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
 * Shares one upstream between visitors by round robin; within a visitor, single requests precede streams. Stream
 * requests have further limits: an adaptive one for all of them, and within it one for each subject and each
 * repository. A 429 applies to an account, so it reduces the limit of its subject only. A 503 may be caused by the
 * storage of one repository, so it reduces the limit of that repository only; if the whole registry is overloaded, each
 * repository finds out with its first request.
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

  /** Stream requests that may be in flight now. */
  streamLimit(): number {
    return this.#streams.value
  }

  /** Requests that one subject or repository may have in flight now. */
  limitOf(scope: 'subject' | 'repository', key: string): number {
    return Math.min(
      this.#streams.value,
      (scope === 'subject' ? this.#subjects : this.#repositories).limit(key),
    )
  }

  admits({ caller, isStream }: { readonly caller: Caller; readonly isStream: boolean }): boolean {
    if (this.#running >= this.#options.max || !this.#hasShareLeft(caller.visitor)) return false
    if (!isStream) return true
    if (this.#streamsRunning >= this.#streams.value || !this.#subjects.admits(caller.subject)) return false
    return caller.repository === undefined || this.#repositories.admits(caller.repository)
  }

  /**
   * Waits until one request may start.
   *
   * @param signal  of the caller.
   * @returns releases it; call it once the response is closed. Further calls do nothing.
   * @throws the signal's reason; GatewayError UNAVAILABLE/overloaded after the maximum wait.
   */
  async acquire(caller: Caller, signal?: StopSignal): Promise<() => void> {
    if (signal?.aborted) throw signal.reason
    // queued requests may not start now either, so none of them is overtaken
    if (!this.admits({ caller, isStream: false })) return this.#wait(caller, signal)
    this.#running++
    this.#queue.start(caller)
    return this.#releaseOf(caller)
  }

  #wait(caller: Caller, signal: StopSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(late)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiting: Waiting = {
        caller,
        start: () => {
          settle()
          resolve(this.#releaseOf(caller))
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

  /** Runs one request once it may start. Its own deadline should begin when `work` is called. Throws like `acquire`. */
  async run<T>(caller: Caller, work: () => Promise<T>, signal?: StopSignal): Promise<T> {
    const release = await this.acquire(caller, signal)
    try {
      return await work()
    } finally {
      release()
    }
  }

  /** Opens a stream. @throws GatewayError TOOMANYREQUESTS if the visitor has too many. */
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
        // another stream of the visitor may be served now
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
      await this.#admit(stream, closed, first || retries > 0)
      const { subject, repository = '' } = stream.caller
      const cuts = { subject: this.#subjects.cuts(subject), repository: this.#repositories.cuts(repository) }
      try {
        const value = await work()
        this.#succeeded(stream.caller)
        return value
      } catch (error) {
        // a closed stream fails because it was closed, not because of the upstream
        const backoff = closed() === undefined ? backoffOf(error, retries) : undefined
        if (backoff === undefined) throw error
        const isRetried = retries < MAX_RETRIES && backoff.milliseconds <= MAX_WAIT_MS
        this.#backOff(stream.caller, backoff, cuts[backoff.scope], isRetried)
        if (!isRetried) throw error
      } finally {
        this.#ended(stream.caller, true)
      }
    }
  }

  #admit(stream: StreamQueue, closed: () => Error | undefined, first: boolean): Promise<void> {
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

  #backOff(caller: Caller, { milliseconds, scope }: Backoff, cutsBefore: number, waits: boolean): void {
    const scopes = scope === 'subject' ? this.#subjects : this.#repositories
    const resume = scopes.backOff(
      (scope === 'subject' ? caller.subject : caller.repository) ?? '',
      cutsBefore,
    )
    const resumeQueue = () => {
      resume()
      this.#pump()
    }
    if (waits) setTimeout(resumeQueue, milliseconds).unref()
    else resumeQueue()
  }

  /** Beyond its share a visitor may not use the reserve, so that the next visitor can always start. */
  #hasShareLeft(visitor: string): boolean {
    const { max, share, reserve } = this.#options
    return this.#queue.running(visitor) < share || this.#running < max - reserve
  }

  #releaseOf(caller: Caller): () => void {
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
    // when it is full, skip the search through all the queues
    while (this.#running < this.#options.max) {
      const waiting = this.#queue.take(this)
      if (waiting === undefined) return
      this.#running++
      waiting.start()
    }
  }
}
