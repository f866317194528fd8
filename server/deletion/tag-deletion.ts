// Whether the registry deletes single tags (OCI distribution spec 1.1, "Deleting tags"), found out without deleting
// anything: by deleting a tag that has just been seen not to exist.

import { randomBytes } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import { discard } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import { registryEntry } from '../registry/registry-refusals.ts'
import { retryAfterOf } from '../registry/retry-after.ts'
import type { Subject } from '../registry/subject.ts'
import { parseTarget } from '../registry/target.ts'
import { registryFault } from '../registry/upstream-failure.ts'

export type DeletionMode = 'tag' | 'digest'

/** Who wants to delete, and where. */
export interface Deleter {
  readonly subject: Subject
  readonly repository: string
  readonly signal: AbortSignal
}

export interface TagDeletion {
  /**
   * How this registry deletes, for the life of the process once it is known.
   *
   * @throws GatewayError, DENIED if this account may not delete here.
   */
  mode(deleter: Deleter): Promise<DeletionMode>
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

export function createTagDeletion(client: Pick<RegistryClient, 'send'>): TagDeletion {
  let known: DeletionMode | undefined
  let survival: boolean | undefined
  let last: Promise<unknown> = Promise.resolve()

  async function send(method: 'HEAD' | 'DELETE', tag: string, { subject, repository, signal }: Deleter) {
    const target = parseTarget(method, `/v2/${repository}/manifests/${tag}`)
    return client.send(target, subject, { headers: {}, signal })
  }

  async function probe(deleter: Deleter): Promise<DeletionMode | undefined> {
    const tag = `gantry-probe-${randomBytes(12).toString('hex')}`
    const before = await send('HEAD', tag, deleter)
    await discard(before.body)
    // a registry that has every tag one can think of is not asked to delete any
    if (before.statusCode !== 404) return undefined
    const response = await send('DELETE', tag, deleter)
    const { statusCode, headers, body } = response
    if (statusCode < 300) {
      await discard(body)
      return 'tag'
    }
    const code = (await registryEntry(body, response.authorization))?.code ?? ''
    if (statusCode === 404 && NO_SUCH_TAG.has(code)) return 'tag'
    // distribution 3 on some storage
    if (statusCode === 500 && code === 'UNKNOWN') return 'tag'
    if (code === 'DIGEST_INVALID') return 'digest'
    if (statusCode === 429 || statusCode >= 500) throw registryFault(statusCode, retryAfterOf(headers))
    // 405 UNSUPPORTED may be about tags, or about a registry on which nothing is deleted today
    return undefined
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }

  return {
    async mode(deleter) {
      if (survival === false) return 'digest'
      known ??= await probe(deleter)
      return known ?? 'digest'
    },
    forget() {
      known = undefined
    },
    async guarded(remove) {
      if (survival === true) return remove(undefined)
      return inTurn(async () => {
        if (survival === false)
          throw new GatewayError(
            'CONFLICT',
            'This registry removes whole manifests when it is told to delete a tag: nothing was deleted. Look at the plan again.',
            { detail: { reason: 'no_single_tags' } },
          )
        return remove(survival === true ? undefined : (survived) => (survival = survived))
      })
    },
  }
}

/** The registry took other tags along with the one it was told to delete. */
export function siblingsGone(tag: string, lost: readonly string[]): GatewayError {
  return new GatewayError(
    'CONFLICT',
    `This registry says that it deletes single tags, but with ${tag} it has removed ${lost.join(', ')} too. Nothing more was deleted; from now on whole manifests are shown.`,
    { detail: { reason: 'siblings_gone', tags: lost } },
  )
}
