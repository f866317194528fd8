import type { ReactNode } from 'react'
import styles from './pane.module.css'

/** One column of the page: a heading, what belongs to it, and a body that fills the rest. */
export function Pane({
  title,
  aside,
  children,
}: {
  title: ReactNode
  aside?: ReactNode
  children: ReactNode
}) {
  return (
    <section className={styles.pane}>
      <header className={styles.head}>
        <h1>{title}</h1>
        <small aria-live="polite">{aside}</small>
      </header>
      {children}
    </section>
  )
}
