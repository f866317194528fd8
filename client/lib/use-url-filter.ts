// What is typed into a filter: shown at once, in the URL a moment later.

import { useEffect, useId, useRef, useState } from 'react'
import { useLocation, useNavigationType, useSearchParams } from 'react-router'
import { useChangeSearch } from './search-params.ts'

/** A navigation for every key would cost more than the filter itself. */
const WRITE_MS = 200

/**
 * @param inUrl  whether the list is what the page is about: then `?filter=` is its filter. Else it is kept here,
 *   so that a list stays narrowed down when something is opened from it.
 */
export function useUrlFilter(inUrl: boolean): readonly [string, (value: string) => void] {
  const [search] = useSearchParams()
  const changeSearch = useChangeSearch()
  const { pathname, state } = useLocation()
  const navigation = useNavigationType()
  const id = useId()
  const written = search.get('filter') ?? ''
  const [typed, setTyped] = useState(inUrl ? written : '')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  // another address brings another filter; but one that we wrote may arrive when more has been typed
  const isOurs = navigation === 'REPLACE' && state?.filteredBy === id
  useEffect(() => {
    if (inUrl && !isOurs) setTyped(written)
  }, [inUrl, isOurs, written])
  // what was typed on one page must not land in the address of the next
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each change of page
  useEffect(() => () => clearTimeout(timer.current), [pathname])

  return [
    typed,
    (value) => {
      setTyped(value)
      if (!inUrl) return
      clearTimeout(timer.current)
      const here = location.pathname
      timer.current = setTimeout(() => {
        // the address is another's before the page that it leads to is drawn
        if (location.pathname === here) changeSearch({ filter: value || null }, { filteredBy: id })
      }, WRITE_MS)
    },
  ]
}
