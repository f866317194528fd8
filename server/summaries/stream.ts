// The streams of rows that run: each ends when its rows are all there, its reader leaves or its session ends.

import { setMaxListeners } from 'node:events'
import type { SummaryRow } from '../../shared/api.ts'
import type { Limiter } from '../concurrency/limiter.ts'
import { type GatewayError, nobodyWaits, sessionEnded } from '../errors.ts'
import type { Subject } from '../registry/subject.ts'
import { createResignation } from './circuit-breaker.ts'
import type { Parts } from './parts.ts'
import type { Upstream } from './reader.ts'
import { createSummaries, failedRow } from './summaries.ts'

export interface SummaryStreamsOptions {
  readonly upstream: Upstream
  readonly parts: Parts
  readonly limiter: Pick<Limiter, 'open'>
}

export interface SummaryRequest {
  readonly subject: Subject
  /** Who shares the registry with whom: the session, or the address of somebody without one. */
  readonly visitor: string
  readonly repository: string
  /** Each once. */
  readonly tags: readonly string[]
  /** Called once for each tag. */
  onRow(row: SummaryRow): void
  /** Called once, after the last row; not after `leave`. @param failure  the gravest of the rows', for the log. */
  onEnd(failure: GatewayError | undefined): void
}

export interface SummaryStreams {
  /**
   * Begins to ask, and calls nothing back before it has returned.
   *
   * @returns what to call when the reader leaves: aborts what is under way for nobody else.
   * @throws GatewayError TOOMANYREQUESTS if this visitor has too many streams.
   */
  open(request: SummaryRequest): () => void
  /** Streams that run now. */
  count(): number
  /** Ends the streams of a session that is over; what they still lack becomes UNAUTHORIZED rows. */
  endSession(subjectKey: string): void
}

interface Running {
  readonly subjectKey: string
  /** The rest is answered with the failure that every further request would meet. */
  stop(failure: GatewayError): void
}

/** The rows of one request, each given out once. @param close  gives back all that the stream holds. */
function createRows({ tags, onRow, onEnd }: SummaryRequest, close: (reason: GatewayError) => void) {
  const resigns = createResignation()
  const missing = new Set(tags)
  let gravest: GatewayError | undefined

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
      const hopeless = resigns(failure)
      if (missing.size === 0) {
        close(nobodyWaits())
        onEnd(gravest)
      } else if (hopeless && failure !== undefined) stop(failure)
    },
    leave(): void {
      missing.clear()
      close(nobodyWaits())
    },
  }
}

export function createSummaryStreams({ upstream, parts, limiter }: SummaryStreamsOptions): SummaryStreams {
  const summaries = createSummaries(upstream, parts)
  const streams = new Set<Running>()

  return {
    open(request) {
      const { subject, visitor, repository, tags } = request
      const lane = limiter.open({ visitor, subject: subject.key, repository })
      const stopped = new AbortController()
      // each request in flight listens, and their number has its own bound
      setMaxListeners(0, stopped.signal)
      const asker = { subject, repository, lane, signal: stopped.signal }
      const rows = createRows(request, (reason) => {
        streams.delete(running)
        lane.close(reason)
        stopped.abort(reason)
      })
      const running = { subjectKey: subject.key, stop: rows.stop }
      streams.add(running)
      for (const tag of tags)
        void summaries.rowOf(asker, tag).then(({ row, failure }) => rows.settle(row, failure))
      return rows.leave
    },
    count: () => streams.size,
    endSession(subjectKey) {
      for (const running of [...streams]) if (running.subjectKey === subjectKey) running.stop(sessionEnded())
    },
  }
}
