import { useState } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import { FilterField } from '../../ui/filter-field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { RepositoryTree } from './repository-tree.tsx'

interface RepositoryListProps {
  readonly names: readonly Repository[]
  /** False while more is on its way. */
  readonly complete: boolean
  readonly selected: Repository | undefined
  /** The filter, where it has a place in the URL; undefined: it is kept here. */
  readonly filter: readonly [string, (value: string) => void] | undefined
}

/** Every repository that came so far, narrowed down by the filter. */
export function RepositoryList({ names, complete, selected, filter: kept }: RepositoryListProps) {
  const own = useState('')
  const [filter, setFilter] = kept ?? own
  const words = filter.toLowerCase().split(/\s+/)
  const shown = filter === '' ? names : names.filter((name) => words.every((word) => name.includes(word)))
  return (
    <>
      <FilterField
        label="Filter repositories"
        value={filter}
        matches={filter === '' ? undefined : shown.length}
        onChange={setFilter}
      />
      {shown.length > 0 ? (
        <RepositoryTree names={shown} selected={selected} openAll={filter !== ''} />
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
