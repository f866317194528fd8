// Carries out the steps of a deletion plan, one after another.

import type { DeletionStep, DeletionsLine } from '../../shared/api/deletion.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import type { LimiterStream } from '../concurrency/limiter.ts'
import type { GatewayError } from '../errors.ts'
import { manifestEndpoint } from '../registry/endpoint.ts'
import { discard } from '../registry/transport/body.ts'
import { readUpstreamError, toUpstreamError } from '../registry/upstream-errors.ts'
import { type DeletionContext, type Deletions, isOutcomeUnknown } from './execute.ts'

export interface DeletionRunOptions extends DeletionContext {
  readonly deletions: Pick<Deletions, 'run'>
  readonly repository: Repository
  readonly steps: readonly DeletionStep[]
  readonly limiterStream: LimiterStream
  readonly onLine: (line: DeletionsLine) => void
  /** Called for each step that has failed or whose outcome is unknown. */
  readonly onFailure: (failure: GatewayError, step: number) => void
}

/** What became of one step. */
interface Outcome {
  readonly result: 'deleted' | 'gone' | 'failed' | 'unknown'
  readonly error?: GatewayError
}

/** The plan is void, the account may not, or nothing responds: each further step would fail in the same way. */
const STOPPING_STATUS = new Set([401, 403, 405, 409, 429])
const STOPPING_REASON = new Set<unknown>([
  'registry_down',
  'token_server_down',
  'store_down',
  'overloaded',
  'service_account_refused',
  'wrong_auth_type',
  'realm_refused',
  'untrusted_certificate',
])

function concernsAll({ statusCode, reason }: GatewayError): boolean {
  return STOPPING_STATUS.has(statusCode) || STOPPING_REASON.has(reason)
}

/** Whether there was nothing left to delete. A tag that was moved has a digest, one that is gone has none. */
function isGone({ id, detail }: GatewayError): boolean {
  if (id === 'manifest_unknown' || id === 'repository_unknown') return true
  return id === 'tag_moved' && detail?.digest === undefined
}

/** The endpoint and plan of a step, as a DELETE with a body has them. */
function deletionOf(repository: Repository, { digest, tag, tags, siblings }: DeletionStep) {
  const reference = tag ?? digest
  if (reference === null) throw new Error('the schema has checked that a step has a tag or a digest')
  const endpoint = manifestEndpoint('DELETE', repository, reference)
  return { endpoint, plan: tag === undefined ? { tags } : { digest, siblings } }
}

async function runStep(options: DeletionRunOptions, step: DeletionStep): Promise<Outcome> {
  const { deletions, repository } = options
  let isSent = false
  try {
    const deletion = { ...options, ...deletionOf(repository, step) }
    const response = await deletions.run(deletion, () => (isSent = true))
    const { statusCode } = response
    if (statusCode < 300) {
      await discard(response.body)
      return { result: 'deleted' }
    }
    const error = await readUpstreamError(deletion.endpoint, response)
    if (isGone(error)) return { result: 'gone' }
    // below 500 the registry has definitely deleted nothing
    return { result: statusCode < 500 ? 'failed' : 'unknown', error }
  } catch (thrown) {
    const error = toUpstreamError(thrown, 'registry')
    if (isGone(error)) return { result: 'gone' }
    // it did delete, and more than the plan says
    if (error.id === 'siblings_gone') return { result: 'deleted', error }
    return { result: isSent && isOutcomeUnknown(error) ? 'unknown' : 'failed', error }
  }
}

/**
 * Carries out the steps in their order, and reports each. A step that fails does not keep the others from being tried,
 * unless they would fail in the same way. Once the signal is aborted or the session has ended, no further step begins;
 * the one in progress is finished and reported.
 *
 * @returns after the last line. Throws only if `onLine` does.
 */
export async function runDeletions(options: DeletionRunOptions): Promise<void> {
  const { subject, signal, steps, onLine, onFailure } = options
  for (const [index, step] of steps.entries()) {
    const stopped = [signal, subject.signal].find((one) => one?.aborted)
    if (stopped !== undefined) {
      onLine({ end: 'stopped', error: toUpstreamError(stopped.reason, 'registry').toLine() })
      return
    }
    const { result, error } = await runStep(options, step)
    if (error !== undefined) onFailure(error, index)
    const stops = error !== undefined && concernsAll(error)
    onLine({ step: index, result, ...(result !== 'deleted' && error && { error: error.toLine() }) })
    if (stops) {
      onLine({ end: 'stopped', error: error.toLine() })
      return
    }
  }
  onLine({ end: 'done' })
}
