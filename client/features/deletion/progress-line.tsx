import type { DeletionProgress } from '../../../shared/api/deletion.ts'
import styles from './deletion.module.css'

/** Quarters are told aloud; each step would talk without end. */
const TOLD = 4

interface ProgressLineProps {
  readonly what: string
  /** Undefined until something is known. */
  readonly progress: DeletionProgress | undefined
}

/** How far the look at all tags has got. */
export function ProgressLine({ what, progress }: ProgressLineProps) {
  const told = progress === undefined ? 0 : Math.floor((progress.known / Math.max(progress.all, 1)) * TOLD)
  return (
    <div className={styles.progress}>
      <p>
        {what}
        {progress === undefined
          ? '…'
          : `: ${progress.known.toLocaleString('en')} of ${progress.all.toLocaleString('en')} tags looked at`}
      </p>
      <progress
        aria-label={what}
        {...(progress !== undefined && { value: progress.known, max: Math.max(progress.all, 1) })}
      />
      <span role="status" className="visually-hidden">
        {told === 0 ? what : `${(told * 100) / TOLD} %`}
      </span>
    </div>
  )
}
