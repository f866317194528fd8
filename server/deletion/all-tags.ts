// Every tag of a repository, page by page: whoever deletes has to know them all.

import * as z from 'zod'
import { followingPath, type Page } from '../../shared/oci/pages.ts'
import { parseTag, type Tag } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { readText } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import { nextPage } from '../registry/paging.ts'
import { readRefusal } from '../registry/registry-refusals.ts'
import { parseRetryAfter } from '../registry/retry-after.ts'
import type { Subject } from '../registry/subject.ts'
import { parseTarget } from '../registry/target.ts'

/** A page without `n` may be the whole list: 200,000 tags of 128 characters. */
const MAX_PAGE_BYTES = 32 * 1024 * 1024
/** More than any repository has that a person deletes from by hand. */
const MAX_TAGS = 200_000

const shape = z.object({ tags: z.array(z.unknown()).nullish() })

function badList(): GatewayError {
  return new GatewayError('UNAVAILABLE', 'The registry’s answer is no list of tags.', {
    reason: 'bad_answer',
  })
}

function parseTags(text: string | undefined): readonly Tag[] {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    throw badList()
  }
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw badList()
  return (parsed.data.tags ?? []).flatMap((tag) => (typeof tag === 'string' ? (parseTag(tag) ?? []) : []))
}

/**
 * Lists all tags in the subject's own name.
 *
 * @returns each once, in the registry's order.
 * @throws GatewayError, also where a list ends without its end: a plan must not be made of half of it.
 */
export async function listTags(
  client: Pick<RegistryClient, 'send'>,
  registryOrigin: string,
  asker: { readonly subject: Subject; readonly repository: string; readonly signal: AbortSignal },
): Promise<readonly Tag[]> {
  const { subject, repository, signal } = asker
  const pages: Page<Tag>[] = []
  const asked: string[] = []
  const tags = new Set<Tag>()
  for (
    let path: string | undefined = `/v2/${repository}/tags/list`;
    path !== undefined;
    path = followingPath(pages, asked)
  ) {
    asked.push(path)
    const target = parseTarget('GET', path)
    const response = await client.send(target, subject, { headers: {}, signal })
    const { statusCode, headers, body } = response
    const field = (name: string) => [headers[name]].flat()[0]
    if (statusCode !== 200)
      throw await readRefusal(target, response, parseRetryAfter(field('retry-after'), Date.now()))
    const items = parseTags(await readText(body, MAX_PAGE_BYTES))
    pages.push({ items, next: nextPage([headers.link].flat().join(', '), target, registryOrigin) })
    for (const tag of items) tags.add(tag)
    if (tags.size > MAX_TAGS)
      throw new GatewayError('UNAVAILABLE', 'This repository has too many tags to plan a deletion here.', {
        reason: 'overloaded',
      })
  }
  return [...tags]
}
