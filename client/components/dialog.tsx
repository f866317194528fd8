import { type MouseEvent, type ReactNode, type SyntheticEvent, useLayoutEffect, useRef } from 'react'
import styles from './dialog.module.css'

type Name =
  | { readonly label: string; readonly labelledBy?: undefined }
  | { readonly labelledBy: string; readonly label?: undefined }

type DialogProps = Name & {
  /** In place of the usual look. */
  readonly className?: string | undefined
  /** Whether a click beside it means the same as Escape. */
  readonly closesBeside?: boolean
  /** Somebody wants it closed. It stays until it is no longer drawn; absent: it cannot be closed. */
  readonly onClose?: () => void
  readonly children: ReactNode
}

/**
 * Over the page, which cannot be used meanwhile. The focus begins at what has `data-first`, else where the browser
 * puts it, and goes back to where it was.
 */
export function Dialog(props: DialogProps) {
  const { label, labelledBy, className = styles.dialog, closesBeside = false, onClose, children } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const focused = useRef<HTMLElement>(undefined)
  const isPressBeside = useRef(false)
  useLayoutEffect(() => {
    const node = dialog.current
    node?.showModal()
    node?.querySelector<HTMLElement>('[data-first]')?.focus()
    // before it leaves the document: the browser gives the focus back
    return () => node?.close()
  }, [])
  const onCancel = (event: SyntheticEvent) => {
    event.preventDefault()
    onClose?.()
  }
  // browsers close it themselves at the second Escape, whether it may be closed or not
  const onClosed = () => {
    const node = dialog.current
    if (node === null || node.open) return
    const last = focused.current
    node.showModal()
    last?.focus()
    onClose?.()
  }
  // a selection that ends beside it makes a click there too
  const onClick = ({ target }: MouseEvent) => {
    if (closesBeside && isPressBeside.current && target === dialog.current) onClose?.()
  }
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is its key
    <dialog
      ref={dialog}
      className={className}
      aria-label={label}
      aria-labelledby={labelledBy}
      onCancel={onCancel}
      onClose={onClosed}
      onFocus={({ target }) => {
        focused.current = target
      }}
      onPointerDown={({ target }) => {
        isPressBeside.current = target === dialog.current
      }}
      onClick={onClick}
    >
      {children}
    </dialog>
  )
}
