import { List, ListTree, RefreshCw } from 'lucide-react'
import controls from '../../ui/controls.module.css'

interface RepositoryActionsProps {
  readonly flat: boolean
  readonly onFlat: (flat: boolean) => void
  /** While a list is on its way. */
  readonly busy: boolean
  readonly onRefresh: () => void
}

/** What can be done to the list as a whole. */
export function RepositoryActions({ flat, onFlat, busy, onRefresh }: RepositoryActionsProps) {
  const View = flat ? ListTree : List
  const view = flat ? 'Show as a tree of namespaces' : 'Show as a flat list'
  return (
    <>
      <button
        type="button"
        className={controls.icon}
        aria-label={view}
        title={view}
        onClick={() => onFlat(!flat)}
      >
        <View size={16} aria-hidden />
      </button>
      <button
        type="button"
        className={controls.icon}
        aria-label="Refresh the list of repositories"
        title="Refresh"
        disabled={busy}
        onClick={onRefresh}
      >
        <RefreshCw size={15} className={busy ? controls.turning : undefined} aria-hidden />
      </button>
    </>
  )
}
