import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react'
import type { Tag } from '../../../shared/oci/reference.ts'
import type { Selection } from './selection.ts'
import styles from './tag-table.module.css'

interface TagCheckProps {
  readonly selection: Selection
  readonly tag: Tag
  /** Of the table: a click with Shift means all since the last one. */
  readonly order: readonly Tag[]
}

/** The tick of one row, which alone is drawn again when it changes. */
export function TagCheck({ selection, tag, order }: TagCheckProps) {
  const isTicked = useSyncExternalStore(selection.subscribe, () => selection.has(tag))
  return (
    <td className={styles.check}>
      <label>
        <input
          type="checkbox"
          aria-label={`Select ${tag}`}
          checked={isTicked}
          onChange={({ target, nativeEvent }) =>
            selection.mark(tag, target.checked, (nativeEvent as MouseEvent).shiftKey ? order : undefined)
          }
        />
      </label>
    </td>
  )
}

/** The tick of all tags that the table shows, in view or not. */
export function AllCheck({ selection, order }: Omit<TagCheckProps, 'tag'>) {
  const revision = useSyncExternalStore(selection.subscribe, selection.revision)
  // biome-ignore lint/correctness/useExhaustiveDependencies: revision tells when the selection changes
  const ticked = useMemo(
    () => (selection.size() === 0 ? 0 : order.reduce((count, tag) => count + Number(selection.has(tag)), 0)),
    [selection, order, revision],
  )
  const box = useRef<HTMLInputElement>(null)
  const isPart = ticked > 0 && ticked < order.length
  useEffect(() => {
    if (box.current !== null) box.current.indeterminate = isPart
  }, [isPart])
  return (
    <th scope="col" className={styles.check}>
      <label>
        <input
          ref={box}
          type="checkbox"
          aria-label={`Select all ${order.length.toLocaleString('en')} tags`}
          checked={ticked === order.length}
          onChange={({ target }) => selection.markAll(order, target.checked)}
        />
      </label>
    </th>
  )
}
