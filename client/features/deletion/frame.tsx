import type { ReactNode } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import styles from './deletion.module.css'

interface FrameProps {
  readonly title: string
  readonly repository: Repository
  /** Scrolls where it is long. */
  readonly children: ReactNode
  /** Above the buttons, always in view. */
  readonly foot?: ReactNode
  readonly actions: ReactNode
}

/** What every phase of the dialog looks like. */
export function Frame({ title, repository, children, foot, actions }: FrameProps) {
  return (
    <>
      <header className={styles.head}>
        <h2 id="deletion-title">{title}</h2>
        <code>{repository}</code>
      </header>
      <div className={styles.body}>{children}</div>
      <footer className={styles.foot}>
        {foot}
        <div className={styles.actions}>{actions}</div>
      </footer>
    </>
  )
}
