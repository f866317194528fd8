// The streams of rows that run: each ends when its rows are all there, its reader leaves or its session ends.

import { setMaxListeners } from 'node:events'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import type { Limiter } from '../concurrency/limiter.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import { onSessionEnd, type Subject } from '../registry/subject.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import type { InfoCache } from './info-cache.ts'
import type { RepositoryReader } from './reader.ts'
import { createSummaries, failedRow } from './summaries.ts'

export interface SummaryStreamsOptions {
  readonly reader: RepositoryReader
  readonly infoCache: InfoCache
  readonly limiter: Pick<Limiter, 'open'>
}

export interface SummaryRequest {
  readonly subject: Subject
  /** Who shares the registry with whom: the session, or the address of somebody without one. */
  readonly visitor: string
  readonly repository: Repository
  /** Each once. */
  readonly tags: readonly Tag[]
  /** Called once for each tag. */
  onRow(row: SummaryRow): void
  /** Called once, after the last row; not after `leave`. @param failure  the gravest of the rows', for the log. */
  onEnd(failure: GatewayError | undefined): void
}

export interface SummaryStreams {
  /**
   * Begins to ask, and calls nothing back before it has returned. When the session ends, the rows that are still
   * missing become UNAUTHORIZED.
   *
   * @returns what to call when the reader leaves: aborts what is under way for nobody else.
   * @throws GatewayError TOOMANYREQUESTS if this visitor has too many streams; UNAUTHORIZED if the session has ended.
   */
  open(request: SummaryRequest): () => void
  /** Streams that run now. */
  count(): number
}

/** The rows of one request, each given out once. @param close  gives back all that the stream holds. */
function createRows({ tags, onRow, onEnd }: SummaryRequest, close: (reason: GatewayError) => void) {
  const isOpen = createCircuitBreaker()
  const missing = new Set<string>(tags)
  let gravest: GatewayError | undefined

  /** The rest is answered with the failure that every further request would meet. */
  function stop(failure: GatewayError): void {
    const rest = [...missing]
    missing.clear()
    close(failure)
    for (const tag of rest) onRow(failedRow(tag, failure))
    onEnd(failure)
  }

  return {
    stop,
    settle(row: SummaryRow, failure: GatewayError | undefined): void {
      // given out already, when the stream was stopped
      if (!missing.delete(row.tag)) return
      onRow(row)
      if (failure !== undefined && failure.statusCode >= (gravest?.statusCode ?? 0)) gravest = failure
      const hopeless = isOpen(failure)
      if (missing.size === 0) {
        close(gatewayError('client_disconnected'))
        onEnd(gravest)
      } else if (hopeless && failure !== undefined) stop(failure)
    },
    leave(): void {
      missing.clear()
      close(gatewayError('client_disconnected'))
    },
  }
}

export function createSummaryStreams({ reader, infoCache, limiter }: SummaryStreamsOptions): SummaryStreams {
  const summaries = createSummaries(reader, infoCache)
  let running = 0

  return {
    open(request) {
      const { subject, visitor, repository, tags } = request
      subject.signal?.throwIfAborted()
      const limiterStream = limiter.open({ visitor, subject: subject.key, repository })
      const stopped = new AbortController()
      // each request in flight listens, and their number has its own bound
      setMaxListeners(0, stopped.signal)
      const context = { subject, repository, limiterStream, signal: stopped.signal }
      const close = (reason: GatewayError) => {
        if (stopped.signal.aborted) return
        running--
        stopListening()
        limiterStream.close(reason)
        stopped.abort(reason)
      }
      const rows = createRows(request, close)
      const stopListening = onSessionEnd(subject, () => rows.stop(gatewayError('session_ended')))
      running++
      for (const tag of tags)
        void summaries.rowOf(context, tag).then(({ row, failure }) => rows.settle(row, failure))
      return rows.leave
    },
    count: () => running,
  }
}
