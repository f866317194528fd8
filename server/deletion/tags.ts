// All tags of a repository and the manifest that each one names. A deletion plan needs every one of them.

import * as z from 'zod/mini'
import type { Digest } from '../../shared/oci/digest.ts'
import { continuationOf, type Page } from '../../shared/oci/pages.ts'
import { parseTag, type Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import { tagsEndpoint, withQuery } from '../registry/endpoint.ts'
import type { Paging } from '../registry/paging.ts'
import { readText } from '../registry/transport/body.ts'
import { parseJson } from '../registry/transport/json.ts'
import { readUpstreamError } from '../registry/upstream-errors.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'

/** A request without `n` may return the whole list: 200,000 tags of 128 characters. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024
/** For such a page. */
const MAX_PAGE_MS = 60_000
/** More than any repository from which a person deletes by hand. */
const MAX_TAGS = 200_000

/** Whether the fault is in one manifest and not on the way to it: its content cannot be known. */
export function isUnreadable(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    (error.statusCode === 404 ||
      error.code === 'MANIFEST_INVALID' ||
      error.code === 'UNSUPPORTED' ||
      error.reason === 'bad_answer')
  )
}

/** As `isUnreadable`, without faults of the registry: those may pass, and say nothing about the manifest. */
export function isBroken(error: unknown): boolean {
  return isUnreadable(error) && error.id !== 'registry_fault' && error.id !== 'registry_bad_gateway'
}

/** Whether the registry says that there is no such manifest. */
export function isMissing(error: unknown): boolean {
  return error instanceof GatewayError && error.statusCode === 404
}

/**
 * The error of a plan that fails because a kept tag cannot be read.
 *
 * @returns the error with the name of the tag if it concerns this tag alone; unchanged if any request would meet it.
 */
export function cannotRead(tag: Tag, error: unknown): unknown {
  if (!isUnreadable(error) && !(error instanceof GatewayError && error.code === 'DENIED')) return error
  return error.ofTag(tag)
}

// an invalid tag is an error: it might share a manifest with a tag to be deleted
const tagsSchema = z.object({
  tags: z.nullish(z.array(z.string().check(z.refine((tag) => parseTag(tag) !== undefined)))),
})

function parseTags(text: string | undefined): readonly Tag[] {
  let value: unknown
  try {
    // one page may be the whole list
    value = parseJson(text ?? '', 2 * MAX_TAGS)
  } catch {
    value = undefined
  }
  const list = tagsSchema.safeParse(value)
  if (!list.success) throw gatewayError('tags_invalid')
  return (list.data.tags ?? []).flatMap((tag) => parseTag(tag) ?? [])
}

async function readPage(
  client: Pick<RegistryClient, 'send'>,
  paging: Pick<Paging, 'after'>,
  { subject, signal }: RequestContext,
  endpoint: ReturnType<typeof tagsEndpoint>,
): Promise<Page<Tag>> {
  const response = await client.send(endpoint, subject, { headers: {}, signal })
  if (response.statusCode !== 200) throw await readUpstreamError(endpoint, response)
  const items = parseTags(await readText(response.body, MAX_PAGE_BYTES, MAX_PAGE_MS))
  const following = paging.after(response.headers, endpoint)
  return {
    items,
    next: following.kind === 'next' ? withQuery(endpoint, following.query).path : undefined,
    unreadable: following.kind === 'unreadable',
  }
}

/**
 * Lists all tags in the subject's own name.
 *
 * @returns each tag once, in the registry's order.
 * @throws GatewayError, also if the list cannot be read to its end: a plan must not be based on half of it.
 */
export async function listTags(
  client: Pick<RegistryClient, 'send'>,
  paging: Pick<Paging, 'after'>,
  context: RequestContext,
): Promise<readonly Tag[]> {
  const list = tagsEndpoint(context.repository)
  const pages: Page<Tag>[] = []
  const requested: string[] = []
  const tags = new Set<Tag>()
  for (let path: string | undefined = list.path; path !== undefined; ) {
    const endpoint = { ...list, path }
    requested.push(path)
    const page = await context.limiterStream.run(() => readPage(client, paging, context, endpoint), false)
    pages.push(page)
    for (const tag of page.items) tags.add(tag)
    if (tags.size > MAX_TAGS) throw gatewayError('too_many_tags')
    const { next, incomplete } = continuationOf(pages, requested)
    if (incomplete) throw gatewayError('tags_incomplete')
    path = next
  }
  return [...tags]
}

export interface TaggedManifests {
  /** Of all tags except the broken ones. */
  readonly digests: ReadonlyMap<Tag, Digest>
  /** The tags of each manifest, in the registry's order. */
  readonly tags: ReadonlyMap<Digest, readonly Tag[]>
}

/**
 * Finds out what a tag to be deleted names, by GET, as a client pulls it: a HEAD that ignores `Accept` names one
 * platform's image instead of the index. Falls back to HEAD if the document cannot be read.
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
 * Finds out which manifest each tag names.
 *
 * @param requested  tags to be deleted.
 * @throws GatewayError unless every tag could be requested. A tag without a manifest is broken, which is not an error.
 */
export async function readTaggedManifests(
  reader: Pick<RepositoryReader, 'resolve' | 'manifest'>,
  context: RequestContext,
  all: readonly Tag[],
  requested: ReadonlySet<string>,
): Promise<TaggedManifests> {
  const digests = new Map<Tag, Digest>()
  await forEachConcurrent(all, MAX_STREAM_REQUESTS, async (tag) => {
    try {
      const digest = requested.has(tag)
        ? await digestByGet(reader, context, tag)
        : (await reader.resolve(context, tag)).digest
      digests.set(tag, digest)
    } catch (error) {
      if (!isMissing(error)) throw cannotRead(tag, error)
    }
  })
  const tags = new Map<Digest, Tag[]>()
  // in the order of the list, not of the responses
  for (const tag of all) {
    const digest = digests.get(tag)
    const known = digest && tags.get(digest)
    if (known !== undefined) known.push(tag)
    else if (digest !== undefined) tags.set(digest, [tag])
  }
  return { digests, tags }
}
