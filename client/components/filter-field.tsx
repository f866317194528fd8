import { Search } from 'lucide-react'
import { type KeyboardEvent, useRef } from 'react'
import { usePageAction } from '../lib/page-actions.ts'
import styles from './filter-field.module.css'

interface FilterFieldProps {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  /** How many rows match; undefined without a filter. */
  readonly matches: number | undefined
  /** Why nothing can match, if the filter is no filter. */
  readonly problem?: string | undefined
  /** Whether `/` leads here: one field of a page. */
  readonly hotkey?: boolean
  readonly onChange: (value: string) => void
  /** Arrow down and Enter: to the first row of what is left. */
  readonly onDown?: () => void
}

export function FilterField({
  label,
  placeholder = 'Filter',
  value,
  matches,
  problem,
  hotkey = false,
  onChange,
  onDown,
}: FilterFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  usePageAction(hotkey ? label : undefined, () => field.current?.select(), '/')
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return
    event.preventDefault()
    onDown?.()
  }
  return (
    <div className={styles.filter} data-invalid={problem !== undefined}>
      <Search size={15} aria-hidden />
      <input
        ref={field}
        type="search"
        aria-label={label}
        aria-invalid={problem !== undefined}
        aria-keyshortcuts={hotkey ? '/' : undefined}
        placeholder={placeholder}
        value={value}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <span role="status" className={styles.matches} title={problem}>
        {problem ?? (matches !== undefined && `${matches.toLocaleString('en')} match`)}
      </span>
      {hotkey && value === '' && <kbd aria-hidden>/</kbd>}
    </div>
  )
}
