// What can be done on the page just now, by name and by key: each part of it says what it offers.

import { useEffect, useId } from 'react'

export interface PageAction {
  /** As the palette names it; '' for what only its key does. */
  readonly label: string
  /** `y`, or two pressed one after the other: `g r`. */
  readonly keys: string | undefined
  readonly run: () => void
}

const offered = new Map<string, PageAction>()

/** All that is offered now, in the order it came to the page. */
export const pageActions = (): readonly PageAction[] => [...offered.values()]

/**
 * Offers an action for as long as its part of the page is there.
 *
 * @param label  undefined while there is nothing to do.
 */
export function usePageAction(label: string | undefined, run: () => void, keys?: string): void {
  const id = useId()
  // after each render: what runs is what the page shows
  useEffect(() => {
    if (label === undefined) offered.delete(id)
    else offered.set(id, { label, keys, run })
  })
  useEffect(() => () => void offered.delete(id), [id])
}
