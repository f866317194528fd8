import { List, ListTree } from 'lucide-react'
import controls from '../../components/controls.module.css'
import { RefreshButton } from '../../components/refresh-button.tsx'
import { usePageAction } from '../../lib/page-actions.ts'

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
  usePageAction(`${view.replace('Show', 'Show the repositories')}`, () => onFlat(!flat))
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
      <RefreshButton what="the list of repositories" busy={busy} onRefresh={onRefresh} />
    </>
  )
}
