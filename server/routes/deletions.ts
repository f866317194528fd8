// POST /api/repositories/<name>/deletions: carries out the steps of a plan, and reports each as it is done.

import { setMaxListeners } from 'node:events'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  type DeletionStep,
  type DeletionsLine,
  deletionsRequestSchema,
  MAX_STEPS,
  MAX_STEPS_BYTES,
} from '../../shared/api/deletion.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import type { Limiter } from '../concurrency/limiter.ts'
import type { Deletions } from '../deletion/execute.ts'
import { runDeletions } from '../deletion/run.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import { type Subject, visitorOf } from '../registry/subject.ts'
import type { ChangeRule } from './change-rule.ts'
import { type Lines, sendLines } from './ndjson.ts'
import type { RepositoryAction, SubjectOf } from './repositories.ts'

export interface DeletionsActionOptions {
  readonly deletions: Deletions
  readonly limiter: Pick<Limiter, 'open'>
  readonly subjectOf: SubjectOf
  readonly mayDelete: ChangeRule
  /** Called for each step that failed. */
  readonly onFailure: (failure: GatewayError) => void
  /** Default: 4 seconds, so that there is a line every 5. */
  readonly heartbeatMs?: number
}

const HEARTBEAT_MS = 4000
/** Of lines that the client has not read: 10,000 may each have an error of 1,000 characters. */
const MAX_UNREAD_BYTES = 1024 * 1024
const bodySchema = deletionsRequestSchema()

function readSteps(body: unknown): readonly DeletionStep[] {
  // zod looks at each item before it counts them
  const { steps } = (body ?? {}) as { readonly steps?: unknown }
  const isTooLong = Array.isArray(steps) && steps.length > MAX_STEPS
  const parsed = isTooLong ? undefined : bodySchema.safeParse(body)
  if (parsed?.success) return parsed.data.steps
  const [field, index] = parsed?.error.issues[0]?.path ?? []
  const expected =
    field === 'steps' && typeof index === 'number'
      ? `Step ${index + 1} is not {"digest": "…", "tag"?: "…", "tags"?: ["…"], "siblings"?: ["…"]}, or has an invalid value.`
      : `The body is {"steps": [{"digest": "…", "tag": "…"}]}, with 1 to ${MAX_STEPS} steps.`
  throw gatewayError('body_invalid', { expected })
}

/** The lines of a run: a heartbeat while there is nothing to report, and an end for a client that reads nothing. */
class Report {
  readonly #lines: Lines
  readonly #onStuck: () => void
  readonly #timer: NodeJS.Timeout
  #running = 0

  constructor(lines: Lines, heartbeatMs: number, onStuck: () => void) {
    this.#lines = lines
    this.#onStuck = onStuck
    this.#timer = setInterval(() => this.#beat(), heartbeatMs)
  }

  write(line: DeletionsLine): void {
    if ('step' in line) this.#running = line.step + 1
    this.#lines.write(line)
    this.#timer.refresh()
    if (this.#lines.unread() > MAX_UNREAD_BYTES) this.#onStuck()
  }

  end(): void {
    clearInterval(this.#timer)
    this.#lines.end()
  }

  #beat(): void {
    if (this.#lines.unread() === 0) this.#lines.write({ running: this.#running })
  }
}

/** Runs stop after the step in progress when the client disconnects, the session ends or the server closes. */
export function createDeletionsAction(
  app: FastifyInstance,
  options: DeletionsActionOptions,
): RepositoryAction {
  const { deletions, limiter, subjectOf, mayDelete, onFailure, heartbeatMs = HEARTBEAT_MS } = options
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  app.addHook('preClose', async () => closing.abort(gatewayError('stopping')))

  function start(
    request: FastifyRequest,
    reply: FastifyReply,
    repository: Repository,
    subject: Subject,
  ): void {
    const steps = readSteps(request.body)
    subject.signal?.throwIfAborted()
    const visitor = visitorOf(subject, request.ip)
    // before the first line: too many streams have a status of their own
    const limiterStream = limiter.open({ visitor, subject: subject.key, repository })
    const left = new AbortController()
    const leave = () => left.abort(gatewayError('client_disconnected'))
    reply.raw.once('close', leave)
    const signal = AbortSignal.any([left.signal, closing.signal])
    setMaxListeners(0, signal)
    const report = new Report(sendLines(reply), heartbeatMs, leave)
    const { log, id: requestId } = request
    void runDeletions({
      ...{ deletions, repository, steps, subject, visitor, limiterStream, signal, log, requestId },
      onLine: (line) => report.write(line),
      onFailure(failure, step) {
        onFailure(failure)
        if (failure.statusCode >= 500 && !signal.aborted)
          log.warn({ err: failure, req: request, status: failure.statusCode, step }, 'deletion failed')
      },
    })
      .catch((error: unknown) => {
        log.error({ err: error, req: request }, 'deletions failed')
        report.write({ end: 'stopped', error: gatewayError('internal', { requestId }).toLine() })
      })
      .finally(() => {
        limiterStream.close(gatewayError('client_disconnected'))
        report.end()
      })
  }

  return {
    bodyLimit: MAX_STEPS_BYTES,
    // a large body is read only from those who may delete
    async authorize(request) {
      mayDelete(request, await subjectOf(request))
    },
    async run(request, reply, repository) {
      const subject = await subjectOf(request)
      mayDelete(request, subject)
      if (reply.raw.closed) return reply.hijack()
      start(request, reply, repository, subject)
      return reply
    },
  }
}
