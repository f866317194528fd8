import type { ReactNode } from 'react'
import styles from './notice.module.css'

/** A state of a page in words: empty, no match, not allowed, not found, failed. */
export function Notice({
  title,
  children,
  tone = 'calm',
}: {
  title: string
  children?: ReactNode
  tone?: 'calm' | 'bad'
}) {
  return (
    <div className={styles.notice} data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      <p className={styles.title}>{title}</p>
      {children}
    </div>
  )
}

/** Something is on its way. */
export function Loading({ what }: { what: string }) {
  return (
    <p className={styles.loading} role="status">
      Loading {what}…
    </p>
  )
}
