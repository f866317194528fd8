import { useMemo, useRef, useState } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import { FilterField } from '../../components/filter-field.tsx'
import { Notice } from '../../components/notice.tsx'
import type { RowsHandle } from '../../lib/use-row-keys.ts'
import type { RepositoryIndex } from './repository-index.ts'
import { RepositoryTree } from './repository-tree.tsx'
import { createSearch, wordsOf } from './search.ts'
import { flatRows, namespacesOf, nestedRows } from './tree.ts'
import type { TagCounts } from './use-tag-counts.ts'

interface RepositoryListProps {
  readonly index: RepositoryIndex
  /** False while more is on its way. */
  readonly complete: boolean
  readonly selected: Repository | undefined
  readonly filter: string
  readonly onFilter: (value: string) => void
  /** Whole names without a tree. */
  readonly flat: boolean
  readonly tagCounts: TagCounts
}

/** Which namespaces are open: those above what is selected, unless somebody has said otherwise. */
function useExpanded(selected: Repository | undefined) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const above = useMemo(() => new Set(selected === undefined ? [] : namespacesOf(selected)), [selected])
  const isExpanded = useMemo(() => (path: string) => toggled.get(path) ?? above.has(path), [toggled, above])
  const toggle = (paths: readonly string[], open: boolean) =>
    setToggled((before) => new Map([...before, ...paths.map((path) => [path, open] as const)]))
  return { isExpanded, toggle }
}

/** Every repository that came so far, as a tree; or those that the filter finds, the likeliest first. */
export function RepositoryList(props: RepositoryListProps) {
  const { index, complete, selected, filter, onFilter, flat, tagCounts } = props
  const { isExpanded, toggle } = useExpanded(selected)
  const words = useMemo(() => wordsOf(filter), [filter])
  const search = useMemo(() => createSearch(index.names), [index])
  const found = useMemo(() => search(words), [search, words])
  const list = useRef<RowsHandle>(null)
  const isFlat = flat || words.length > 0
  const rows = useMemo(
    () => (isFlat ? flatRows(found) : nestedRows(index.tree.rows(isExpanded))),
    [isFlat, found, index, isExpanded],
  )
  return (
    <>
      <FilterField
        label="Filter repositories"
        value={filter}
        matches={words.length === 0 ? undefined : found.length}
        hotkey={selected === undefined}
        onChange={onFilter}
        onDown={() => list.current?.focusFirst()}
      />
      {rows.length > 0 ? (
        <RepositoryTree
          ref={list}
          hotkeys={selected === undefined}
          rows={rows}
          selected={selected}
          words={words}
          tagCounts={tagCounts}
          onToggle={toggle}
        />
      ) : (
        complete && (
          <Notice title={index.names.length === 0 ? 'No repositories yet' : 'No match'}>
            <p>
              {index.names.length === 0
                ? 'The registry is empty, or shows you nothing. Push an image, and it appears here.'
                : `None of ${index.names.length.toLocaleString('en')} repositories has “${filter}” in its name.`}
            </p>
          </Notice>
        )
      )}
    </>
  )
}
