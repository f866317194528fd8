import { RefreshCw } from 'lucide-react'
import { usePageAction } from '../lib/page-actions.ts'
import controls from './controls.module.css'

interface RefreshButtonProps {
  /** Of what, for those who do not see where it stands: `the tags`. */
  readonly what: string
  /** While a fresh one is on its way. */
  readonly busy: boolean
  readonly onRefresh: () => void
}

/** Asks for a fresh list. */
export function RefreshButton({ what, busy, onRefresh }: RefreshButtonProps) {
  usePageAction(busy ? undefined : `Refresh ${what}`, onRefresh)
  return (
    <button
      type="button"
      className={controls.icon}
      aria-label={`Refresh ${what}`}
      title="Refresh"
      disabled={busy}
      onClick={onRefresh}
    >
      <RefreshCw size={15} className={busy ? controls.turning : undefined} aria-hidden />
    </button>
  )
}
