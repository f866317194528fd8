// Every tag of a repository, page by page: whoever deletes has to know them all.

import * as z from 'zod/mini'
import { continuationOf, type Page } from '../../shared/oci/pages.ts'
import { parseTag, type Tag } from '../../shared/oci/reference.ts'
import { gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import { tagsEndpoint, withQuery } from '../registry/endpoint.ts'
import type { Paging } from '../registry/paging.ts'
import { readText } from '../registry/transport/body.ts'
import { parseJson } from '../registry/transport/json.ts'
import { readUpstreamError } from '../registry/upstream-errors.ts'
import type { RequestContext } from '../summaries/reader.ts'

/** A page without `n` may be the whole list: 200,000 tags of 128 characters. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024
/** Of such a page. */
const MAX_PAGE_MS = 60_000
/** More than any repository has that a person deletes from by hand. */
const MAX_TAGS = 200_000

// a tag that is none might share a manifest with one that is to go, and nobody could tell
const shape = z.object({
  tags: z.nullish(z.array(z.string().check(z.refine((tag) => parseTag(tag) !== undefined)))),
})

function parseTags(text: string | undefined): readonly Tag[] {
  let value: unknown
  try {
    // one page may be all of it
    value = parseJson(text ?? '', 2 * MAX_TAGS)
  } catch {
    value = undefined
  }
  const list = shape.safeParse(value)
  if (!list.success) throw gatewayError('tags_invalid')
  return (list.data.tags ?? []).flatMap((tag) => parseTag(tag) ?? [])
}

type TagsEndpoint = ReturnType<typeof tagsEndpoint>

/** One page, and what follows it. */
async function readPage(
  client: Pick<RegistryClient, 'send'>,
  paging: Pick<Paging, 'after'>,
  { subject, signal }: RequestContext,
  endpoint: TagsEndpoint,
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
 * @returns each once, in the registry's order.
 * @throws GatewayError, also where a list cannot be read to its end: a plan must not be made of half of it.
 */
export async function listTags(
  client: Pick<RegistryClient, 'send'>,
  paging: Pick<Paging, 'after'>,
  context: RequestContext,
): Promise<readonly Tag[]> {
  const list = tagsEndpoint(context.repository)
  const pages: Page<Tag>[] = []
  const asked: string[] = []
  const tags = new Set<Tag>()
  for (let path: string | undefined = list.path; path !== undefined; ) {
    const endpoint = { ...list, path }
    asked.push(path)
    const page = await context.limiterStream.run(() => readPage(client, paging, context, endpoint), false)
    pages.push(page)
    for (const tag of page.items) tags.add(tag)
    if (tags.size > MAX_TAGS) throw gatewayError('too_many_tags')
    const { next, incomplete } = continuationOf(pages, asked)
    if (incomplete) throw gatewayError('tags_incomplete')
    path = next
  }
  return [...tags]
}
