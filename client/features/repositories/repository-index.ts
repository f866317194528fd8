// All names of the catalog's pages, made ready for the list page by page: nothing is read twice.

import type { Repository } from '../../../shared/oci/reference.ts'
import { createNameTree, type NameTree } from './tree.ts'

/** What the list needs of the pages that came so far. A new one for every page; the tree is one and grows. */
export interface RepositoryIndex {
  /** Each once, in byte order. */
  readonly names: readonly Repository[]
  readonly tree: NameTree
}

interface Growing {
  readonly read: Set<object>
  readonly known: Set<Repository>
  readonly tree: NameTree
  index: RepositoryIndex
}
type PageOfNames = { readonly items: readonly Repository[] }

/** By its first page, so that it is gone when the catalog is. */
const growing = new WeakMap<object, Growing>()

function begin(): Growing {
  const tree = createNameTree()
  return { read: new Set(), known: new Set(), tree, index: { names: [], tree } }
}

/**
 * The index of a catalog's pages.
 *
 * @param pages  as they came; a list that begins with the same page only ever gets longer.
 */
export function indexOf(pages: readonly PageOfNames[]): RepositoryIndex {
  const [first] = pages
  if (first === undefined) return begin().index
  const known = growing.get(first) ?? begin()
  growing.set(first, known)
  const added: Repository[] = []
  for (const page of pages) {
    if (known.read.has(page)) continue
    known.read.add(page)
    for (const name of page.items) {
      if (known.known.has(name)) continue
      known.known.add(name)
      known.tree.add(name)
      added.push(name)
    }
  }
  // almost sorted already: registries walk their names in order
  if (added.length > 0) known.index = { names: [...known.index.names, ...added].sort(), tree: known.tree }
  return known.index
}

/** Those of the catalog that are known to be without tags. */
export function emptyOf(
  { names }: RepositoryIndex,
  tagCounts: ReadonlyMap<Repository, number>,
): ReadonlySet<Repository> {
  const empty = new Set([...tagCounts].flatMap(([name, count]) => (count === 0 ? name : [])))
  return empty.size === 0 ? empty : new Set(names.filter((name) => empty.has(name)))
}

/** The rest without these; what is open stays. */
export function without(
  { names }: RepositoryIndex,
  left: ReadonlySet<Repository>,
  open: Repository | undefined,
): RepositoryIndex {
  return indexOf([{ items: names.filter((name) => name === open || !left.has(name)) }])
}
