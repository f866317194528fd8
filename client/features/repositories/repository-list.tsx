import { Link, useSearchParams } from 'react-router'
import type { Repository } from '../../../shared/oci/reference.ts'
import { repositoryPath } from '../../paths.ts'
import { FilterField } from '../../ui/filter-field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'

/** Every repository that came so far, narrowed down by the filter in the URL. */
export function RepositoryList({ names, complete }: { names: readonly Repository[]; complete: boolean }) {
  const [search, setSearch] = useSearchParams()
  const filter = search.get('filter') ?? ''
  const words = filter.toLowerCase().split(/\s+/)
  const shown = names.filter((name) => words.every((word) => name.includes(word)))
  return (
    <>
      <FilterField
        label="Filter repositories"
        value={filter}
        matches={filter === '' ? undefined : shown.length}
        onChange={(value) => setSearch(value === '' ? {} : { filter: value }, { replace: true })}
      />
      {shown.length > 0 ? (
        <VirtualList label="Repositories" items={shown} keyOf={(name) => name}>
          {(name) => (
            <Link to={repositoryPath(name)} title={name}>
              {name}
            </Link>
          )}
        </VirtualList>
      ) : (
        complete && (
          <Notice title={names.length === 0 ? 'No repositories yet' : 'No match'}>
            <p>
              {names.length === 0
                ? 'The registry is empty, or shows you nothing. Push an image, and it appears here.'
                : `None of ${names.length} repositories has “${filter}” in its name.`}
            </p>
          </Notice>
        )
      )}
    </>
  )
}
