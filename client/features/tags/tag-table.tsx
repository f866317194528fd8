import { useVirtualizer } from '@tanstack/react-virtual'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { focusDrawn } from '../../lib/focus-drawn.ts'
import type { TagColumn } from '../../lib/preferences.ts'
import { type RowsHandle, useRowKeys } from '../../lib/use-row-keys.ts'
import { useWidth } from '../../lib/use-width.ts'
import type { AskDeletion } from '../deletion/index.ts'
import type { KnownTag } from './known-tags.ts'
import type { Selection } from './selection.ts'
import type { TagSort } from './sort.ts'
import { AllCheck, TagCheck } from './tag-check.tsx'
import { COLUMNS, Heading } from './tag-heading.tsx'
import { TagRow } from './tag-row.tsx'
import styles from './tag-table.module.css'
import { useInView } from './use-in-view.ts'

const ROW_PX = 28
const HEADING_PX = 29

/** Beside them where tags can be deleted: a tick, and the way to delete that one alone. */
const CHECK_PX = 40
const DELETE_PX = 44
const DELETE_FROM_PX = 460
/** With more room than this the columns take their share of it. */
const ROOMY_PX = 840
const MAX_STRETCH = 1.4

export interface Deletable {
  readonly selection: Selection
  readonly ask: AskDeletion
}

interface TagTableProps {
  readonly repository: Repository
  /** Those that are shown, in order. */
  readonly tags: readonly Tag[]
  readonly known: ReadonlyMap<Tag, KnownTag>
  readonly aliases: ReadonlyMap<string, readonly Tag[]>
  readonly selected: Tag | undefined
  readonly sort: TagSort
  readonly onSort: (sort: TagSort) => void
  readonly columns: readonly TagColumn[]
  /** Where tags can be deleted. */
  readonly deletion: Deletable | undefined
  /** Is told what is in view. */
  readonly onShow: (tags: readonly Tag[]) => void
  readonly ref: Ref<RowsHandle>
}

/** Stands for the rows above or below those in the document. */
function Spacer({ heightPx, columns }: { heightPx: number; columns: number }) {
  if (heightPx <= 0) return null
  return (
    <tr aria-hidden>
      <td colSpan={columns} className={styles.spacer} style={{ height: heightPx }} />
    </tr>
  )
}

/** The index of the row with the focus, which its number in the table leads to: that counts from 1, headings included. */
function focusedRow(scroller: HTMLElement | null): number | undefined {
  const row = document.activeElement?.closest<HTMLElement>('tr[aria-rowindex]')
  return row && scroller?.contains(row)
    ? Math.max(Number(row.getAttribute('aria-rowindex')) - 2, 0)
    : undefined
}

/** All tags as a table, of which only the rows in view are in the document. */
export function TagTable(props: TagTableProps) {
  const { repository, tags, known, aliases, selected, sort, onSort, deletion, onShow } = props
  const scroller = useRef<HTMLElement>(null)
  const width = useWidth(scroller)
  const columns = props.columns.filter((column) => width >= COLUMNS[column].fromPx)
  const hasDelete = deletion !== undefined && width >= DELETE_FROM_PX
  const columnCount = columns.length + 1 + Number(deletion !== undefined) + Number(hasDelete)
  const stretch = Math.min(Math.max(width / ROOMY_PX, 1), MAX_STRETCH)
  const rows = useVirtualizer({
    count: tags.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    scrollMargin: HEADING_PX,
    scrollPaddingStart: HEADING_PX,
    overscan: 12,
  })
  useInView(tags, { first: rows.range?.startIndex ?? 0, last: rows.range?.endIndex ?? -1 }, onShow)

  const selectedIndex = selected === undefined ? -1 : tags.indexOf(selected)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another tag is opened, not at each new order
  useEffect(() => {
    if (selectedIndex >= 0) rows.scrollToIndex(selectedIndex, { align: 'auto' })
  }, [selected])

  const items = rows.getVirtualItems()
  const focusRow = (index: number) => {
    rows.scrollToIndex(index)
    focusDrawn(() => scroller.current?.querySelector<HTMLElement>(`[aria-rowindex="${index + 2}"] a`))
  }
  useRowKeys({
    hotkeys: true,
    count: tags.length,
    current: () => focusedRow(scroller.current),
    start: Math.max(selectedIndex, 0),
    focusRow,
  })
  useImperativeHandle(props.ref, () => ({ focusFirst: () => focusRow(0) }))
  const above = (items[0]?.index ?? 0) * ROW_PX
  const below = (tags.length - 1 - (items.at(-1)?.index ?? -1)) * ROW_PX
  return (
    // a region that scrolls must be reachable by keyboard
    <section
      ref={scroller}
      className={styles.scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled with the keys
      tabIndex={0}
      aria-label="All tags"
      data-after-deletion
    >
      <table className={styles.table} aria-rowcount={tags.length + 1}>
        <colgroup>
          {deletion !== undefined && <col style={{ width: CHECK_PX }} />}
          <col />
          {columns.map((column) => (
            <col key={column} style={{ width: COLUMNS[column].widthPx * stretch }} />
          ))}
          {hasDelete && <col style={{ width: DELETE_PX }} />}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {deletion !== undefined && <AllCheck selection={deletion.selection} order={tags} />}
            {(['tag', ...columns] as const).map((column) => (
              <Heading key={column} column={column} sort={sort} onSort={onSort} />
            ))}
            {hasDelete && (
              <th scope="col">
                <span className="visually-hidden">Delete</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          <Spacer heightPx={above} columns={columnCount} />
          {items.map(({ index }) => {
            const tag = tags[index]
            if (tag === undefined) return null
            const entry = known.get(tag)
            const digest = entry?.row.digest
            return (
              <TagRow
                key={tag}
                repository={repository}
                tag={tag}
                row={entry?.row}
                aliases={digest === undefined ? undefined : aliases.get(digest)}
                columns={columns}
                selected={tag === selected}
                check={deletion && <TagCheck selection={deletion.selection} tag={tag} order={tags} />}
                onDelete={hasDelete ? deletion.ask : undefined}
                rowIndex={index + 2}
              />
            )
          })}
          <Spacer heightPx={below} columns={columnCount} />
        </tbody>
      </table>
    </section>
  )
}
