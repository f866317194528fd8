import { type ReactNode, useEffect, useRef } from 'react'
import styles from './popover.module.css'

interface PopoverProps {
  readonly label: string
  /** What the button shows, and how it looks. */
  readonly button: ReactNode
  readonly buttonClass: string | undefined
  readonly children: ReactNode
}

/** A button with a few controls behind it, which Escape and a click elsewhere close. */
export function Popover({ label, button, buttonClass, children }: PopoverProps) {
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const onElsewhere = ({ target }: Event) => {
      const node = details.current
      if (node?.open && target instanceof Node && !node.contains(target)) node.open = false
    }
    const onKey = (event: KeyboardEvent) => {
      const node = details.current
      if (event.key !== 'Escape' || !node?.open) return
      node.open = false
      node.querySelector('summary')?.focus()
    }
    document.addEventListener('pointerdown', onElsewhere)
    document.addEventListener('focusin', onElsewhere)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('pointerdown', onElsewhere)
      document.removeEventListener('focusin', onElsewhere)
      document.removeEventListener('keydown', onKey)
    }
  }, [])
  return (
    <details ref={details} className={styles.popover}>
      <summary className={buttonClass} aria-label={label} title={label}>
        {button}
      </summary>
      <div className={styles.items}>{children}</div>
    </details>
  )
}
