import { Columns3 } from 'lucide-react'
import controls from '../../components/controls.module.css'
import { Popover } from '../../components/popover.tsx'
import { TAG_COLUMNS, type TagColumn } from '../../lib/preferences.ts'
import styles from './tag-columns.module.css'

const NAMES: Readonly<Record<TagColumn, string>> = {
  created: 'Created',
  size: 'Size',
  platforms: 'Platforms',
  digest: 'Digest',
}

/** Which columns the table has; a narrow one leaves out what it has no room for all the same. */
export function TagColumns({
  columns,
  onChange,
}: {
  columns: readonly TagColumn[]
  onChange: (columns: readonly TagColumn[]) => void
}) {
  return (
    <Popover label="Columns" button={<Columns3 size={16} aria-hidden />} buttonClass={controls.icon}>
      <fieldset className={styles.columns}>
        <legend>Columns</legend>
        {TAG_COLUMNS.map((column) => (
          <label key={column}>
            <input
              type="checkbox"
              checked={columns.includes(column)}
              onChange={({ target }) =>
                onChange(
                  TAG_COLUMNS.filter((other) =>
                    other === column ? target.checked : columns.includes(other),
                  ),
                )
              }
            />
            {NAMES[column]}
          </label>
        ))}
      </fieldset>
    </Popover>
  )
}
