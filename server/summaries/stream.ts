// Streams of summary rows. A stream ends with its last row, or when the client disconnects, the session ends, or every
// further request would fail in the same way.

import { setMaxListeners } from 'node:events'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import type { Limiter, LimiterStream } from '../concurrency/limiter.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import { onSessionEnd, type Subject } from '../registry/subject.ts'
import type { InfoCache } from './info-cache.ts'
import type { RepositoryReader, RequestContext } from './reader.ts'
import { failedRow, Summaries, type SummaryOutcome } from './summaries.ts'

export interface SummaryStreamsOptions {
  readonly reader: RepositoryReader
  readonly infoCache: InfoCache
  readonly limiter: Pick<Limiter, 'open'>
}

export interface SummaryRequest {
  readonly subject: Subject
  /** In the limiter's queue (subject.ts). */
  readonly visitor: string
  readonly repository: Repository
  /** Without duplicates. */
  readonly tags: readonly Tag[]
  /** Called once for each tag. */
  onRow(row: SummaryRow): void
  /** Called after the last row, unless the client has disconnected. @param failure  the worst one, for the log. */
  onEnd(failure: GatewayError | undefined): void
}

/** Reasons that apply to every request of this subject. */
const CONCERNS_ALL = new Set<unknown>([
  'service_account_refused',
  'wrong_auth_type',
  'realm_refused',
  'untrusted_certificate',
])
/** After this many failures in a row the single tags are not to blame. */
const MAX_FAILURES_IN_A_ROW = 8

/** Whether a failure may concern more than its own tag. An invalid response concerns only its own. */
function mayConcernOthers({ code, reason }: GatewayError): boolean {
  if (code === 'UNAVAILABLE') return reason !== 'bad_answer'
  return code === 'DENIED' || code === 'TOOMANYREQUESTS'
}

/**
 * Decides when the rest of a stream is not worth requesting. It opens at once if the login is missing or over, or the
 * fault is Gantry's own account or settings; after eight failures in a row if access is denied (some registries deny
 * single tags), or the registry is busy, down or too slow. Faults of a tag's own documents never open it.
 */
export class CircuitBreaker {
  #failuresInARow = 0

  /**
   * Records the outcome of one tag, in the order of arrival.
   *
   * @param failure  undefined for a success.
   * @returns whether the breaker is open.
   */
  record(failure: GatewayError | undefined): boolean {
    if (failure !== undefined && (failure.code === 'UNAUTHORIZED' || CONCERNS_ALL.has(failure.reason)))
      return true
    this.#failuresInARow = failure !== undefined && mayConcernOthers(failure) ? this.#failuresInARow + 1 : 0
    return this.#failuresInARow >= MAX_FAILURES_IN_A_ROW
  }
}

/** One request: emits each row once, and releases what it holds when it ends. */
class SummaryStream {
  readonly #request: SummaryRequest
  readonly #limiterStream: LimiterStream
  readonly #onClose: () => void
  readonly #breaker = new CircuitBreaker()
  readonly #ended = new AbortController()
  readonly #missing: Set<string>
  readonly #stopListening: () => void
  #worst: GatewayError | undefined

  /** @param onClose  called once. */
  constructor(request: SummaryRequest, limiterStream: LimiterStream, onClose: () => void) {
    this.#request = request
    this.#limiterStream = limiterStream
    this.#onClose = onClose
    this.#missing = new Set(request.tags)
    // each request in flight listens, and their number has its own bound
    setMaxListeners(0, this.#ended.signal)
    this.#stopListening = onSessionEnd(request.subject, () => this.#fail(gatewayError('session_ended')))
  }

  start(summaries: Summaries): void {
    const { subject, repository, tags } = this.#request
    const context: RequestContext = {
      subject,
      repository,
      limiterStream: this.#limiterStream,
      signal: this.#ended.signal,
    }
    for (const tag of tags) void summaries.rowOf(context, tag).then((outcome) => this.#settle(outcome))
  }

  /** The client has disconnected: no more rows, and no `onEnd`. */
  leave(): void {
    this.#missing.clear()
    this.#close(gatewayError('client_disconnected'))
  }

  #settle({ row, failure }: SummaryOutcome): void {
    // emitted already, when the stream failed
    if (!this.#missing.delete(row.tag)) return
    this.#request.onRow(row)
    if (failure !== undefined && failure.statusCode >= (this.#worst?.statusCode ?? 0)) this.#worst = failure
    const isOpen = this.#breaker.record(failure)
    if (this.#missing.size === 0) {
      this.#close(gatewayError('client_disconnected'))
      this.#request.onEnd(this.#worst)
    } else if (isOpen && failure !== undefined) this.#fail(failure)
  }

  /** Gives all missing rows the failure that every further request would meet. */
  #fail(failure: GatewayError): void {
    const rest = [...this.#missing]
    this.#missing.clear()
    this.#close(failure)
    for (const tag of rest) this.#request.onRow(failedRow(tag, failure))
    this.#request.onEnd(failure)
  }

  #close(reason: GatewayError): void {
    if (this.#ended.signal.aborted) return
    this.#onClose()
    this.#stopListening()
    this.#limiterStream.close(reason)
    this.#ended.abort(reason)
  }
}

export class SummaryStreams {
  readonly #limiter: Pick<Limiter, 'open'>
  readonly #summaries: Summaries
  #open = 0

  constructor({ reader, infoCache, limiter }: SummaryStreamsOptions) {
    this.#limiter = limiter
    this.#summaries = new Summaries(reader, infoCache)
  }

  /**
   * Starts the requests; no callback runs before it has returned. When the session ends, the missing rows become
   * UNAUTHORIZED.
   *
   * @returns to be called when the client disconnects: aborts the requests that serve nobody else.
   * @throws GatewayError TOOMANYREQUESTS if this visitor has too many streams; UNAUTHORIZED if the session has ended.
   */
  open(request: SummaryRequest): () => void {
    const { subject, visitor, repository } = request
    subject.signal?.throwIfAborted()
    const limiterStream = this.#limiter.open({ visitor, subject: subject.key, repository })
    const stream = new SummaryStream(request, limiterStream, () => this.#open--)
    this.#open++
    stream.start(this.#summaries)
    return () => stream.leave()
  }

  /** Open streams. */
  count(): number {
    return this.#open
  }
}
