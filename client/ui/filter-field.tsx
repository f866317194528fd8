import { Search } from 'lucide-react'
import { useEffect, useRef } from 'react'
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
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(?:input|textarea|select)$/i.test(target.tagName))

export function FilterField({
  label,
  placeholder = 'Filter',
  value,
  matches,
  problem,
  hotkey = false,
  onChange,
}: FilterFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!hotkey) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return
      event.preventDefault()
      field.current?.select()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [hotkey])
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
      />
      <span role="status" className={styles.matches} title={problem}>
        {problem ?? (matches !== undefined && `${matches.toLocaleString('en')} match`)}
      </span>
      {hotkey && value === '' && <kbd aria-hidden>/</kbd>}
    </div>
  )
}
