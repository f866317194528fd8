// Fetches an image ahead while the pointer or the focus rests on a link to it: the click then finds it there.

import { useQueryClient } from '@tanstack/react-query'
import { type SyntheticEvent, useRef } from 'react'
import { parseReference } from '../../shared/oci/reference.ts'
import { prefetchImage } from '../api/image.ts'

/** A pointer on its way somewhere else asks the registry for nothing. */
const REST_MS = 60

/** The reference that a link within the element leads to, if it is a tag or a digest. */
function linkedReference({ target }: SyntheticEvent) {
  const link = target instanceof Element ? target.closest('a') : null
  if (link === null) return undefined
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
    timer.current = setTimeout(() => void prefetchImage(queryClient, reference.repository, name, null), delay)
  }
  return {
    onPointerOver: (event: SyntheticEvent) => start(event, REST_MS),
    onFocus: (event: SyntheticEvent) => start(event, REST_MS),
    onPointerDown: (event: SyntheticEvent) => start(event, 0),
    onPointerLeave: () => clearTimeout(timer.current),
  }
}
