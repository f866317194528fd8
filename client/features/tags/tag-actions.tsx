import { RefreshButton } from '../../components/refresh-button.tsx'
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
      <RefreshButton what="the tags" busy={busy} onRefresh={onRefresh} />
      <TagColumns columns={view.columns} onChange={view.setColumns} />
    </>
  )
}
