// Whether the registry deletes single tags (OCI distribution spec 1.1, "Deleting tags"), found out without deleting
// anything: by deleting a tag that has just been seen not to exist.

import { randomBytes } from 'node:crypto'
import { GatewayError } from '../errors.ts'
import { discard } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import { registryEntry } from '../registry/registry-refusals.ts'
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
  /** Whether a deletion by tag has shown that the other tags of the manifest survive it. */
  isProven(): boolean
  /** @param survived  whether they did, the first time. */
  prove(survived: boolean): void
}

export function createTagDeletion(client: Pick<RegistryClient, 'send'>): TagDeletion {
  let known: DeletionMode | undefined
  let proven = false

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
    const { statusCode, body } = response
    if (statusCode < 300) {
      await discard(body)
      return 'tag'
    }
    if (statusCode < 400) {
      await discard(body)
      return undefined
    }
    const code = (await registryEntry(body, response.authorization))?.code
    // distribution 3 says 404, or 500 UNKNOWN on some storage; a plain 404 is a server without this end point
    if ((statusCode === 404 && code !== undefined) || (statusCode === 500 && code === 'UNKNOWN')) return 'tag'
    if (code === 'DIGEST_INVALID') return 'digest'
    if (statusCode === 429 || statusCode >= 500) throw registryFault(statusCode, undefined)
    // 405 UNSUPPORTED may be about tags, or about a registry on which nothing is deleted today
    return undefined
  }

  return {
    async mode(deleter) {
      known ??= await probe(deleter)
      return known ?? 'digest'
    },
    isProven: () => proven,
    prove(survived) {
      if (survived) proven = true
      else known = 'digest'
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
