import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { referencePath } from '../../paths.ts'
import { FilterField } from '../../ui/filter-field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'

interface TagListProps {
  readonly repository: Repository
  readonly tags: readonly Tag[]
  readonly selected: Tag | undefined
  /** Whether the filter has its place in the URL: while the list is what the page is about. */
  readonly inUrl: boolean
}

/** Every tag of a repository, narrowed down by the filter. */
export function TagList({ repository, tags, selected, inUrl }: TagListProps) {
  const [search, setSearch] = useSearchParams()
  const [own, setOwn] = useState(search.get('filter') ?? '')
  const filter = inUrl ? (search.get('filter') ?? '') : own
  const setFilter = (value: string) => {
    setOwn(value)
    if (inUrl) setSearch(value === '' ? {} : { filter: value }, { replace: true })
  }
  const shown = tags.filter((tag) => tag.toLowerCase().includes(filter.toLowerCase()))
  if (tags.length === 0)
    return (
      <Notice title="No tags">
        <p>This repository is empty: its images were deleted, or only digests are left.</p>
      </Notice>
    )
  return (
    <>
      <FilterField
        label="Filter tags"
        value={filter}
        matches={filter === '' ? undefined : shown.length}
        onChange={setFilter}
      />
      {shown.length === 0 ? (
        <Notice title="No match">
          <p>
            None of {tags.length} tags has “{filter}” in it.
          </p>
        </Notice>
      ) : (
        <VirtualList label="All tags" items={shown} keyOf={(tag) => tag}>
          {(tag) => (
            <Link
              to={referencePath({ repository, tag })}
              title={tag}
              aria-current={tag === selected ? 'true' : undefined}
            >
              {tag}
            </Link>
          )}
        </VirtualList>
      )}
    </>
  )
}
