// Whether the registry deletes single tags (OCI distribution spec 1.1, "Deleting tags"). It is found out without
// deleting anything: by deleting a tag that was just confirmed not to exist.

import { randomBytes } from 'node:crypto'
import type { Tag } from '../../shared/oci/reference.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import { manifestEndpoint } from '../registry/endpoint.ts'
import { retryAfterOf } from '../registry/retry-after.ts'
import { discard } from '../registry/transport/body.ts'
import { readErrorEntry, registryFault } from '../registry/upstream-errors.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import { isMissing, isUnreadable } from './tags.ts'

export type DeletionMode = 'tag' | 'digest'

/** Error codes of distribution 3 and zot for a missing tag. NAME_UNKNOWN would be about the repository. */
const NO_SUCH_TAG = new Set(['MANIFEST_UNKNOWN', 'TAG_UNKNOWN'])

/** Whether an error leaves it open if the tag exists. Other errors are about the registry's state or the account. */
function isInconclusive(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  return error.code === 'DENIED' || error.reason === 'login_required' || isUnreadable(error)
}

/** Whether a tag certainly does not exist. Some registries respond with 403 to a missing tag, and some have any tag. */
async function isAbsent(
  reader: Pick<RepositoryReader, 'resolve'>,
  context: RequestContext,
  tag: Tag,
): Promise<boolean> {
  try {
    await reader.resolve(context, tag)
    return false
  } catch (error) {
    if (isMissing(error)) return true
    if (isInconclusive(error)) return false
    throw error
  }
}

const isServerError = (error: unknown) => error instanceof GatewayError && error.statusCode >= 500

/**
 * Deletes a tag that does not exist.
 *
 * @returns undefined if the response is inconclusive.
 * @throws GatewayError as `send` does.
 */
async function deleteAbsent(
  client: Pick<RegistryClient, 'send'>,
  { subject, repository, signal }: RequestContext,
  tag: Tag,
): Promise<DeletionMode | undefined> {
  const endpoint = manifestEndpoint('DELETE', repository, tag)
  const response = await client.send(endpoint, subject, { headers: {}, signal })
  const { statusCode, headers, body } = response
  if (statusCode < 300) {
    await discard(body)
    return 'tag'
  }
  const code = (await readErrorEntry(body, response.authorization))?.code ?? ''
  if (statusCode === 404 && NO_SUCH_TAG.has(code)) return 'tag'
  // distribution 3 on some storage
  if (statusCode === 500 && code === 'UNKNOWN') return 'tag'
  if (code === 'DIGEST_INVALID') return 'digest'
  if (statusCode === 429) throw registryFault(statusCode, retryAfterOf(headers))
  // 405 UNSUPPORTED may be about tags, or the registry may have deletion switched off
  return undefined
}

/** How this registry deletes tags. Known for the life of the process once it is found out. */
export class TagDeletion {
  readonly #client: Pick<RegistryClient, 'send'>
  readonly #reader: Pick<RepositoryReader, 'resolve'>
  #mode: DeletionMode | undefined
  /** Whether the other tags of a manifest survive; undefined until a deletion has shown it. */
  #siblingsSurvive: boolean | undefined
  /** Tail of the queue of deletions that wait until that is known. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(client: Pick<RegistryClient, 'send'>, reader: Pick<RepositoryReader, 'resolve'>) {
    this.#client = client
    this.#reader = reader
  }

  /** @throws GatewayError, DENIED if this account may not delete here. */
  async mode(context: RequestContext): Promise<DeletionMode> {
    if (this.#siblingsSurvive === false) return 'digest'
    this.#mode ??= await this.#probe(context)
    return this.#mode ?? 'digest'
  }

  /** The registry has rejected the deletion of a tag: `mode` probes it again. */
  forget(): void {
    this.#mode = undefined
  }

  /**
   * Runs deletions by tag that must leave the other tags of the manifest alone. They run one at a time until one has
   * shown that the others survive: a registry that deletes them as well does so only once.
   *
   * @param remove  is passed `prove` until that is known.
   * @throws GatewayError, CONFLICT once it is known that they do not survive.
   */
  async guarded<T>(remove: (prove: ((survived: boolean) => void) | undefined) => Promise<T>): Promise<T> {
    if (this.#siblingsSurvive === true) return remove(undefined)
    const turn = this.#queue.then(() => {
      if (this.#siblingsSurvive === false) throw gatewayError('no_single_tags')
      if (this.#siblingsSurvive === true) return remove(undefined)
      return remove((survived) => (this.#siblingsSurvive = survived))
    })
    this.#queue = turn.catch(() => {})
    return turn
  }

  /** Undefined if the registry's responses are inconclusive. */
  async #probe(context: RequestContext): Promise<DeletionMode | undefined> {
    const tag = `gantry-probe-${randomBytes(12).toString('hex')}` as Tag
    // a tag is deleted only if it certainly does not exist
    if (!(await isAbsent(this.#reader, context, tag))) return undefined
    try {
      return await context.limiterStream.run(() => deleteAbsent(this.#client, context, tag), false)
    } catch (error) {
      // an account that may not delete learns it now; the deletion itself will meet and report any other failure
      if (isServerError(error)) return undefined
      throw error
    }
  }
}
