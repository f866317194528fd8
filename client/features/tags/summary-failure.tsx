import { explain } from '../../api/explain.ts'
import controls from '../../ui/controls.module.css'
import styles from './summary-failure.module.css'

/** Dates and sizes could not be had: the tags themselves are there all the same. */
export function SummaryFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { title, hint } = explain(error)
  return (
    <div className={styles.failure} role="alert">
      <span title={hint}>
        No dates and sizes: {title}. {hint}
      </span>
      <button type="button" className={controls.plain} onClick={onRetry}>
        Try again
      </button>
    </div>
  )
}
