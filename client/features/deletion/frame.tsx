import { type ReactNode, useEffect, useRef } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import styles from './deletion.module.css'

interface FrameProps {
  /** Each has its own first control (`data-first`), which takes the focus: the one before is gone. */
  readonly phase: string
  readonly title: string
  readonly repository: Repository
  /** Scrolls where it is long. */
  readonly children: ReactNode
  /** Above the buttons, always in view. */
  readonly foot?: ReactNode
  readonly actions: ReactNode
}

/** What every phase of the dialog looks like. */
export function Frame({ phase, title, repository, children, foot, actions }: FrameProps) {
  const footer = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each phase
  useEffect(() => {
    footer.current?.querySelector<HTMLElement>('[data-first]')?.focus()
  }, [phase])
  return (
    <>
      <header className={styles.head}>
        <h2 id="deletion-title">{title}</h2>
        <code>{repository}</code>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll can be scrolled by keys */}
      <section className={styles.body} tabIndex={0} aria-label="What becomes of it">
        {children}
      </section>
      <footer ref={footer} className={styles.foot}>
        {foot}
        <div className={styles.actions}>{actions}</div>
      </footer>
    </>
  )
}
