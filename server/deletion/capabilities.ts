// Whether the registry deletes single tags (OCI distribution spec 1.1, "Deleting tags"), found out without deleting
// anything: by deleting a tag that has just been seen not to exist.

import { randomBytes } from 'node:crypto'
import type { Tag } from '../../shared/oci/reference.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import { parseEndpoint } from '../registry/endpoint.ts'
import { retryAfterOf } from '../registry/retry-after.ts'
import { discard } from '../registry/transport/body.ts'
import { readErrorEntry, registryFault } from '../registry/upstream-errors.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import { isMissing, isUnreadable } from './unreadable.ts'

export type DeletionMode = 'tag' | 'digest'

export interface TagDeletion {
  /**
   * How this registry deletes, for the life of the process once it is known.
   *
   * @throws GatewayError, DENIED if this account may not delete here.
   */
  mode(context: RequestContext): Promise<DeletionMode>
  /** The registry has refused to delete a tag: it is asked again how it deletes. */
  forget(): void
  /**
   * Runs deletions by tag, which should leave the other tags of the manifest. Until one has shown that they do,
   * one at a time: a registry that takes them along does so once.
   *
   * @param remove  given `prove` as long as nobody knows.
   * @throws GatewayError, CONFLICT once it is known that they do not survive.
   */
  guarded<T>(remove: (prove: ((survived: boolean) => void) | undefined) => Promise<T>): Promise<T>
}

/** What distribution 3 and zot say of a tag that is not there. NAME_UNKNOWN would be about the repository. */
const NO_SUCH_TAG = new Set(['MANIFEST_UNKNOWN', 'TAG_UNKNOWN'])

/** Whether a refusal to say what the tag names says nothing of the registry's manners: not its state, not the account. */
function isInconclusive(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  return error.code === 'DENIED' || error.reason === 'login_required' || isUnreadable(error)
}

/** Whether it is certain that there is no such tag: some registries answer 403 for it, and some have any tag. */
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

/** Deletes a tag that is not there. Undefined where the response tells nothing. @throws GatewayError as `send` does. */
async function deleteAbsent(
  client: Pick<RegistryClient, 'send'>,
  { subject, repository, signal }: RequestContext,
  tag: Tag,
): Promise<DeletionMode | undefined> {
  const endpoint = parseEndpoint('DELETE', `/v2/${repository}/manifests/${tag}`)
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
  // 405 UNSUPPORTED may be about tags, or about a registry on which nothing is deleted today
  return undefined
}

export function createTagDeletion(
  client: Pick<RegistryClient, 'send'>,
  reader: Pick<RepositoryReader, 'resolve'>,
): TagDeletion {
  let known: DeletionMode | undefined
  let survival: boolean | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function probe(context: RequestContext): Promise<DeletionMode | undefined> {
    const tag = `gantry-probe-${randomBytes(12).toString('hex')}` as Tag
    // nothing is deleted but what is certain not to be there
    if (!(await isAbsent(reader, context, tag))) return undefined
    try {
      return await context.limiterStream.run(() => deleteAbsent(client, context, tag), false)
    } catch (error) {
      // an account that may not delete is told now; any other failure the deletion itself will meet, and say so
      if (isServerError(error)) return undefined
      throw error
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  return {
    async mode(context) {
      if (survival === false) return 'digest'
      known ??= await probe(context)
      return known ?? 'digest'
    },
    forget() {
      known = undefined
    },
    async guarded(remove) {
      if (survival === true) return remove(undefined)
      return inTurn(async () => {
        if (survival === false) throw gatewayError('no_single_tags')
        return remove(survival === true ? undefined : (survived) => (survival = survived))
      })
    },
  }
}
