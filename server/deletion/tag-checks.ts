// Whether tags still name what a plan says.

import type { DeletionRequest } from '../../shared/api/deletion.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { GatewayError } from '../errors.ts'
import type { RegistryEndpoint } from '../registry/endpoint.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import { digestByGet } from './tagged-manifests.ts'
import { isMissing } from './unreadable.ts'

type Resolving = Pick<RepositoryReader, 'resolve' | 'manifest'>

function moved(tag: string, digest: string | undefined): GatewayError {
  const words = digest === undefined ? 'is gone' : 'names another manifest by now'
  return new GatewayError('CONFLICT', `${tag} ${words}: nothing was deleted. Look at the plan again.`, {
    detail: { reason: 'tag_moved', tag, ...(digest !== undefined && { digest }) },
  })
}

/** The tag that is to be deleted by its name. */
export function tagOf({ path }: RegistryEndpoint): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

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
const digestOf = (reader: Resolving, context: RequestContext, tag: string) =>
  unlessGone(reader.resolve(context, tag).then(({ digest }) => digest))

/**
 * Compares a plan with what is there. By tag: the very manifest. By digest: each tag that was shown to go with it; one
 * that is gone is gone.
 *
 * @throws GatewayError, CONFLICT if a tag names something else.
 */
export async function compare(
  reader: Resolving,
  context: RequestContext,
  endpoint: RegistryEndpoint,
  plan: DeletionRequest,
): Promise<void> {
  if (endpoint.digest === undefined) {
    if (plan.digest === undefined) return
    const tag = tagOf(endpoint)
    const digest = await unlessGone(digestByGet(reader, context, tag))
    if (digest !== (plan.digest ?? undefined)) throw moved(tag, digest)
    return
  }
  await forEachConcurrent(plan.tags ?? [], MAX_STREAM_REQUESTS, async (tag) => {
    const digest = await digestOf(reader, context, tag)
    if (digest !== undefined && digest !== endpoint.digest) throw moved(tag, digest)
  })
}

/** Those of these tags that are there and, if a digest is given, still name it. */
export async function presentOf(
  reader: Resolving,
  context: RequestContext,
  tags: readonly string[],
  digest?: string | null,
): Promise<readonly string[]> {
  const present: string[] = []
  await forEachConcurrent(tags, MAX_STREAM_REQUESTS, async (tag) => {
    const named = await digestOf(reader, context, tag)
    if (named !== undefined && (digest == null || named === digest)) present.push(tag)
  })
  return present
}
