// Which manifest each tag of a repository names.

import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import { cannotRead, isMissing, isUnreadable } from './unreadable.ts'

export interface TaggedManifests {
  /** In the registry's order. */
  readonly all: readonly Tag[]
  /** Of all tags but the broken ones. */
  readonly digests: ReadonlyMap<Tag, Digest>
  /** The tags of each manifest, in the registry's order. */
  readonly tags: ReadonlyMap<Digest, readonly Tag[]>
}

/**
 * Reads what a tag that is to be deleted names, with GET, as a client pulls it: a HEAD that ignores what is accepted
 * names one platform's image in place of the index. Of a document that cannot be read, HEAD has to do.
 *
 * @throws GatewayError as `resolve` does.
 */
export async function digestByGet(
  reader: Pick<RepositoryReader, 'resolve' | 'manifest'>,
  context: RequestContext,
  tag: Tag,
): Promise<Digest> {
  try {
    return (await reader.manifest(context, tag)).digest
  } catch (error) {
    if (isMissing(error) || !isUnreadable(error)) throw error
    return (await reader.resolve(context, tag)).digest
  }
}

/**
 * Reads which manifest each tag names.
 *
 * @param asked  tags that are to be deleted.
 * @throws GatewayError unless every tag could be asked for. One without a manifest is broken, which is not a failure.
 */
export async function readTaggedManifests(
  reader: Pick<RepositoryReader, 'resolve' | 'manifest'>,
  context: RequestContext,
  all: readonly Tag[],
  asked: ReadonlySet<string>,
): Promise<TaggedManifests> {
  const digests = new Map<Tag, Digest>()
  await forEachConcurrent(all, MAX_STREAM_REQUESTS, async (tag) => {
    try {
      const digest = asked.has(tag)
        ? await digestByGet(reader, context, tag)
        : (await reader.resolve(context, tag)).digest
      digests.set(tag, digest)
    } catch (error) {
      if (!isMissing(error)) throw cannotRead(tag, error)
    }
  })
  const tags = new Map<Digest, Tag[]>()
  // in the order of the list, not of the answers
  for (const tag of all) {
    const digest = digests.get(tag)
    const known = digest && tags.get(digest)
    if (known !== undefined) known.push(tag)
    else if (digest !== undefined) tags.set(digest, [tag])
  }
  return { all, digests, tags }
}
