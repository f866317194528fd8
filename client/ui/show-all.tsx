import { type ReactNode, useState } from 'react'
import controls from './controls.module.css'

/**
 * The first entries of a list that somebody else wrote, and the button that shows the others: ten thousand of them
 * at once would freeze the page.
 *
 * @param what  the entries are, in words: `layers`.
 */
export function useFirst<T>(
  items: readonly T[],
  limit: number,
  what: string,
): readonly [shown: readonly T[], rest: ReactNode] {
  const [showsAll, setShowsAll] = useState(false)
  if (showsAll || items.length <= limit) return [items, null]
  const button = (
    <button type="button" className={controls.plain} onClick={() => setShowsAll(true)}>
      Show all {items.length.toLocaleString('en')} {what}
    </button>
  )
  return [items.slice(0, limit), button]
}
