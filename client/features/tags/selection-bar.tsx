import { useEffect, useSyncExternalStore } from 'react'
import { MAX_DELETION } from '../../../shared/api/deletion.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import type { AskDeletion } from '../deletion/index.ts'
import type { Selection } from './selection.ts'
import styles from './selection-bar.module.css'

interface SelectionBarProps {
  readonly selection: Selection
  /** Of the repository, folded ones left out. */
  readonly count: number
  /** Those that the table shows. */
  readonly shown: readonly Tag[]
  readonly onDelete: AskDeletion
}

/** Escape means what is on top: a dialog, an open menu, the text of a search. */
function isMeantElsewhere({ target }: KeyboardEvent): boolean {
  return (
    document.querySelector('dialog[open], details[open]') !== null ||
    (target instanceof HTMLInputElement && target.type === 'search' && target.value !== '')
  )
}

function useEscape(clear: () => void, isOn: boolean) {
  useEffect(() => {
    if (!isOn) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !isMeantElsewhere(event)) clear()
    }
    // before those act who are asked about
    document.addEventListener('keydown', onKey, true)
    return () => document.removeEventListener('keydown', onKey, true)
  }, [clear, isOn])
}

/** How many tags are ticked, seen or not, and what can be done with them. */
export function SelectionBar({ selection, count, shown, onDelete }: SelectionBarProps) {
  useSyncExternalStore(selection.subscribe, selection.revision)
  const ticked = selection.size()
  useEscape(selection.clear, ticked > 0)
  if (ticked === 0) return null
  const hidden = ticked - shown.reduce((sum, tag) => sum + Number(selection.has(tag)), 0)
  const isTooMany = ticked > MAX_DELETION
  return (
    <div className={styles.bar}>
      <span role="status">
        <b>{ticked.toLocaleString('en')}</b> of {count.toLocaleString('en')} selected
        {hidden > 0 && `, ${hidden.toLocaleString('en')} not shown`}
        {isTooMany && `; at most ${MAX_DELETION.toLocaleString('en')} at a time`}
      </span>
      <button
        type="button"
        className={controls.quiet}
        aria-disabled={isTooMany}
        onClick={() => !isTooMany && onDelete(selection.tags())}
      >
        Delete…
      </button>
      <button type="button" className={controls.quiet} onClick={selection.clear}>
        Clear
      </button>
    </div>
  )
}
