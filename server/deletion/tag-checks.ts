// Whether tags still name what a plan says.

import type { ParsedDeletionRequest } from '../../shared/api/deletion.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { gatewayError } from '../errors.ts'
import type { RegistryEndpoint } from '../registry/endpoint.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import { digestByGet, isMissing } from './tags.ts'

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
export async function compare(
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
export async function presentOf(
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
