// /r/<name> — all tags of one repository.

import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { Repository } from '../../shared/oci/reference.ts'
import { configQuery } from '../api/session.ts'
import { tagsOf } from '../api/tags.ts'
import { TagList } from '../features/tags/tag-list.tsx'
import { rememberRepository } from '../preferences.ts'
import { usePageTitle } from '../ui/page-title.ts'
import { Pane } from '../ui/pane.tsx'

export function TagsPage({ repository }: { repository: Repository }) {
  const tags = useSuspenseQuery(tagsOf(repository)).data
  const host = useQuery(configQuery).data?.registry
  usePageTitle(host === undefined ? repository : `${host}/${repository}`)
  // only what was found is worth remembering
  useEffect(() => rememberRepository(repository), [repository])
  return (
    <Pane
      title={repository}
      aside={`${tags.length.toLocaleString('en')} ${tags.length === 1 ? 'tag' : 'tags'}`}
    >
      <TagList repository={repository} tags={tags} />
    </Pane>
  )
}
