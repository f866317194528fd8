// The page's keys: Ctrl/⌘-K opens the palette, everything else is what the parts of the page offer (page-actions.ts).

import { useEffect } from 'react'
import { pageActions } from '../lib/page-actions.ts'
import { readPreferences } from '../lib/preferences.ts'

/** So long the first of two keys is remembered. */
const PAIR_MS = 1000
const FIELDS = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]'

/** Whether a key belongs to whatever has the focus, or to what lies over the page. */
function isTaken({ defaultPrevented, target, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return (
    defaultPrevented ||
    ctrlKey ||
    metaKey ||
    altKey ||
    (target instanceof Element && target.closest(FIELDS) !== null) ||
    document.querySelector(':modal') !== null
  )
}

const isPaletteKey = ({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent) =>
  (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'k'

/** Listens for as long as the page is there. */
export function useShortcuts(openPalette: () => void): void {
  useEffect(() => {
    let first = ''
    let timer: ReturnType<typeof setTimeout>
    const onKey = (event: KeyboardEvent) => {
      if (isPaletteKey(event)) {
        event.preventDefault()
        if (document.querySelector(':modal') === null) openPalette()
        return
      }
      if (isTaken(event)) return
      const actions = pageActions()
      const run = (keys: string) => actions.find((action) => action.keys === keys)?.run
      const action = run(first + event.key) ?? run(event.key)
      clearTimeout(timer)
      first = event.key.length === 1 ? `${event.key} ` : first
      timer = setTimeout(() => {
        first = ''
      }, PAIR_MS)
      if (action === undefined || !readPreferences().letterKeys) return
      first = ''
      event.preventDefault()
      action()
    }
    addEventListener('keydown', onKey)
    return () => {
      clearTimeout(timer)
      removeEventListener('keydown', onKey)
    }
  }, [openPalette])
}
