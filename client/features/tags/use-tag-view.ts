// How the table of tags is looked at: its order, its columns, what is folded. The URL wins over what is remembered.

import { useState } from 'react'
import { useSearchParams } from 'react-router'
import { readPreferences, remember, TAG_COLUMNS, type TagColumn } from '../../lib/preferences.ts'
import { type SearchChange, useChangeSearch, useSayInSearch } from '../../lib/search-params.ts'
import { formatSort, parseSort, type TagSort } from './sort.ts'

interface Kept {
  readonly sort: string
  readonly columns: readonly TagColumn[]
  /** Signatures and other attached tags are shown. */
  readonly unfolded: boolean
}

function fromUrl(search: URLSearchParams): Partial<Kept> {
  const sort = search.get('sort')
  const columns = search.get('columns')?.split(',')
  const attached = search.get('attached')
  return {
    ...(sort !== null && { sort }),
    ...(columns !== undefined && { columns: TAG_COLUMNS.filter((column) => columns.includes(column)) }),
    ...(attached !== null && { unfolded: attached === 'shown' }),
  }
}

/** What of it is not as everybody has it without having chosen; null for the rest. */
function toUrl({ sort, columns, unfolded }: Kept): SearchChange {
  return {
    sort: sort === '' ? null : sort,
    columns: columns.length === TAG_COLUMNS.length ? null : columns.join(','),
    attached: unfolded ? 'shown' : null,
  }
}

/** @param inUrl  while the table is what the page is about; beside an image it keeps the view it had. */
export function useTagView(inUrl: boolean) {
  const [search] = useSearchParams()
  const changeSearch = useChangeSearch()
  const [kept, setKept] = useState<Kept>(() => {
    const { tagSort, tagColumns } = readPreferences()
    return { sort: tagSort, columns: tagColumns, unfolded: false, ...fromUrl(search) }
  })
  const view = inUrl ? { ...kept, ...fromUrl(search) } : kept
  useSayInSearch(inUrl ? toUrl(view) : {})

  function change(part: Partial<Kept>, param: string, value: string): void {
    setKept({ ...view, ...part })
    if (inUrl) changeSearch({ [param]: value })
  }
  return {
    sort: parseSort(view.sort),
    columns: view.columns,
    unfolded: view.unfolded,
    setSort(sort: TagSort) {
      const text = formatSort(sort)
      remember({ tagSort: text })
      change({ sort: text }, 'sort', text === '' ? 'tag' : text)
    },
    setColumns(columns: readonly TagColumn[]) {
      remember({ tagColumns: [...columns] })
      change({ columns }, 'columns', columns.join(','))
    },
    setUnfolded(unfolded: boolean) {
      change({ unfolded }, 'attached', unfolded ? 'shown' : 'folded')
    },
  }
}
