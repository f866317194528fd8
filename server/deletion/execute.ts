// One deletion: what was planned is compared with what is there, then the registry is asked, and the log says who
// deleted what.

import { setMaxListeners } from 'node:events'
import type { FastifyBaseLogger } from 'fastify'
import {
  deletionRequestSchema,
  MAX_NAMED,
  MAX_SIBLINGS,
  type ParsedDeletionRequest,
} from '../../shared/api/deletion.ts'
import type { Caller, Limiter, LimiterStream } from '../concurrency/limiter.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { RegistryEndpoint } from '../registry/endpoint.ts'
import { onSessionEnd, type Subject } from '../registry/subject.ts'
import type { RegistryResponse } from '../registry/transport/redirects.ts'
import { toUpstreamError } from '../registry/upstream-errors.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import type { TagDeletion } from './capabilities.ts'
import { compare, presentOf } from './tag-checks.ts'

export interface DeletionsOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly reader: Pick<RepositoryReader, 'resolve' | 'manifest'>
  readonly limiter: Pick<Limiter, 'open' | 'run'>
  readonly tagDeletion: TagDeletion
  /** Who is at the page that asks for a password itself (UI_USERNAME). */
  readonly uiUser: string | undefined
}

export interface Deletion {
  readonly endpoint: RegistryEndpoint
  readonly subject: Subject
  /** Who waits in turn (subject.ts). */
  readonly visitor: string
  /** The request's body, not yet looked at. */
  readonly body: unknown
  readonly signal: AbortSignal
  readonly log: Pick<FastifyBaseLogger, 'info'>
  readonly requestId: string
}

export interface Deletions {
  /**
   * @returns the registry's answer, not necessarily a success.
   * @throws GatewayError; CONFLICT if the plan no longer holds, in which case nothing was deleted.
   */
  run(deletion: Deletion): Promise<RegistryResponse>
}

/** A log line is read by people. */
const MAX_LOGGED = 50

const bodySchema = deletionRequestSchema()

function readPlan(body: unknown): ParsedDeletionRequest {
  const parsed = bodySchema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  throw gatewayError('body_invalid', {
    expected: `The body is {"digest": "…", "tags": ["…"], "siblings": ["…"]}, with at most ${MAX_NAMED} tags and ${MAX_SIBLINGS} siblings.`,
  })
}

/** Who did it, for people: the account, or in whose name the page acts. */
function whoOf(subject: Subject, uiUser: string | undefined): string {
  if (subject.kind === 'session')
    return `${subject.credentials.username}${subject.verified ? '' : ' (not verified)'}`
  return (
    uiUser ?? (subject.kind === 'service' ? `service account ${subject.credentials.username}` : 'anybody')
  )
}

/** The request may have arrived all the same. */
const UNKNOWN_OUTCOME = new Set<unknown>(['timeout', 'registry_down', 'bad_answer'])

/** For the log: what became of a deletion that has failed. @param begun  whether the registry had been told. */
function resultOf({ code, reason, detail }: GatewayError, begun: boolean): string {
  if (reason === 'siblings_gone') return `deleted, and with it ${String(detail?.tags)}`
  if (begun && code === 'UNAVAILABLE' && UNKNOWN_OUTCOME.has(reason)) return `unknown: ${reason}`
  return `not deleted: ${code}`
}

function resultOfAnswer(statusCode: number): string {
  if (statusCode < 300) return 'deleted'
  return statusCode < 500
    ? `not deleted: the registry answered ${statusCode}`
    : `unknown: the registry answered ${statusCode}`
}

/** A deletion on its way, and how far it is. */
interface Running {
  readonly endpoint: RegistryEndpoint
  readonly plan: ParsedDeletionRequest
  readonly caller: Caller
  /** Whoever leaves, or whose session ends, stops it until it has begun. */
  readonly context: RequestContext
  /** Whether the registry was told: then nothing takes it back. */
  begun: boolean
}

/** For the log: one line for each deletion. */
function auditOf({ endpoint, log, requestId }: Deletion, plan: ParsedDeletionRequest, who: string) {
  const names = endpoint.digest === undefined ? [endpoint.tag] : (plan.tags ?? [])
  return (result: string) =>
    log.info(
      {
        audit: 'deletion',
        who,
        repository: endpoint.repository,
        digest: endpoint.digest ?? plan.digest ?? undefined,
        tags: names.slice(0, MAX_LOGGED),
        ...(names.length > MAX_LOGGED && { moreTags: names.length - MAX_LOGGED }),
        result,
        requestId,
      },
      'deletion',
    )
}

export function createDeletions(options: DeletionsOptions): Deletions {
  const { client, reader, limiter, tagDeletion, uiUser } = options

  /** Tells the registry, in its turn. */
  async function tell(deletion: Running): Promise<RegistryResponse> {
    const { endpoint, context } = deletion
    context.signal.throwIfAborted()
    deletion.begun = true
    // a browser that leaves now would not know what became of it, nor would the log
    return client.send(endpoint, context.subject, { headers: {}, signal: undefined })
  }

  async function send(deletion: Running): Promise<RegistryResponse> {
    const { endpoint, plan, context } = deletion
    await compare(reader, context, endpoint, plan)
    const response = await limiter.run(deletion.caller, () => tell(deletion), context.signal)
    if (endpoint.digest === undefined && [400, 405].includes(response.statusCode)) tagDeletion.forget()
    return response
  }

  function remove(deletion: Running): Promise<RegistryResponse> {
    const { endpoint, plan, context } = deletion
    const { siblings = [] } = plan
    if (endpoint.digest !== undefined || siblings.length === 0) return send(deletion)
    return tagDeletion.guarded(async (prove) => {
      if (prove === undefined) return send(deletion)
      // one that was moved since would stay whatever happens, and so prove nothing
      const before = await presentOf(reader, context, siblings, plan.digest)
      const response = await send(deletion)
      if (response.statusCode >= 300 || before.length === 0) return response
      // what cannot be asked proves nothing, and the tag is deleted all the same
      const unstopped = { ...context, signal: new AbortController().signal }
      const after = await presentOf(reader, unstopped, before).catch(() => undefined)
      if (after !== undefined) prove(after.length > 0)
      if (after?.length === 0) throw gatewayError('siblings_gone', { tag: endpoint.tag ?? '', tags: before })
      return response
    })
  }

  /** @param limiterStream  closed when the deletion is stopped in time. */
  async function removeUnlessStopped(
    deletion: Running,
    limiterStream: LimiterStream,
  ): Promise<RegistryResponse> {
    const { signal } = deletion.context
    signal.throwIfAborted()
    const stop = () => {
      if (!deletion.begun) limiterStream.close(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    return remove(deletion)
  }

  return {
    async run(asked) {
      const { endpoint, subject, visitor } = asked
      const { repository } = endpoint
      if (repository === undefined) throw new Error('only manifests are deleted')
      const plan = readPlan(asked.body)
      const audit = auditOf(asked, plan, whoOf(subject, uiUser))
      const stopped = new AbortController()
      const { signal } = stopped
      setMaxListeners(0, signal)
      const leave = () => stopped.abort(asked.signal.reason)
      let stopListening = () => {}
      let deletion: Running | undefined
      let limiterStream: LimiterStream | undefined
      try {
        asked.signal.throwIfAborted()
        asked.signal.addEventListener('abort', leave, { once: true })
        stopListening = onSessionEnd(subject, (reason) => stopped.abort(reason))
        const caller = { visitor, subject: subject.key, repository }
        limiterStream = limiter.open(caller)
        deletion = {
          endpoint,
          plan,
          caller,
          context: { subject, repository, limiterStream, signal },
          begun: false,
        }
        const response = await removeUnlessStopped(deletion, limiterStream)
        audit(resultOfAnswer(response.statusCode))
        return response
      } catch (error) {
        const failure = toUpstreamError(error, 'registry')
        audit(resultOf(failure, deletion?.begun ?? false))
        throw failure
      } finally {
        limiterStream?.close(gatewayError('client_disconnected'))
        asked.signal.removeEventListener('abort', leave)
        stopListening()
      }
    },
  }
}
