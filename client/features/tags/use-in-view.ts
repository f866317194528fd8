import { useEffect, useEffectEvent, useRef } from 'react'
import type { Tag } from '../../../shared/oci/reference.ts'

/** Rows in view are asked for at once, those that fly past while scrolling are not. */
const SCROLL_MS = 80

/**
 * Tells what is in view: at once at first, then when scrolling pauses, and now and then while the order changes.
 *
 * @param range  the first and last index; the last before the first while there is none.
 */
export function useInView(
  tags: readonly Tag[],
  { first, last }: { first: number; last: number },
  onShow: (tags: readonly Tag[]) => void,
) {
  const tell = useEffectEvent(() => onShow(tags.slice(first, last + 1)))
  const wasShown = useRef(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const begin = useEffectEvent(() => {
    timer.current = setTimeout(() => {
      timer.current = undefined
      tell()
    }, SCROLL_MS)
  })
  // each further step of scrolling restarts the wait
  useEffect(() => {
    if (last < first) return
    clearTimeout(timer.current)
    if (wasShown.current) begin()
    else tell()
    wasShown.current = true
  }, [first, last])
  // rows that come while all are being sorted change the order all the time: that must not put off what is in view
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each new order, as above
  useEffect(() => {
    if (wasShown.current && timer.current === undefined) begin()
  }, [tags, onShow])
  useEffect(
    () => () => {
      clearTimeout(timer.current)
      timer.current = undefined
    },
    [],
  )
}
