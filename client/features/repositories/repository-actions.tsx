import { List, ListTree, PackageX } from 'lucide-react'
import controls from '../../ui/controls.module.css'
import { usePageAction } from '../../ui/page-actions.ts'
import { RefreshButton } from '../../ui/refresh-button.tsx'

interface RepositoryActionsProps {
  readonly flat: boolean
  readonly onFlat: (flat: boolean) => void
  /** Repositories known to be without tags. */
  readonly empty: number
  readonly hidesEmpty: boolean
  readonly onHideEmpty: (hides: boolean) => void
  /** While a list is on its way. */
  readonly busy: boolean
  readonly onRefresh: () => void
}

/** What can be done to the list as a whole. */
export function RepositoryActions(props: RepositoryActionsProps) {
  const { flat, onFlat, empty, hidesEmpty, onHideEmpty, busy, onRefresh } = props
  const View = flat ? ListTree : List
  const view = flat ? 'Show as a tree of namespaces' : 'Show as a flat list'
  usePageAction(`${view.replace('Show', 'Show the repositories')}`, () => onFlat(!flat))
  const empties = `Hide ${empty.toLocaleString('en')} empty ${empty === 1 ? 'repository' : 'repositories'}`
  return (
    <>
      {(empty > 0 || hidesEmpty) && (
        <button
          type="button"
          className={controls.icon}
          aria-label={empties}
          aria-pressed={hidesEmpty}
          title={empties}
          onClick={() => onHideEmpty(!hidesEmpty)}
        >
          <PackageX size={16} aria-hidden />
        </button>
      )}
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
