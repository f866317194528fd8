// One deletion: its plan is compared with the repository, then the DELETE is sent, and the log says who deleted what.

import { setMaxListeners } from 'node:events'
import type { ParsedDeletionRequest } from '../../shared/api/deletion.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { type Caller, type Limiter, type LimiterStream, MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { type GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { RegistryEndpoint } from '../registry/endpoint.ts'
import { onSessionEnd, type Subject } from '../registry/subject.ts'
import type { RegistryResponse } from '../registry/transport/redirects.ts'
import { readUpstreamError, toUpstreamError } from '../registry/upstream-errors.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import type { TagDeletion } from './capabilities.ts'
import { digestByGet, isMissing } from './tags.ts'

export interface DeletionsOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly reader: Pick<RepositoryReader, 'resolve' | 'manifest'>
  readonly limiter: Pick<Limiter, 'open' | 'run'>
  readonly tagDeletion: TagDeletion
  /** The user of the page's own password (UI_USERNAME), for the audit log. */
  readonly uiUser: string | undefined
}

/** In whose name something is deleted, and where that is logged. */
export interface DeletionContext {
  readonly subject: Subject
  /** In the limiter's queue (subject.ts). */
  readonly visitor: string
  /** Stops the deletion until its DELETE is sent. */
  readonly signal: AbortSignal
  readonly log: { info(fields: object, text: string): void }
  readonly requestId: string
}

export interface Deletion extends DeletionContext {
  /**
   * Of a run, which has one for all of its deletions: then one that the registry asks to repeat later is repeated.
   * Absent: the deletion opens its own.
   */
  readonly limiterStream?: LimiterStream
  /** A DELETE of a manifest. */
  readonly endpoint: RegistryEndpoint
  readonly plan: ParsedDeletionRequest
}

/** A log line is read by people. */
const MAX_LOGGED = 50

/** The account for the audit log, or the identity that the page acts for. */
function userOf(subject: Subject, uiUser: string | undefined): string {
  if (subject.kind === 'session')
    return `${subject.credentials.username}${subject.verified ? '' : ' (not verified)'}`
  return (
    uiUser ?? (subject.kind === 'service' ? `service account ${subject.credentials.username}` : 'anybody')
  )
}

/** The request may have arrived all the same. */
const UNKNOWN_OUTCOME = new Set<unknown>(['timeout', 'registry_down', 'bad_answer'])

/** Whether the registry may have deleted it, although an error says otherwise. */
export function isOutcomeUnknown({ code, reason }: GatewayError): boolean {
  return code === 'UNAVAILABLE' && UNKNOWN_OUTCOME.has(reason)
}

/** For the log: the result of a deletion that has failed. @param isSent  whether the DELETE was sent. */
function resultOf(failure: GatewayError, isSent: boolean): string {
  const { code, reason, detail } = failure
  if (reason === 'siblings_gone') return `deleted, and with it ${String(detail?.tags)}`
  if (isSent && isOutcomeUnknown(failure)) return `unknown: ${reason}`
  return `not deleted: ${code}`
}

function resultOfStatus(statusCode: number): string {
  if (statusCode < 300) return 'deleted'
  return statusCode < 500
    ? `not deleted: the registry answered ${statusCode}`
    : `unknown: the registry answered ${statusCode}`
}

/** A deletion in progress. */
interface Running {
  readonly endpoint: RegistryEndpoint
  readonly plan: ParsedDeletionRequest
  readonly caller: Caller
  /** Aborted by a client that disconnects and by the session's end. */
  readonly context: RequestContext
  /** Whether a 429 or 503 of the registry is waited for. */
  readonly isRepeated: boolean
  readonly onSent: () => void
  /** Whether it can no longer be stopped. */
  isCommitted: boolean
  /** Whether the DELETE has been sent. */
  isSent: boolean
}

/** For the log: one line for each deletion. */
function auditOf({ endpoint, plan, log, requestId }: Deletion, who: string) {
  const names = endpoint.tag === undefined ? (plan.tags ?? []) : [endpoint.tag]
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

type Resolving = Pick<RepositoryReader, 'resolve' | 'manifest'>

/** What is read of a tag; undefined if it is gone. */
async function unlessGone(reading: Promise<Digest>): Promise<Digest | undefined> {
  try {
    return await reading
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** What a tag names; undefined if it is gone. */
const digestOf = (reader: Resolving, context: RequestContext, tag: Tag) =>
  unlessGone(reader.resolve(context, tag).then(({ digest }) => digest))

/**
 * Compares a plan with what is there. By tag: the very manifest. By digest: each tag that was shown to go with it; one
 * that is gone is gone.
 *
 * @throws GatewayError, CONFLICT if a tag names something else.
 */
async function compare(
  reader: Resolving,
  context: RequestContext,
  endpoint: RegistryEndpoint,
  plan: ParsedDeletionRequest,
): Promise<void> {
  const { tag } = endpoint
  if (tag !== undefined) {
    if (plan.digest === undefined) return
    const digest = await unlessGone(digestByGet(reader, context, tag))
    if (digest !== (plan.digest ?? undefined)) throw gatewayError('tag_moved', { tag, digest })
    return
  }
  await forEachConcurrent(plan.tags ?? [], MAX_STREAM_REQUESTS, async (tag) => {
    const digest = await digestOf(reader, context, tag)
    if (digest !== undefined && digest !== endpoint.digest) throw gatewayError('tag_moved', { tag, digest })
  })
}

/** Those of these tags that are there and, if a digest is given, still name it. */
async function presentOf(
  reader: Resolving,
  context: RequestContext,
  tags: readonly Tag[],
  digest?: Digest | null,
): Promise<readonly Tag[]> {
  const present: Tag[] = []
  await forEachConcurrent(tags, MAX_STREAM_REQUESTS, async (tag) => {
    const named = await digestOf(reader, context, tag)
    if (named !== undefined && (digest == null || named === digest)) present.push(tag)
  })
  return present
}

/** Deletes manifests and tags, each after a comparison with its plan and with a line in the audit log. */
export class Deletions {
  readonly #options: DeletionsOptions

  constructor(options: DeletionsOptions) {
    this.#options = options
  }

  /**
   * @param onSent  called when the DELETE is sent: from then on its outcome may be unknown.
   * @returns the registry's response, not necessarily a success.
   * @throws GatewayError; CONFLICT if the plan no longer holds, in which case nothing was deleted.
   */
  async run(deletion: Deletion, onSent = () => {}): Promise<RegistryResponse> {
    const { endpoint, plan, subject, visitor } = deletion
    const { repository } = endpoint
    if (repository === undefined) throw new Error('only manifests are deleted')
    const audit = auditOf(deletion, userOf(subject, this.#options.uiUser))
    const stopped = new AbortController()
    const { signal } = stopped
    setMaxListeners(0, signal)
    const stop = () => stopped.abort(deletion.signal.reason)
    let stopListening = () => {}
    let running: Running | undefined
    let limiterStream: LimiterStream | undefined
    try {
      deletion.signal.throwIfAborted()
      deletion.signal.addEventListener('abort', stop, { once: true })
      stopListening = onSessionEnd(subject, (reason) => stopped.abort(reason))
      const caller = { visitor, subject: subject.key, repository }
      limiterStream = deletion.limiterStream ?? this.#options.limiter.open(caller)
      running = {
        endpoint,
        plan,
        caller,
        context: { subject, repository, limiterStream, signal },
        isRepeated: deletion.limiterStream !== undefined,
        onSent,
        isCommitted: false,
        isSent: false,
      }
      const response = await this.#removeUnlessStopped(running, limiterStream)
      audit(resultOfStatus(response.statusCode))
      return response
    } catch (error) {
      const failure = toUpstreamError(error, 'registry')
      audit(resultOf(failure, running?.isSent ?? false))
      throw failure
    } finally {
      if (deletion.limiterStream === undefined) limiterStream?.close(gatewayError('client_disconnected'))
      deletion.signal.removeEventListener('abort', stop)
      stopListening()
    }
  }

  /** @param limiterStream  closed when the deletion is stopped in time. */
  async #removeUnlessStopped(deletion: Running, limiterStream: LimiterStream): Promise<RegistryResponse> {
    const { signal } = deletion.context
    signal.throwIfAborted()
    const stop = () => {
      if (!deletion.isCommitted) limiterStream.close(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    return this.#remove(deletion)
  }

  #remove(deletion: Running): Promise<RegistryResponse> {
    const { endpoint, plan, context } = deletion
    const { siblings = [] } = plan
    const { tag } = endpoint
    if (tag === undefined || siblings.length === 0) return this.#send(deletion)
    const { reader, tagDeletion } = this.#options
    return tagDeletion.guarded(async (prove) => {
      context.signal.throwIfAborted()
      if (prove === undefined) return this.#send(deletion)
      // one that was moved since would stay whatever happens, and so prove nothing
      const before = await presentOf(reader, context, siblings, plan.digest)
      const response = await this.#send(deletion)
      if (response.statusCode >= 300 || before.length === 0) return response
      // siblings that cannot be read prove nothing, and the tag is deleted all the same
      const unstopped = { ...context, signal: new AbortController().signal }
      const after = await presentOf(reader, unstopped, before).catch(() => undefined)
      if (after !== undefined) prove(after.length > 0)
      if (after?.length === 0) throw gatewayError('siblings_gone', { tag, tags: before })
      return response
    })
  }

  async #send(deletion: Running): Promise<RegistryResponse> {
    const { endpoint, plan, context, caller, isRepeated } = deletion
    const { reader, limiter, tagDeletion } = this.#options
    await compare(reader, context, endpoint, plan)
    const response = isRepeated
      ? await context.limiterStream.run(() => this.#sendOrThrow(deletion), false)
      : await limiter.run(caller, () => this.#sendDelete(deletion), context.signal)
    if (endpoint.tag !== undefined && [400, 405].includes(response.statusCode)) tagDeletion.forget()
    return response
  }

  async #sendDelete(deletion: Running): Promise<RegistryResponse> {
    const { endpoint, context } = deletion
    context.signal.throwIfAborted()
    deletion.isCommitted = true
    const onSent = () => {
      deletion.isSent = true
      deletion.onSent()
    }
    // stopped from here on, neither the client nor the log would know the outcome
    return this.#options.client.send(endpoint, context.subject, { headers: {}, signal: undefined, onSent })
  }

  /** Throws for a registry that asks to wait, so that the limiter does: it has deleted nothing. */
  async #sendOrThrow(deletion: Running): Promise<RegistryResponse> {
    const response = await this.#sendDelete(deletion)
    if (response.statusCode !== 429 && response.statusCode !== 503) return response
    deletion.isCommitted = false
    throw await readUpstreamError(deletion.endpoint, response)
  }
}
