// POST /api/repositories/<name>/deletion-plan: lines of progress, then the plan.

import { setMaxListeners } from 'node:events'
import { type DeletionPlanLine, deletionPlanRequestSchema, MAX_DELETION } from '../../shared/api/deletion.ts'
import type { Limiter } from '../concurrency/limiter.ts'
import type { Planner } from '../deletion/plan.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import { onSessionEnd, visitorOf } from '../registry/subject.ts'
import { toUpstreamError } from '../registry/upstream-errors.ts'
import type { ChangeRule } from './change-rule.ts'
import { sendLines } from './ndjson.ts'
import { type RepositoryAction, type SubjectOf, TAGS_BODY_LIMIT } from './repositories.ts'

export interface PlanActionOptions {
  readonly planner: Pick<Planner, 'plan'>
  readonly limiter: Pick<Limiter, 'open'>
  readonly subjectOf: SubjectOf
  readonly mayDelete: ChangeRule
  /** Called for each plan that failed. */
  readonly onFailure: (failure: GatewayError) => void
}

const PROGRESS_MS = 150
const bodySchema = deletionPlanRequestSchema()

function readTags(body: unknown): readonly string[] {
  const parsed = bodySchema.safeParse(body)
  if (parsed.success) return [...new Set(parsed.data.tags)]
  throw gatewayError('body_invalid', {
    expected: `The body is {"tags": ["…"]}, with 1 to ${MAX_DELETION} tags.`,
  })
}

/** Responds with lines of progress, then the plan. It stops when the client disconnects or the session ends. */
export function createPlanAction(options: PlanActionOptions): RepositoryAction {
  const { planner, limiter, subjectOf, mayDelete, onFailure } = options
  const run: RepositoryAction['run'] = async (request, reply, repository) => {
    const subject = await subjectOf(request)
    if (reply.raw.closed) return reply.hijack()
    mayDelete(request, subject)
    const tags = readTags(request.body)
    subject.signal?.throwIfAborted()
    const limiterStream = limiter.open({
      visitor: visitorOf(subject, request.ip),
      subject: subject.key,
      repository,
    })
    const stopped = new AbortController()
    setMaxListeners(0, stopped.signal)
    const stopListening = onSessionEnd(subject, (reason) => stopped.abort(reason))
    stopped.signal.addEventListener('abort', () => limiterStream.close(stopped.signal.reason))
    reply.raw.once('close', () => stopped.abort(gatewayError('client_disconnected')))
    const lines = sendLines(reply)
    let toldAt = 0
    const write = (line: DeletionPlanLine) => lines.write(line)
    planner
      .plan({ subject, repository, limiterStream, signal: stopped.signal }, tags, (progress) => {
        if (Date.now() - toldAt < PROGRESS_MS) return
        toldAt = Date.now()
        write({ progress })
      })
      .then(
        (plan) => write({ plan }),
        (error: unknown) => {
          const failure = toUpstreamError(error, 'registry')
          if (failure.statusCode >= 500 && !stopped.signal.aborted)
            request.log.warn({ err: failure, req: request, status: failure.statusCode }, 'plan failed')
          if (!stopped.signal.aborted) onFailure(failure)
          write({ error: failure.toLine() })
        },
      )
      .finally(() => {
        stopListening()
        // a plan that has failed may still have requests in flight
        stopped.abort(gatewayError('client_disconnected'))
        lines.end()
      })
    return reply
  }
  return {
    bodyLimit: TAGS_BODY_LIMIT,
    async authorize(request) {
      mayDelete(request, await subjectOf(request))
    },
    run,
  }
}
