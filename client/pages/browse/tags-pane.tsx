// The middle pane: all tags of one repository.

import { type QueryClient, type UseQueryResult, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { isAttached } from '../../../shared/oci/attached-tags.ts'
import type { Reference, Repository, Tag } from '../../../shared/oci/reference.ts'
import { type TagList as ListedTags, tagsOf } from '../../api/tags.ts'
import { Failure } from '../../components/failure.tsx'
import { Incomplete } from '../../components/incomplete.tsx'
import { Notice } from '../../components/notice.tsx'
import { Pane } from '../../components/pane.tsx'
import { useStandIn } from '../../components/part.tsx'
import { StaleNote } from '../../components/stale-note.tsx'
import { followDeletions } from '../../features/deletion/after-deletion.ts'
import { useAskDeletion } from '../../features/deletion/deletion-request.ts'
import { AttachedToggle } from '../../features/tags/attached-toggle.tsx'
import { createSelection } from '../../features/tags/selection.ts'
import { TagActions } from '../../features/tags/tag-actions.tsx'
import { TagList } from '../../features/tags/tag-list.tsx'
import { askFirst, useSummaries } from '../../features/tags/use-summaries.ts'
import { useTagView } from '../../features/tags/use-tag-view.ts'
import { readPreferences, rememberRepository } from '../../lib/preferences.ts'
import { useUrlFilter } from '../../lib/use-url-filter.ts'

/** As soon as the list is there: React takes its time to draw 5,000 tags, and the registry needs it too. */
export function askAhead(
  queryClient: QueryClient,
  repository: Repository,
  search: URLSearchParams,
  tags: readonly Tag[],
): void {
  // in another order, or of others, it would ask for what is not shown
  if (search.has('sort') || search.has('filter') || readPreferences().tagSort !== '') return
  askFirst(
    queryClient,
    repository,
    tags.filter((one) => !isAttached(one)),
  )
}

/** Its list does not suspend, see useStandIn. Throws what a first list fails with. */
export function TagsPane({ reference }: { reference: Reference }) {
  const list = useQuery({
    ...tagsOf(reference.repository),
    throwOnError: (_error, { state }) => state.data === undefined,
  })
  const standIn = useStandIn()
  const queryClient = useQueryClient()
  useEffect(() => followDeletions(queryClient), [queryClient])
  if (list.data === undefined) return standIn
  return <TagsOf reference={reference} list={list} listed={list.data} />
}

interface TagsOfProps {
  readonly reference: Reference
  readonly list: UseQueryResult
  readonly listed: ListedTags
}

function TagsOf({ reference: { repository, tag, digest }, list, listed: { tags, incomplete } }: TagsOfProps) {
  const { dataUpdatedAt, error, isFetching, refetch } = list
  const isMain = tag === undefined && digest === undefined
  const view = useTagView(isMain)
  const summaries = useSummaries(repository)
  const [filter, setFilter] = useUrlFilter(isMain)
  // only what was found is worth remembering
  useEffect(() => rememberRepository(repository), [repository])

  const plain = useMemo(() => tags.filter((one) => !isAttached(one)), [tags])
  const attached = tags.length - plain.length
  // one that is looked at is not hidden
  const unfolded = view.unfolded || plain.length === 0 || (tag !== undefined && isAttached(tag))
  const [selection] = useState(createSelection)
  const ask = useAskDeletion()
  const deletion = useMemo(() => ask && { selection, ask }, [selection, ask])
  const shown = unfolded ? tags : plain
  // what is folded away or gone would be deleted unseen
  useEffect(() => selection.keep(shown), [selection, shown])
  const refresh = () => {
    summaries.store.expire()
    void refetch()
  }
  const aside = (
    <>
      {plain.length.toLocaleString('en')}
      {incomplete && ' and more'}
      <AttachedToggle count={attached} unfolded={unfolded} onChange={view.setUnfolded} />
      <StaleNote at={dataUpdatedAt} />
    </>
  )
  return (
    <Pane
      title="Tags"
      level={isMain ? 1 : 2}
      aside={aside}
      actions={<TagActions view={view} busy={isFetching} onRefresh={refresh} />}
    >
      {/* of a fresh list: the one there is stays */}
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {incomplete && (
        <Incomplete what="tags">
          {deletion && <p>No tag can be deleted here: others that are not listed may share its manifest.</p>}
        </Incomplete>
      )}
      {tags.length === 0 && !incomplete ? (
        <Notice title="No tags">
          <p>This repository is empty: its images were deleted, or only digests are left.</p>
        </Notice>
      ) : (
        <TagList
          repository={repository}
          tags={shown}
          selected={tag}
          filter={filter}
          onFilter={setFilter}
          view={view}
          deletion={deletion}
          summaries={summaries}
        />
      )}
    </Pane>
  )
}
