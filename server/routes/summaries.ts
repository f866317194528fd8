// POST /api/repositories/<name>/summaries: what a table of tags shows, a line for each, as it becomes known.

import type { FastifyRequest } from 'fastify'
import { MAX_SUMMARIES, summariesRequestSchema } from '../../shared/api/summaries.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import { type Subject, visitorOf } from '../registry/subject.ts'
import type { SummaryStreams } from '../summaries/stream.ts'
import { type Lines, sendLines } from './ndjson.ts'
import type { RepositoryAction } from './repositories.ts'

export interface SummariesActionOptions {
  readonly streams: Pick<SummaryStreams, 'open'>
  /** For whom this request acts. Throws GatewayError. */
  readonly subjectOf: (request: FastifyRequest) => Promise<Subject>
  /** Told of the gravest failure of each stream that met one. */
  readonly onFailure: (failure: GatewayError) => void
}

const bodySchema = summariesRequestSchema()

/** Each tag once, in the order asked: it is the order the registry is asked in. */
function readTags(body: unknown): readonly Tag[] {
  const parsed = bodySchema.safeParse(body)
  if (parsed.success) return [...new Set(parsed.data.tags)]
  const [field, place] = parsed.error.issues[0]?.path ?? []
  const words =
    field === 'tags' && typeof place === 'number'
      ? `Number ${place + 1} in the list is not a tag.`
      : `The body is {"tags": ["…"]}, with 1 to ${MAX_SUMMARIES} tags.`
  throw gatewayError('body_invalid', { expected: words })
}

/**
 * What is said of a failed stream in the log. Each row has told its reader; here it is one line a stream, and only
 * for what an operator may have to repair.
 */
function note(request: FastifyRequest, failure: GatewayError | undefined): void {
  if (failure !== undefined && failure.statusCode >= 500 && failure.code === 'UNAVAILABLE')
    request.log.warn({ err: failure, req: request, status: failure.statusCode }, 'summaries failed')
}

/** Answers with a line for each tag. */
export function summariesAction({ streams, subjectOf, onFailure }: SummariesActionOptions): RepositoryAction {
  return async (request, reply, repository) => {
    const tags = readTags(request.body)
    let left = false
    let leave: (() => void) | undefined
    reply.raw.once('close', () => {
      left = true
      leave?.()
    })
    const subject = await subjectOf(request)
    if (left) return reply.hijack()
    let lines: Lines | undefined
    leave = streams.open({
      subject,
      repository,
      tags,
      visitor: visitorOf(subject, request.ip),
      onRow: (row) => lines?.write(row),
      onEnd(failure) {
        if (failure !== undefined) onFailure(failure)
        note(request, failure)
        lines?.end()
      },
    })
    lines = sendLines(reply)
    return reply
  }
}
