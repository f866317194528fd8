import type { ReactNode } from 'react'
import styles from './pane.module.css'

interface PaneProps {
  readonly title: string
  /** The title as it is shown, where that is more than text. */
  readonly heading?: ReactNode
  /** 1 in the pane that the page is about, 2 beside it. */
  readonly level: 1 | 2
  /** Counts and states beside the title. */
  readonly aside?: ReactNode
  /** Buttons at the end of the heading. */
  readonly actions?: ReactNode
  /** The title is something to paste into a terminal. */
  readonly isReference?: boolean
  readonly children: ReactNode
}

/** One column of the page: a heading, what belongs to it, and a body that fills the rest. */
export function Pane({
  title,
  heading = title,
  level,
  aside,
  actions,
  isReference = false,
  children,
}: PaneProps) {
  const Heading = level === 1 ? 'h1' : 'h2'
  return (
    <section className={styles.pane} aria-label={title} data-reference={isReference}>
      <header className={styles.head}>
        <Heading>{heading}</Heading>
        <small aria-live="polite">{aside}</small>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </section>
  )
}
