// The palette over whatever page is open, and the dialog of its keys: loaded when they are asked for.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import { parseRepository, type Reference } from '../../../shared/oci/reference.ts'
import { catalogQuery } from '../../api/catalog.ts'
import { configQuery } from '../../api/session.ts'
import { pageActions } from '../../lib/page-actions.ts'
import { referencePath } from '../../lib/paths.ts'
import { readPreferences } from '../../lib/preferences.ts'
import { createSearch, indexOf, wordsOf } from '../repositories/index.ts'
import { Palette as PaletteDialog } from './palette.tsx'
import type { PaletteSource } from './sections.ts'

export { KeysDialog } from './keys-dialog.tsx'

/** Every repository seen so far: of the catalog, or where it is closed those that are known otherwise. */
function useNames(recents: readonly string[]) {
  const pages = useInfiniteQuery({ ...catalogQuery, enabled: false }).data?.pages
  const others = useQuery(configQuery).data?.repositories
  return useMemo(() => {
    const listed = pages === undefined ? [] : indexOf(pages).names
    const known = new Set(listed)
    const more = [...(others ?? []), ...recents].flatMap((name) => parseRepository(name) ?? [])
    return [...listed, ...new Set(more.filter((name) => !known.has(name)))]
  }, [pages, others, recents])
}

/** Nothing has the focus any more: then the heading of what comes gets it. */
function leaveFocus(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
}

export function Palette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate()
  const registry = useQuery(configQuery).data?.registry
  const recents = useMemo(() => readPreferences().recents, [])
  const names = useNames(recents)
  const search = useMemo(() => createSearch(names), [names])
  const source = useMemo<PaletteSource>(
    () => ({
      registry,
      recents,
      actions: pageActions(),
      search: (text) => search(wordsOf(text)),
      open: (reference: Reference) => {
        leaveFocus()
        void navigate(referencePath(reference))
      },
    }),
    [registry, recents, search, navigate],
  )
  return <PaletteDialog source={source} onClose={onClose} />
}
