import { type RefObject, useEffect, useState } from 'react'

/** What flies past while somebody scrolls is not looked at. */
const REST_MS = 100

/** Whether an element has been in view, and not only in passing; once true, it stays so. */
export function useRestedInView(element: RefObject<HTMLElement | null>): boolean {
  const [rested, setRested] = useState(false)
  useEffect(() => {
    const node = element.current
    if (rested || node === null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const observer = new IntersectionObserver((entries) => {
      clearTimeout(timer)
      if (entries.at(-1)?.isIntersecting === true) timer = setTimeout(() => setRested(true), REST_MS)
    })
    observer.observe(node)
    return () => {
      clearTimeout(timer)
      observer.disconnect()
    }
  }, [element, rested])
  return rested
}
