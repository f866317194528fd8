import { useState } from 'react'
import controls from './controls.module.css'

/**
 * The beginning of a list that anybody may have made very long. `more` is a button that brings as many again, or
 * null at the end.
 *
 * @param what  names the rows: `layers`.
 */
export function useFirst<T>(rows: readonly T[], step: number, what: string) {
  const [count, setCount] = useState(step)
  const left = rows.length - count
  const more =
    left > 0 ? (
      <button
        type="button"
        className={`${controls.plain} ${controls.more}`}
        onClick={() => setCount(count + step)}
      >
        Show {Math.min(left, step).toLocaleString('en')} more of {rows.length.toLocaleString('en')} {what}
      </button>
    ) : null
  return { shown: rows.slice(0, count), more }
}
