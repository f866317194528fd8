import { useVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'
import type { JsonLayout } from '../../../shared/json-layout.ts'
import { visibleLines } from './json-folds.ts'
import { JsonLineView } from './json-line.tsx'
import styles from './raw.module.css'

const ROW_PX = 24
/** The tabs and the bar that stay in view above the document. */
const STICKY_PX = 96

/** The element that scrolls what the list is part of, and how far down the list begins in it. */
function useScroller() {
  const list = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState<{ element: Element | null; margin: number }>({
    element: null,
    margin: 0,
  })
  useLayoutEffect(() => {
    let element: Element | null = list.current?.parentElement ?? null
    while (element !== null && !/auto|scroll/.test(getComputedStyle(element).overflowY))
      element = element.parentElement
    const top = list.current?.getBoundingClientRect().top ?? 0
    const margin = element === null ? 0 : top - element.getBoundingClientRect().top + element.scrollTop
    setPlace((before) =>
      before.element === element && before.margin === margin ? before : { element, margin },
    )
  }, [])
  return { list, ...place }
}

interface JsonViewProps {
  readonly layout: JsonLayout
  /** In lower case; empty for none. */
  readonly search: string
  /** The line to have in view. */
  readonly current: number | undefined
  readonly folded: ReadonlySet<number>
  readonly links: ReadonlyMap<string, string>
  onToggle(line: number): void
}

/** A document in lines, of which only those in view are in the page, however long it is. */
export function JsonView({ layout, search, current, folded, links, onToggle }: JsonViewProps) {
  const { list, element, margin } = useScroller()
  const visible = visibleLines(layout.lines, folded)
  const rows = useVirtualizer({
    count: visible.length,
    getScrollElement: () => element,
    estimateSize: () => ROW_PX,
    scrollMargin: margin,
    scrollPaddingStart: STICKY_PX,
    overscan: 30,
  })
  const at = current === undefined ? -1 : visible.indexOf(current)
  useLayoutEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'center' })
  }, [at, rows])
  return (
    <div className={styles.document} ref={list}>
      <div style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const number = visible[index] ?? 0
          const line = layout.lines[number]
          if (line === undefined) return null
          const closing = folded.has(number) && line.end !== undefined ? layout.lines[line.end] : undefined
          return (
            <div
              key={number}
              className={styles.row}
              data-current={number === current}
              style={{ transform: `translateY(${start - margin}px)` }}
            >
              <JsonLineView
                line={line}
                closing={closing}
                hidden={(line.end ?? 0) - number - 1}
                search={search}
                links={links}
                onToggle={() => onToggle(number)}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}
