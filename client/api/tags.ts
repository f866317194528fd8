// The tags of a repository.

import { queryOptions } from '@tanstack/react-query'
import * as z from 'zod/mini'
import { continuationOf, type Page } from '../../shared/oci/pages.ts'
import { parseTag, type Repository, type Tag } from '../../shared/oci/reference.ts'
import { sortTags } from '../../shared/version-order.ts'
import { unexpectedAnswer } from './http.ts'
import { fetchPage } from './pages.ts'

const shape = z.object({ tags: z.optional(z.nullable(z.array(z.unknown()))) })

function parseTags(value: unknown): Tag[] {
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw unexpectedAnswer('list of tags')
  return (parsed.data.tags ?? []).flatMap((tag) => (typeof tag === 'string' ? (parseTag(tag) ?? []) : []))
}

export interface TagList {
  /** Each once, in the order people look for them. */
  readonly tags: readonly Tag[]
  /** The registry names more than could be read. */
  readonly incomplete: boolean
}

/** All pages; without `n` most registries answer in one. */
async function fetchTags(repository: Repository, signal: AbortSignal): Promise<TagList> {
  const pages: Page<Tag>[] = []
  const asked: string[] = []
  for (let path = `v2/${repository}/tags/list`; ; ) {
    asked.push(path)
    pages.push(await fetchPage(path, signal, parseTags))
    const { next, incomplete } = continuationOf(pages, asked)
    if (next === undefined)
      return { tags: sortTags([...new Set(pages.flatMap((page) => page.items))]), incomplete }
    path = next
  }
}

/** Every tag, as far as the registry lists them. */
export const tagsOf = (repository: Repository) =>
  queryOptions({
    queryKey: ['tags', repository],
    queryFn: ({ signal }) => fetchTags(repository, signal),
  })
