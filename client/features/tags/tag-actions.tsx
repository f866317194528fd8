import { RefreshCw } from 'lucide-react'
import controls from '../../ui/controls.module.css'
import { TagColumns } from './tag-columns.tsx'
import type { useTagView } from './use-tag-view.ts'

interface TagActionsProps {
  readonly view: ReturnType<typeof useTagView>
  readonly busy: boolean
  readonly onRefresh: () => void
}

/** What can be done to the table as a whole. */
export function TagActions({ view, busy, onRefresh }: TagActionsProps) {
  return (
    <>
      <button
        type="button"
        className={controls.icon}
        aria-label="Refresh the tags"
        title="Refresh"
        disabled={busy}
        onClick={onRefresh}
      >
        <RefreshCw size={15} className={busy ? controls.turning : undefined} aria-hidden />
      </button>
      <TagColumns columns={view.columns} onChange={view.setColumns} />
    </>
  )
}
