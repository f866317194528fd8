import { ArrowDown, ArrowUp } from 'lucide-react'
import type { TagColumn } from '../../lib/preferences.ts'
import { nextSort, type SortKey, type TagSort } from './sort.ts'
import styles from './tag-table.module.css'

/** Each with the width below which the table has no room for it; the tag takes what is left. */
export const COLUMNS: Readonly<Record<TagColumn, { title: string; fromPx: number; widthPx: number }>> = {
  created: { title: 'Created', fromPx: 0, widthPx: 112 },
  size: { title: 'Size', fromPx: 0, widthPx: 86 },
  platforms: { title: 'Platforms', fromPx: 460, widthPx: 148 },
  digest: { title: 'Digest', fromPx: 640, widthPx: 144 },
}

/** Platforms say what they are, but have no order. */
const isSortable = (column: 'tag' | TagColumn): column is SortKey => column !== 'platforms'

interface HeadingProps {
  readonly column: 'tag' | TagColumn
  readonly sort: TagSort
  readonly onSort: (sort: TagSort) => void
}

/** Of a column: what it is sorted by, and the way to sort it. */
export function Heading({ column, sort, onSort }: HeadingProps) {
  const title = column === 'tag' ? 'Tag' : COLUMNS[column].title
  const isSorted = sort.key === column
  const direction = sort.descending ? 'descending' : 'ascending'
  const Arrow = sort.descending ? ArrowDown : ArrowUp
  if (!isSortable(column))
    return (
      <th scope="col" className={styles[column]}>
        {title}
      </th>
    )
  return (
    <th scope="col" className={styles[column]} aria-sort={isSorted ? direction : 'none'}>
      <button type="button" onClick={() => onSort(nextSort(sort, column))}>
        {title}
        {isSorted && (column !== 'tag' || sort.descending) && <Arrow size={12} aria-hidden />}
      </button>
    </th>
  )
}
