import controls from '../../components/controls.module.css'
import styles from './tag-progress.module.css'

interface TagProgressProps {
  /** What the table is sorted by, in words. */
  readonly by: string
  readonly known: number
  readonly all: number
  readonly loading: boolean
  readonly onStop: () => void
  readonly onGoOn: () => void
}

/** How far a sort has got that needs to know every tag; at the foot of the table that it fills. */
export function TagProgress({ by, known, all, loading, onStop, onGoOn }: TagProgressProps) {
  const count = `${known.toLocaleString('en')} of ${all.toLocaleString('en')}`
  return (
    <div className={styles.progress}>
      <span role="status">
        {loading ? `Sorting by ${by}: ${count}` : `Sorted by ${by} as far as known: ${count}`}
      </span>
      <progress value={known} max={all} aria-label={`Tags known to sort by ${by}`} />
      <button type="button" className={controls.quiet} onClick={loading ? onStop : onGoOn}>
        {loading ? 'Stop' : 'Go on'}
      </button>
    </div>
  )
}
