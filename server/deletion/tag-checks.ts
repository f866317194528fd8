// Whether tags still name what a plan says.

import type { DeletionRequest } from '../../shared/api.ts'
import { parseDigest } from '../../shared/oci/digest.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { GatewayError } from '../errors.ts'
import { close } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import { readRefusal } from '../registry/registry-refusals.ts'
import type { Subject } from '../registry/subject.ts'
import { parseTarget, type RegistryTarget } from '../registry/target.ts'
import { eachOf } from './each-of.ts'

/** What is to be deleted, and for whom. */
interface Asked {
  readonly target: RegistryTarget
  readonly subject: Subject
}

function moved(tag: string, digest: string | undefined): GatewayError {
  const words = digest === undefined ? 'is gone' : 'names another manifest by now'
  return new GatewayError('CONFLICT', `${tag} ${words}: nothing was deleted. Look at the plan again.`, {
    detail: { reason: 'tag_moved', tag, ...(digest !== undefined && { digest }) },
  })
}

/** The tag that is to be deleted by its name. */
export function tagOf({ path }: RegistryTarget): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

export function createTagChecks(client: Pick<RegistryClient, 'send'>) {
  /** What a tag names; undefined if it is gone. */
  async function digestOf(
    tag: string,
    { target, subject }: Asked,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const head = parseTarget('HEAD', `/v2/${target.repository}/manifests/${tag}`)
    const response = await client.send(head, subject, { headers: { accept: ACCEPT_MANIFESTS }, signal })
    const { statusCode, headers, body } = response
    if (statusCode === 404) {
      close(body)
      return undefined
    }
    if (statusCode !== 200) throw await readRefusal(head, response)
    close(body)
    const digest = parseDigest(String([headers['docker-content-digest']].flat()[0] ?? ''))
    if (digest === undefined)
      throw new GatewayError('UNAVAILABLE', 'The registry does not say which manifest a tag names.', {
        reason: 'bad_answer',
      })
    return digest
  }

  /** By tag: the very manifest. By digest: each tag that was shown to go with it; one that is gone is gone. */
  async function compare(asked: Asked, plan: DeletionRequest, signal: AbortSignal): Promise<void> {
    const { target } = asked
    if (target.digest === undefined) {
      if (plan.digest === undefined) return
      const tag = tagOf(target)
      const digest = await digestOf(tag, asked, signal)
      if (digest !== (plan.digest ?? undefined)) throw moved(tag, digest)
      return
    }
    await eachOf(plan.tags ?? [], async (tag) => {
      const digest = await digestOf(tag, asked, signal)
      if (digest !== undefined && digest !== target.digest) throw moved(tag, digest)
    })
  }

  /** Those of these tags that are there and, if a digest is given, still name it. */
  async function presentOf(
    tags: readonly string[],
    asked: Asked,
    digest?: string | null,
    signal?: AbortSignal,
  ) {
    const present: string[] = []
    await eachOf(tags, async (tag) => {
      const named = await digestOf(tag, asked, signal)
      if (named !== undefined && (digest == null || named === digest)) present.push(tag)
    })
    return present
  }

  return { compare, presentOf }
}
