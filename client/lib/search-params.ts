// Changes of the address's query. Several may be made before the page shows the first of them.

import { useCallback, useEffect, useRef } from 'react'
import { useLocation, useSearchParams } from 'react-router'

export type SearchChange = Readonly<Record<string, string | null>>

/** What the address shown does not have yet; null takes a parameter away. */
const onTheirWay = new Map<string, string | null>()

function withChanges(search: URLSearchParams): URLSearchParams {
  const next = new URLSearchParams(search)
  for (const [param, value] of onTheirWay)
    if (value === null) next.delete(param)
    else next.set(param, value)
  return next
}

/**
 * @returns changes parameters of the query in place (no entry in the history), each time on top of what was changed
 *   before: an address written from what is rendered would undo a change that is still under way.
 */
export function useChangeSearch(): (change: SearchChange, state?: unknown) => void {
  const [search, setSearch] = useSearchParams()
  const { pathname } = useLocation()
  const latest = useRef({ search, setSearch })
  latest.current = { search, setSearch }

  useEffect(() => {
    for (const [param, value] of onTheirWay) if (search.get(param) === value) onTheirWay.delete(param)
  }, [search])
  // what was meant for one page has no business on the next
  // biome-ignore lint/correctness/useExhaustiveDependencies: at each change of page
  useEffect(() => () => onTheirWay.clear(), [pathname])

  return useCallback((change, state) => {
    for (const [param, value] of Object.entries(change)) onTheirWay.set(param, value)
    latest.current.setSearch(withChanges(latest.current.search), { replace: true, state })
  }, [])
}

/**
 * Says in the address what the page shows without it, such as a choice remembered from last time: a copied link shows
 * the same. What the address says already stays.
 *
 * @param shown  null for what needs no words.
 */
export function useSayInSearch(shown: SearchChange): void {
  const [search] = useSearchParams()
  const changeSearch = useChangeSearch()
  const unsaid = Object.entries(shown).filter(([param, value]) => value !== null && !search.has(param))
  const key = JSON.stringify(unsaid)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all that is unsaid
  useEffect(() => {
    const news = unsaid.filter(([param, value]) => onTheirWay.get(param) !== value)
    if (news.length > 0) changeSearch(Object.fromEntries(news))
  }, [key, changeSearch])
}
