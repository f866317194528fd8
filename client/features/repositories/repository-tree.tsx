import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Repository } from '../../../shared/oci/reference.ts'
import { focusDrawn } from '../../lib/focus-drawn.ts'
import { repositoryPath } from '../../lib/paths.ts'
import { type RowsHandle, useRowKeys } from '../../lib/use-row-keys.ts'
import { RepositoryRow } from './repository-row.tsx'
import styles from './repository-tree.module.css'
import type { TreeRow, TreeRows } from './tree.ts'
import { treeMove } from './tree-keys.ts'
import type { TagCounts } from './use-tag-counts.ts'

const ROW_PX = 26
/** Letters typed within this time are one word. */
const TYPING_MS = 600

interface RepositoryTreeProps {
  readonly rows: TreeRows
  readonly selected: Repository | undefined
  /** What the filter found, to be marked. */
  readonly words: readonly string[]
  readonly tagCounts: TagCounts
  readonly onToggle: (paths: readonly string[], open: boolean) => void
  /** Whether j and k lead here from anywhere. */
  readonly hotkeys: boolean
  readonly ref: Ref<RowsHandle>
}

/** Letters typed one after the other, as one word. */
function useTypeAhead() {
  const typed = useRef({ text: '', at: 0 })
  return (key: string) => {
    const now = performance.now()
    const text = now - typed.current.at < TYPING_MS ? typed.current.text + key : key
    // no word begins with a key that goes from row to row
    if (text === 'j' || text === 'k') return text
    // the same letter again asks for the next line, not for "bb"
    typed.current = { text: [...text].every((letter) => letter === key) ? key : text, at: now }
    return typed.current.text
  }
}

/** Those in view and one more, in order: scrolled out of the document, the only stop of the Tab key would be gone. */
function withIndex(range: Range, index: number): number[] {
  const indexes = defaultRangeExtractor(range)
  if (index >= range.count || indexes.includes(index)) return indexes
  return [...indexes, index].sort((a, b) => a - b)
}

/** Namespaces and repositories, of which only those in view are in the document; one of them takes the focus. */
export function RepositoryTree(props: RepositoryTreeProps) {
  const { rows, selected, words, tagCounts, onToggle, hotkeys, ref } = props
  const [focused, setFocused] = useState<string | undefined>(selected)
  const navigate = useNavigate()
  const typeAhead = useTypeAhead()
  const scroller = useRef<HTMLDivElement>(null)
  const indexOf = (path: string | undefined) => (path === undefined ? -1 : rows.indexOf(path))
  const current = Math.max(0, indexOf(focused ?? selected))
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 15,
    rangeExtractor: (range) => withIndex(range, current),
  })

  // what is open is in view, also when it was opened from elsewhere
  const selectedIndex = selected === undefined ? -1 : indexOf(selected)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another repository is opened, not at each scroll
  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' })
  }, [selected, selectedIndex >= 0])

  const focusRow = (index: number) => {
    const row = rows.row(index)
    if (row === undefined) return
    setFocused(row.path)
    virtual.scrollToIndex(index)
    focusDrawn(() => scroller.current?.querySelector<HTMLElement>(`[data-path="${row.path}"]`))
  }
  // within it they are among its own keys
  useRowKeys({ hotkeys, count: rows.length, current: () => undefined, start: current, focusRow })
  useImperativeHandle(ref, () => ({ focusFirst: () => focusRow(0) }))
  const activate = ({ repository, path, expanded }: TreeRow) =>
    repository === undefined ? onToggle([path], !expanded) : void navigate(repositoryPath(repository))
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows.row(current)
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const typed = event.key.length === 1 ? typeAhead(event.key) : ''
    const move = treeMove(event.key, rows, current, typed)
    if (move === undefined) return
    event.preventDefault()
    if (move.kind === 'focus') focusRow(move.index)
    else if (move.kind === 'toggle') onToggle(move.paths, move.open)
    else activate(row)
  }
  return (
    <div
      ref={scroller}
      className={styles.scroller}
      role="tree"
      aria-label="Repositories"
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      <div className={styles.list} role="none" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows.row(index)
          if (row === undefined) return null
          return (
            <RepositoryRow
              key={row.path}
              row={row}
              selected={row.repository !== undefined && row.repository === selected}
              words={words}
              tagCount={row.repository && tagCounts.get(row.repository)}
              top={start}
              tabStop={index === current}
              onFocus={() => setFocused(row.path)}
              onToggle={onToggle}
            />
          )
        })}
      </div>
    </div>
  )
}
