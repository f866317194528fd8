import { explain } from '../../api/explain.ts'
import controls from '../../components/controls.module.css'
import { countOf } from '../../lib/format.ts'
import styles from './summary-failure.module.css'

interface SummaryFailureProps {
  readonly error: unknown
  /** How many tags were asked for in vain; 0 where no answer came at all. */
  readonly inVain: number
  readonly onRetry: () => void
}

/** Dates and sizes could not be had: the tags themselves are there all the same. */
export function SummaryFailure({ error, inVain, onRetry }: SummaryFailureProps) {
  const { title, hint } = explain(error)
  const ofThem = inVain === 0 ? '' : ` of ${countOf(inVain, 'tag')}`
  return (
    <div className={styles.failure} role="alert">
      <span title={hint}>
        No dates and sizes{ofThem}: {title}. {hint}
      </span>
      <button type="button" className={controls.plain} onClick={onRetry}>
        Try again
      </button>
    </div>
  )
}
