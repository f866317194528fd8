// POST /api/repositories/<name>/summaries: the rows of a table of tags, each sent as soon as it is known.

import type { FastifyRequest } from 'fastify'
import { MAX_SUMMARIES, summariesRequestSchema } from '../../shared/api/summaries.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import { visitorOf } from '../registry/subject.ts'
import type { SummaryStreams } from '../summaries/stream.ts'
import { type Lines, sendLines } from './ndjson.ts'
import { type RepositoryAction, type SubjectOf, TAGS_BODY_LIMIT } from './repositories.ts'

export interface SummariesActionOptions {
  readonly streams: Pick<SummaryStreams, 'open'>
  readonly subjectOf: SubjectOf
  /** Called with the worst failure of each stream that had one. */
  readonly onFailure: (failure: GatewayError) => void
}

const bodySchema = summariesRequestSchema()

/** Each tag once, in the order of the request, which is the order of the requests to the registry. */
function readTags(body: unknown): readonly Tag[] {
  const parsed = bodySchema.safeParse(body)
  if (parsed.success) return [...new Set(parsed.data.tags)]
  const [field, place] = parsed.error.issues[0]?.path ?? []
  const expected =
    field === 'tags' && typeof place === 'number'
      ? `Number ${place + 1} in the list is not a tag.`
      : `The body is {"tags": ["…"]}, with 1 to ${MAX_SUMMARIES} tags.`
  throw gatewayError('body_invalid', { expected })
}

/**
 * Logs a failed stream. Each row has its own error for the reader; the log has one line a stream, and only for failures
 * that an operator may have to repair.
 */
function logFailure(request: FastifyRequest, failure: GatewayError | undefined): void {
  if (failure !== undefined && failure.statusCode >= 500 && failure.code === 'UNAVAILABLE')
    request.log.warn({ err: failure, req: request, status: failure.statusCode }, 'summaries failed')
}

/** Responds with a line for each tag. */
export function summariesAction({ streams, subjectOf, onFailure }: SummariesActionOptions): RepositoryAction {
  const run: RepositoryAction['run'] = async (request, reply, repository) => {
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
        logFailure(request, failure)
        lines?.end()
      },
    })
    lines = sendLines(reply)
    return reply
  }
  return { bodyLimit: TAGS_BODY_LIMIT, run }
}
