// Fetches an image ahead while the pointer or the focus rests on a link to it: the click then finds it there.

import { useQueryClient } from '@tanstack/react-query'
import { type SyntheticEvent, useRef } from 'react'
import { parseReference } from '../../../shared/oci/reference.ts'
import { startImage } from './panes.ts'

/** A pointer on its way somewhere else asks the registry for nothing. */
const REST_MS = 60

/** The reference that a link or a row within the element leads to, if it is a tag or a digest. */
function linkedReference({ target }: SyntheticEvent) {
  const element = target instanceof Element ? target : undefined
  // a row of a table leads where its link does
  const link = element?.closest('a') ?? element?.closest('tr')?.querySelector('a')
  if (!link) return undefined
  const base = new URL('r/', document.baseURI).href
  return link.href.startsWith(base)
    ? parseReference(link.href.slice(base.length).split(/[?#]/, 1)[0] ?? '')
    : undefined
}

/** Handlers for whatever holds links to images: `<div {...usePrefetchOnRest()}>`. */
export function usePrefetchOnRest() {
  const queryClient = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const start = (event: SyntheticEvent, delay: number) => {
    clearTimeout(timer.current)
    const reference = linkedReference(event)
    const name = reference?.digest ?? reference?.tag
    if (reference === undefined || name === undefined) return
    timer.current = setTimeout(startImage, delay, queryClient, reference.repository, name, null)
  }
  return {
    onPointerOver: (event: SyntheticEvent) => start(event, REST_MS),
    onFocus: (event: SyntheticEvent) => start(event, REST_MS),
    onPointerDown: (event: SyntheticEvent) => start(event, 0),
    onPointerLeave: () => clearTimeout(timer.current),
  }
}
