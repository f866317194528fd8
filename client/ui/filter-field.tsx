import { Search } from 'lucide-react'
import styles from './filter-field.module.css'

interface FilterFieldProps {
  readonly label: string
  readonly value: string
  /** How many rows match; undefined without a filter. */
  readonly matches: number | undefined
  readonly onChange: (value: string) => void
}

export function FilterField({ label, value, matches, onChange }: FilterFieldProps) {
  return (
    <div className={styles.filter}>
      <Search size={15} aria-hidden />
      <input
        type="search"
        aria-label={label}
        placeholder="Filter"
        value={value}
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
