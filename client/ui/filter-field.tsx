import { Search } from 'lucide-react'
import { useEffect, useRef } from 'react'
import styles from './filter-field.module.css'

interface FilterFieldProps {
  readonly label: string
  readonly placeholder?: string
  readonly value: string
  /** How many rows match; undefined without a filter. */
  readonly matches: number | undefined
  readonly onChange: (value: string) => void
}

export function FilterField({ label, placeholder = 'Filter', value, matches, onChange }: FilterFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  // The URL follows a moment after each key: a controlled field would lose what is typed in between.
  useEffect(() => {
    if (field.current !== null && field.current !== document.activeElement) field.current.value = value
  }, [value])
  return (
    <div className={styles.filter}>
      <Search size={15} aria-hidden />
      <input
        ref={field}
        type="search"
        aria-label={label}
        placeholder={placeholder}
        defaultValue={value}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
      />
      <span role="status" className={styles.matches}>
        {matches !== undefined && `${matches.toLocaleString('en')} match`}
      </span>
    </div>
  )
}
