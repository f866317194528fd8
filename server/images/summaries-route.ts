// POST /api/repositories/<name>/summaries: what a table of tags shows, a line for each, as it becomes known.

import { Readable } from 'node:stream'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { MAX_SUMMARIES } from '../../shared/api.ts'
import { parseRepository, parseTag } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import type { Subject } from '../registry/subject.ts'
import type { SummaryStreams } from './summary-streams.ts'

export interface SummariesRouteOptions {
  readonly streams: Pick<SummaryStreams, 'open'>
  /** For whom this request acts. Throws GatewayError. */
  readonly subjectOf: (request: FastifyRequest) => Promise<Subject>
}

const ACTION = '/summaries'
const bodyShape = z.strictObject({
  tags: z
    .array(z.string().refine((text) => parseTag(text) !== undefined))
    .min(1)
    .max(MAX_SUMMARIES),
})

/** Each tag once, in the order asked: it is the order the registry is asked in. */
function readTags(body: unknown): readonly string[] {
  const parsed = bodyShape.safeParse(body)
  if (parsed.success) return [...new Set(parsed.data.tags)]
  const [field, place] = parsed.error.issues[0]?.path ?? []
  const words =
    field === 'tags' && typeof place === 'number'
      ? `Number ${place + 1} in the list is not a tag.`
      : `The body is {"tags": ["…"]}, with 1 to ${MAX_SUMMARIES} tags.`
  throw new GatewayError('REQUEST_INVALID', words)
}

/** Those without a session share a subject, but not one place in the queue. */
function visitorOf(subject: Subject, request: FastifyRequest): string {
  return subject.kind === 'session' ? subject.key : `${subject.kind} ${request.ip}`
}

/**
 * What is said of a failed stream in the log. Each row has told its reader; here it is one line a stream, and only
 * for what an operator may have to repair.
 */
function note(request: FastifyRequest, failure: GatewayError | undefined): void {
  if (failure !== undefined && failure.statusCode >= 500 && failure.code === 'UNAVAILABLE')
    request.log.warn({ err: failure, req: request, status: failure.statusCode }, 'summaries failed')
}

/** Nobody sees that a row came so much later; a write for each took a third of our time. */
const GATHER_MS = 50

/**
 * The body of an answer, line by line. The first line goes out at once; those that follow within 50 ms, together.
 * Its header is sent at the reader's first wish, before any line is known.
 */
function createLines(reply: FastifyReply) {
  let gathered = ''
  let pause: NodeJS.Timeout | undefined
  // 500 rows of at most some 20 kB are held for a slow reader, and no upstream request waits for it
  const stream = new Readable({
    read() {
      if (!reply.raw.headersSent) reply.raw.flushHeaders()
    },
  })

  function flush(): void {
    pause = gathered === '' ? undefined : setTimeout(flush, GATHER_MS)
    if (gathered !== '') stream.push(gathered)
    gathered = ''
  }

  return {
    stream,
    write(value: object): void {
      gathered += `${JSON.stringify(value)}\n`
      if (pause === undefined) flush()
    },
    end(): void {
      clearTimeout(pause)
      if (gathered !== '') stream.push(gathered)
      stream.push(null)
    },
  }
}

export const summariesRoute: FastifyPluginAsync<SummariesRouteOptions> = async (app, options) => {
  // a name has slashes, and the router knows a wildcard at the end of a path only
  app.post<{ Params: { '*': string } }>('/api/repositories/*', async (request, reply) => {
    const path = request.params['*']
    if (!path.endsWith(ACTION)) return reply.callNotFound()
    const repository = parseRepository(path.slice(0, -ACTION.length))
    if (repository === undefined) throw new GatewayError('NAME_INVALID', 'This is no repository’s name.')
    const tags = readTags(request.body)
    let left = false
    let leave: (() => void) | undefined
    reply.raw.once('close', () => {
      left = true
      leave?.()
    })
    const subject = await options.subjectOf(request)
    if (left) return reply.hijack()

    const { socket } = request.raw
    const idleMs = socket.timeout
    const lines = createLines(reply)
    leave = options.streams.open({
      subject,
      repository,
      tags,
      visitor: visitorOf(subject, request),
      onRow: lines.write,
      onEnd(failure) {
        // a reader that takes nothing is cut off again
        if (idleMs !== undefined) socket.setTimeout(idleMs)
        note(request, failure)
        lines.end()
      },
    })
    // nothing may be written while the registry is slow or asks to wait; how long that takes is bounded elsewhere
    if (idleMs !== undefined) socket.setTimeout(0)
    reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no')
    return reply.type('application/x-ndjson; charset=utf-8').send(lines.stream)
  })
}
