import type { ReactNode } from 'react'
import styles from './notice.module.css'

/** A state of a page in words: empty, no match, not allowed, not found, failed. */
export function Notice({
  title,
  children,
  tone = 'calm',
  isPage = false,
}: {
  title: string
  children?: ReactNode
  tone?: 'calm' | 'bad'
  /** All there is on its page: the title is the page's heading. */
  isPage?: boolean
}) {
  const Title = isPage ? 'h1' : 'p'
  return (
    <div
      className={isPage ? `${styles.notice} ${styles.page}` : styles.notice}
      data-tone={tone}
      role={tone === 'bad' ? 'alert' : undefined}
    >
      <Title className={styles.title}>{title}</Title>
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
