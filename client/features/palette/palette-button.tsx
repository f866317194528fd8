import { Search } from 'lucide-react'
import styles from './palette-button.module.css'

const isMac = /mac|iphone|ipad/i.test(navigator.platform)

interface PaletteButtonProps {
  readonly onOpen: () => void
  /** The pointer or the focus is on it: what it opens may be loaded. */
  readonly onNear: () => void
}

/** Looks like the field that it opens; on a phone only its icon. */
export function PaletteButton({ onOpen, onNear }: PaletteButtonProps) {
  return (
    <button
      type="button"
      className={styles.find}
      aria-label="Go to"
      aria-keyshortcuts="Control+K Meta+K"
      aria-haspopup="dialog"
      title="Go to a repository, an image reference or an action"
      onClick={onOpen}
      onPointerEnter={onNear}
      onFocus={onNear}
    >
      <Search size={16} aria-hidden />
      <span>Go to…</span>
      <kbd aria-hidden>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
    </button>
  )
}
