import { Link, useSearchParams } from 'react-router'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { referencePath } from '../../paths.ts'
import { FilterField } from '../../ui/filter-field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'

/** Every tag of a repository, narrowed down by the filter in the URL. */
export function TagList({ repository, tags }: { repository: Repository; tags: readonly Tag[] }) {
  const [search, setSearch] = useSearchParams()
  const filter = search.get('filter') ?? ''
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
        onChange={(value) => setSearch(value === '' ? {} : { filter: value }, { replace: true })}
      />
      {shown.length === 0 ? (
        <Notice title="No match">
          <p>
            None of {tags.length} tags has “{filter}” in it.
          </p>
        </Notice>
      ) : (
        <VirtualList label="Tags" items={shown} keyOf={(tag) => tag}>
          {(tag) => (
            <Link to={referencePath({ repository, tag })} title={tag}>
              {tag}
            </Link>
          )}
        </VirtualList>
      )}
    </>
  )
}
