import { useEffect, useRef } from 'react'
import { useLocation } from 'react-router'

/** Nothing has the focus, or something that is no longer shown. */
function isFocusLost(): boolean {
  const { activeElement } = document
  return activeElement === null || activeElement === document.body || !activeElement.checkVisibility()
}

/**
 * After a way to another page the focus stays where it is, as on a row whose image opens beside it; where that is
 * gone, the new page's heading gets it, however late it comes.
 */
export function useLandingFocus(): void {
  const { pathname } = useLocation()
  const last = useRef(pathname)
  useEffect(() => {
    if (last.current === pathname) return
    last.current = pathname
    const land = () => {
      const heading = isFocusLost() ? document.querySelector<HTMLElement>('main h1') : null
      if (heading === null) return
      heading.tabIndex = -1
      heading.focus()
    }
    const observer = new MutationObserver(land)
    observer.observe(document.body, { childList: true, subtree: true })
    land()
    // whoever does something meanwhile decides for themselves
    const leaving = new AbortController()
    const stop = () => {
      observer.disconnect()
      leaving.abort()
    }
    for (const event of ['keydown', 'pointerdown']) addEventListener(event, stop, { signal: leaving.signal })
    return stop
  }, [pathname])
}
