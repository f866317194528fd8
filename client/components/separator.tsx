import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import styles from './separator.module.css'

interface SeparatorProps {
  /** What it makes wider: `Width of the tags`. */
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  /** How far an arrow key moves it. */
  readonly step: number
  /** How much of the value one pixel is. */
  readonly perPixel: number
  /** Undefined: as it was at first. */
  readonly onChange: (value: number | undefined) => void
}

/**
 * The border at the end of a pane, to be moved by pointer or keys; a double click puts it back.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/windowsplitter/
 */
export function Separator({ label, value, min, max, step, perPixel, onChange }: SeparatorProps) {
  const from = useRef<{ readonly x: number; readonly value: number }>(undefined)
  const change = (next: number) => onChange(Math.min(Math.max(next, min), max))
  const onKeyDown = (event: KeyboardEvent) => {
    const next = { ArrowLeft: value - step, ArrowRight: value + step, Home: min, End: max }[event.key]
    if (next === undefined) return
    event.preventDefault()
    change(next)
  }
  const onPointerMove = ({ clientX }: PointerEvent) => {
    if (from.current) change(from.current.value + (clientX - from.current.x) * perPixel)
  }
  const stop = () => {
    from.current = undefined
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: an hr is no separator that takes the focus
    <div
      role="separator"
      tabIndex={0}
      className={styles.separator}
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        from.current = { x: event.clientX, value }
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={onPointerMove}
      onPointerUp={stop}
      onPointerCancel={stop}
      onDoubleClick={() => onChange(undefined)}
    />
  )
}
