import { useVirtualizer } from '@tanstack/react-virtual'
import { Box, ChevronDown, ChevronRight } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { Repository } from '../../../shared/oci/reference.ts'
import { repositoryPath } from '../../paths.ts'
import styles from './repository-tree.module.css'
import { namespacesOf, type TreeRow, treeRows } from './tree.ts'

const ROW_PX = 26

interface RepositoryTreeProps {
  readonly names: readonly Repository[]
  readonly selected: Repository | undefined
  /** With a filter every namespace is open: what matches must be seen. */
  readonly openAll: boolean
}

/** Namespaces and repositories, by the ARIA tree pattern: arrows move, right opens, left closes, Enter goes there. */
export function RepositoryTree({ names, selected, openAll }: RepositoryTreeProps) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const above = useMemo(() => new Set(selected === undefined ? [] : namespacesOf(selected)), [selected])
  const rows = useMemo(
    () => treeRows(names, (path) => (openAll ? true : (toggled.get(path) ?? above.has(path)))),
    [names, toggled, above, openAll],
  )
  const [focused, setFocused] = useState<string | undefined>(selected)
  const navigate = useNavigate()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 15,
  })
  const current = Math.max(
    0,
    rows.findIndex(({ path }) => path === (focused ?? selected)),
  )

  // what is open is in view, also when it was opened from elsewhere
  const selectedIndex = selected === undefined ? -1 : rows.findIndex(({ path }) => path === selected)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another repository is opened, not at each scroll
  useEffect(() => {
    if (selectedIndex >= 0) virtual.scrollToIndex(selectedIndex, { align: 'auto' })
  }, [selected, selectedIndex >= 0])

  const toggle = (row: TreeRow, open: boolean) => setToggled(new Map(toggled).set(row.path, open))
  const moveTo = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)]
    if (row === undefined) return
    setFocused(row.path)
    virtual.scrollToIndex(rows.indexOf(row))
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-path="${row.path}"]`)?.focus(),
    )
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[current]
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const actions: Record<string, () => void> = {
      ArrowDown: () => moveTo(current + 1),
      ArrowUp: () => moveTo(current - 1),
      Home: () => moveTo(0),
      End: () => moveTo(rows.length - 1),
      ArrowRight: () => (row.count > 0 && !row.expanded ? toggle(row, true) : moveTo(current + 1)),
      ArrowLeft: () =>
        row.expanded
          ? toggle(row, false)
          : moveTo(rows.findIndex(({ path }) => path === namespacesOf(row.path).at(-1))),
      Enter: () =>
        row.repository === undefined
          ? toggle(row, !row.expanded)
          : void navigate(repositoryPath(row.repository)),
    }
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
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
          const row = rows[index]
          if (row === undefined) return null
          const isSelected = row.repository !== undefined && row.repository === selected
          const common = {
            role: 'treeitem',
            'data-path': row.path,
            'aria-level': row.level,
            'aria-selected': isSelected,
            ...(row.count > 0 && { 'aria-expanded': row.expanded }),
            tabIndex: index === current ? 0 : -1,
            className: styles.row,
            style: { transform: `translateY(${start}px)`, paddingLeft: 12 + (row.level - 1) * 16 },
            title: row.path,
            onFocus: () => setFocused(row.path),
          }
          const Chevron = row.expanded ? ChevronDown : ChevronRight
          const content = (
            <>
              {row.count > 0 ? <Chevron size={14} aria-hidden /> : <Box size={14} aria-hidden />}
              <b>{row.name}</b>
              {row.count > 0 && <em>{row.count.toLocaleString('en')}</em>}
            </>
          )
          return row.repository !== undefined ? (
            <Link
              key={row.path}
              to={repositoryPath(row.repository)}
              {...common}
              onClick={() => row.count > 0 && toggle(row, true)}
            >
              {content}
            </Link>
          ) : (
            <button type="button" key={row.path} {...common} onClick={() => toggle(row, !row.expanded)}>
              {content}
            </button>
          )
        })}
      </div>
    </div>
  )
}
