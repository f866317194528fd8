// POST /api/repositories/<name>/deletions: carries out the steps of a plan, and reports each as it is done.

import { setMaxListeners } from 'node:events'
import type { FastifyInstance } from 'fastify'
import {
  type DeletionStep,
  type DeletionsLine,
  deletionsRequestSchema,
  MAX_STEPS,
  MAX_STEPS_BYTES,
} from '../../shared/api/deletion.ts'
import type { Deletions } from '../deletion/execute.ts'
import { runDeletions } from '../deletion/run.ts'
import { gatewayError } from '../errors.ts'
import { visitorOf } from '../registry/subject.ts'
import type { ChangeRule } from './change-rule.ts'
import { sendLines } from './ndjson.ts'
import type { RepositoryAction, SubjectOf } from './repositories.ts'

export interface DeletionsActionOptions {
  readonly deletions: Deletions
  readonly subjectOf: SubjectOf
  readonly mayDelete: ChangeRule
  /** Default: 4 seconds, so that there is a line every 5. */
  readonly heartbeatMs?: number
}

const HEARTBEAT_MS = 4000
const bodySchema = deletionsRequestSchema()

function readSteps(body: unknown): readonly DeletionStep[] {
  const parsed = bodySchema.safeParse(body)
  if (parsed.success) return parsed.data.steps
  const [field, index] = parsed.error.issues[0]?.path ?? []
  const expected =
    field === 'steps' && typeof index === 'number'
      ? `Step ${index + 1} is not {"digest": "…", "tag"?: "…", "tags"?: ["…"], "siblings"?: ["…"]}, or has an invalid value.`
      : `The body is {"steps": [{"digest": "…", "tag": "…"}]}, with 1 to ${MAX_STEPS} steps.`
  throw gatewayError('body_invalid', { expected })
}

/** Repeats the step in progress while there is nothing to report. */
class Heartbeat {
  readonly #write: (line: DeletionsLine) => void
  readonly #milliseconds: number
  #running = 0
  #timer: NodeJS.Timeout

  constructor(write: (line: DeletionsLine) => void, milliseconds: number) {
    this.#write = write
    this.#milliseconds = milliseconds
    this.#timer = this.#start()
  }

  /** Writes a line, after which the next heartbeat is due later. */
  report(line: DeletionsLine): void {
    if ('step' in line) this.#running = line.step + 1
    this.#write(line)
    clearInterval(this.#timer)
    this.#timer = this.#start()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #start(): NodeJS.Timeout {
    return setInterval(() => this.#write({ running: this.#running }), this.#milliseconds)
  }
}

/** Runs stop after the step in progress when the client disconnects, the session ends or the server closes. */
export function createDeletionsAction(
  app: FastifyInstance,
  options: DeletionsActionOptions,
): RepositoryAction {
  const { deletions, subjectOf, mayDelete, heartbeatMs = HEARTBEAT_MS } = options
  const closing = new AbortController()
  setMaxListeners(0, closing.signal)
  app.addHook('preClose', async () => closing.abort(gatewayError('stopping')))
  return {
    bodyLimit: MAX_STEPS_BYTES,
    async run(request, reply, repository) {
      const subject = await subjectOf(request)
      mayDelete(request, subject)
      const steps = readSteps(request.body)
      subject.signal?.throwIfAborted()
      const left = new AbortController()
      if (reply.raw.closed) return reply.hijack()
      reply.raw.once('close', () => left.abort(gatewayError('client_disconnected')))
      const signal = AbortSignal.any([left.signal, closing.signal])
      setMaxListeners(0, signal)
      const lines = sendLines(reply)
      const heartbeat = new Heartbeat((line) => lines.write(line), heartbeatMs)
      const { log, id: requestId } = request
      const visitor = visitorOf(subject, request.ip)
      const onLine = (line: DeletionsLine) => heartbeat.report(line)
      void runDeletions({ deletions, repository, steps, subject, visitor, signal, log, requestId, onLine })
        .catch((error: unknown) => log.error({ err: error, req: request }, 'deletions failed'))
        .finally(() => {
          heartbeat.stop()
          lines.end()
        })
      return reply
    },
  }
}
