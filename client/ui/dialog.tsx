import { type ReactNode, useLayoutEffect, useRef } from 'react'
import styles from './dialog.module.css'

interface DialogProps {
  readonly label: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** Over the page, which cannot be used meanwhile; Escape and a click beside it close it, and the focus goes back. */
export function Dialog({ label, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  // before it leaves the document: the browser gives the focus back to where it was
  useLayoutEffect(() => {
    const node = dialog.current
    node?.showModal()
    return () => node?.close()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is its key
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      // browsers close it themselves at the second Escape
      onClose={() => dialog.current?.open === false && onClose()}
      onClick={({ target }) => target === dialog.current && onClose()}
    >
      <div className={styles.content}>{children}</div>
    </dialog>
  )
}
