// The middle pane: all tags of one repository.

import { useSuspenseQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Reference } from '../../shared/oci/reference.ts'
import { tagsOf } from '../api/tags.ts'
import { TagList } from '../features/tags/tag-list.tsx'
import { rememberRepository } from '../preferences.ts'
import { Pane } from '../ui/pane.tsx'

export function TagsPane({ reference: { repository, tag, digest } }: { reference: Reference }) {
  const tags = useSuspenseQuery(tagsOf(repository)).data
  const isMain = tag === undefined && digest === undefined
  // only what was found is worth remembering
  useEffect(() => rememberRepository(repository), [repository])
  return (
    <Pane title="Tags" level={isMain ? 1 : 2} aside={tags.length.toLocaleString('en')}>
      <TagList key={repository} repository={repository} tags={tags} selected={tag} inUrl={isMain} />
    </Pane>
  )
}
