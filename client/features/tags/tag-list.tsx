import { useCallback, useEffect, useMemo, useRef } from 'react'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import { FilterField } from '../../components/filter-field.tsx'
import { Notice } from '../../components/notice.tsx'
import type { RowsHandle } from '../../lib/use-row-keys.ts'
import { SelectionBar } from './selection-bar.tsx'
import { aliasesOf, type SortKey, sortTagsBy } from './sort.ts'
import { SummaryFailure } from './summary-failure.tsx'
import { TagProgress } from './tag-progress.tsx'
import { type Deletable, TagTable } from './tag-table.tsx'
import type { useSummaries } from './use-summaries.ts'
import { type TagFilter, useTagFilter } from './use-tag-filter.ts'
import type { useTagView } from './use-tag-view.ts'

const IN_WORDS: Readonly<Record<SortKey, string>> = {
  tag: 'tag',
  created: 'date',
  size: 'size',
  digest: 'digest',
}
/** So few are asked for whole: then other names of the same image show at once, wherever they are. */
const FEW = 100

interface TagListProps {
  readonly repository: Repository
  /** Without those that are folded away; by version. */
  readonly tags: readonly Tag[]
  readonly selected: Tag | undefined
  readonly filter: string
  readonly onFilter: (value: string) => void
  readonly view: ReturnType<typeof useTagView>
  /** Where tags can be deleted. */
  readonly deletion: Deletable | undefined
  readonly summaries: ReturnType<typeof useSummaries>
}

interface NoTagsProps extends Pick<TagFilter, 'problem' | 'retry'> {
  readonly filter: string
  /** Of all tags. */
  readonly count: number
}

/** Why the filter leaves nothing. */
function NoTags({ filter, count, problem, retry }: NoTagsProps) {
  if (problem === undefined)
    return (
      <Notice title="No match">
        <p>{`None of ${count.toLocaleString('en')} tags has “${filter}” in it.`}</p>
      </Notice>
    )
  if (retry !== undefined)
    return (
      <Notice title={problem} tone="bad">
        <p>
          What reads them did not come over the network. A part of the tag can be looked for all the same.
        </p>
        <button type="button" className={controls.plain} onClick={retry}>
          Try again
        </button>
      </Notice>
    )
  return (
    <Notice title="This filter cannot be read">
      <p>
        {`${problem}. Between slashes stands a pattern such as /^1\\.(2|3)/; without them, a part of the tag.`}
      </p>
    </Notice>
  )
}

/** Every tag of a repository, sorted and narrowed down over all of them, whatever is in view. */
export function TagList(props: TagListProps) {
  const { repository, tags, selected, filter, onFilter, view, deletion, summaries } = props
  const table = useRef<RowsHandle>(null)
  const { store, known, revision, loadingAll, failure, inVain } = summaries
  const { matches, problem, retry } = useTagFilter(filter, tags)
  const { key, descending } = view.sort
  // biome-ignore lint/correctness/useExhaustiveDependencies: known is one map that grows, revision tells when
  const sorted = useMemo(
    () => sortTagsBy(tags, known, { key, descending }),
    [tags, known, key === 'tag' ? 0 : revision, key, descending],
  )
  const shown = useMemo(() => (matches === undefined ? sorted : sorted.filter(matches)), [sorted, matches])
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const aliases = useMemo(() => aliasesOf(tags, known), [tags, known, revision])

  const needsAll = key !== 'tag' || tags.length <= FEW
  useEffect(() => {
    if (needsAll) store.loadAll(tags)
    else store.stop()
  }, [needsAll, store, tags])
  const onShow = useCallback((inView: readonly Tag[]) => store.show(inView), [store])
  const knownCount = tags.reduce((count, tag) => count + Number(store.isKnown(tag)), 0)
  return (
    <>
      <FilterField
        label="Filter tags"
        value={filter}
        matches={matches === undefined ? undefined : shown.length}
        problem={problem}
        hotkey
        onChange={onFilter}
        onDown={() => table.current?.focusFirst()}
      />
      {shown.length === 0 ? (
        <NoTags filter={filter} count={tags.length} problem={problem} retry={retry} />
      ) : (
        <TagTable
          ref={table}
          repository={repository}
          tags={shown}
          known={known}
          aliases={aliases}
          selected={selected}
          sort={view.sort}
          onSort={view.setSort}
          columns={view.columns}
          deletion={deletion}
          onShow={onShow}
        />
      )}
      {failure !== undefined && <SummaryFailure error={failure} inVain={inVain} onRetry={store.retry} />}
      {(loadingAll || failure === undefined) && key !== 'tag' && knownCount < tags.length && (
        <TagProgress
          by={IN_WORDS[key]}
          known={knownCount}
          all={tags.length}
          loading={loadingAll}
          onStop={store.stop}
          onGoOn={() => store.loadAll(tags)}
        />
      )}
      {deletion !== undefined && (
        <SelectionBar
          selection={deletion.selection}
          count={tags.length}
          shown={shown}
          onDelete={deletion.ask}
        />
      )}
    </>
  )
}
