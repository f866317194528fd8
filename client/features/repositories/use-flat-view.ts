import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { type Preferences, readPreferences, remember } from '../../lib/preferences.ts'
import { useChangeSearch, useSayInSearch } from '../../lib/search-params.ts'

type View = Preferences['repositoryView']

function viewIn(search: URLSearchParams): View | undefined {
  const view = search.get('view')
  return view === 'flat' || view === 'tree' ? view : undefined
}

/**
 * Tree or flat: as the URL says, else as it was last time.
 *
 * @param inUrl  while the list is what the page is about; on other pages `?view=` is theirs.
 */
export function useFlatView(inUrl: boolean) {
  const [search] = useSearchParams()
  const changeSearch = useChangeSearch()
  const [kept, setKept] = useState(() => (inUrl && viewIn(search)) || readPreferences().repositoryView)
  const view = (inUrl && viewIn(search)) || kept
  useSayInSearch({ view: inUrl && view === 'flat' ? view : null })
  const setFlat = (flat: boolean) => {
    const next = flat ? 'flat' : 'tree'
    setKept(next)
    remember({ repositoryView: next })
    if (inUrl) changeSearch({ view: next })
  }
  return [view === 'flat', setFlat] as const
}
