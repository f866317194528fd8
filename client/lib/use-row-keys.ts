import { usePageAction } from './page-actions.ts'

interface Rows {
  /** Whether j and k lead here from anywhere: one list of a page. */
  readonly hotkeys: boolean
  readonly count: number
  /** The row that has the focus; undefined if none has. */
  readonly current: () => number | undefined
  /** Where to begin. */
  readonly start: number
  readonly focusRow: (index: number) => void
}

/** j and k go from row to row; the focus goes with them, so that Enter opens. */
export function useRowKeys({ hotkeys, count, current, start, focusRow }: Rows): void {
  const move = (step: number) => {
    const at = current()
    focusRow(at === undefined ? start : Math.min(Math.max(at + step, 0), count - 1))
  }
  const label = hotkeys && count > 0 ? '' : undefined
  usePageAction(label, () => move(1), 'j')
  usePageAction(label, () => move(-1), 'k')
}

/** For those who come from elsewhere, as from the filter above a list. */
export interface RowsHandle {
  focusFirst(): void
}
