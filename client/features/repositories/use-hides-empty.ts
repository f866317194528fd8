import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { useChangeSearch } from '../../lib/search-params.ts'

/**
 * Whether repositories known to be without tags are left out: `?empty=hidden`.
 *
 * @param inUrl  while the list is what the page is about; on other pages it stays as it was.
 */
export function useHidesEmpty(inUrl: boolean) {
  const [search] = useSearchParams()
  const changeSearch = useChangeSearch()
  const written = search.get('empty') === 'hidden'
  const [kept, setKept] = useState(inUrl && written)
  const setHides = (hides: boolean) => {
    setKept(hides)
    if (inUrl) changeSearch({ empty: hides ? 'hidden' : null })
  }
  return [inUrl ? written : kept, setHides] as const
}
