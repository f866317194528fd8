// The keys of a tree by the ARIA Authoring Practices (tree view pattern), and j and k, as moves: what to do is the
// caller's.

import { namespacesOf, type TreeRow, type TreeRows } from './tree.ts'

export type TreeMove =
  | { readonly kind: 'focus'; readonly index: number }
  | { readonly kind: 'toggle'; readonly paths: readonly string[]; readonly open: boolean }
  | { readonly kind: 'activate' }

/** The next line after `from`, round about, whose last part begins with what was typed. */
function typedAhead(rows: TreeRows, from: number, typed: string): number | undefined {
  // one letter again and again goes on to the next; more letters stay where they fit
  const start = typed.length === 1 ? from + 1 : from
  for (let step = 0; step < rows.length; step++) {
    const index = (start + step) % rows.length
    if (rows.nameAt(index)?.startsWith(typed)) return index
  }
  return undefined
}

/** Namespaces with the same parent, this row included if it is one. */
function namespacesBeside(rows: TreeRows, { path, level }: TreeRow): string[] {
  const parent = namespacesOf(path).at(-1)
  const paths: string[] = []
  for (let index = 0; index < rows.length; index++) {
    const row = rows.row(index)
    if (row?.level === level && row.count > 0 && namespacesOf(row.path).at(-1) === parent)
      paths.push(row.path)
  }
  return paths
}

/**
 * What a key means on the line `at`.
 *
 * @param typed  letters typed in quick succession, this one included.
 * @returns undefined for keys that mean nothing here.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/treeview/
 */
export function treeMove(key: string, rows: TreeRows, at: number, typed: string): TreeMove | undefined {
  const row = rows.row(at)
  if (row === undefined) return undefined
  const focus = (index: number): TreeMove => ({
    kind: 'focus',
    index: Math.min(Math.max(index, 0), rows.length - 1),
  })
  // within a word they are letters
  const step = typed.length > 1 ? 0 : { j: 1, k: -1 }[key]
  if (step) return focus(at + step)
  switch (key) {
    case 'ArrowDown':
      return focus(at + 1)
    case 'ArrowUp':
      return focus(at - 1)
    case 'Home':
      return focus(0)
    case 'End':
      return focus(rows.length - 1)
    case 'ArrowRight':
      if (row.count === 0) return undefined
      return row.expanded ? focus(at + 1) : { kind: 'toggle', paths: [row.path], open: true }
    case 'ArrowLeft': {
      if (row.expanded) return { kind: 'toggle', paths: [row.path], open: false }
      const parent = namespacesOf(row.path).at(-1)
      const index = parent === undefined ? -1 : rows.indexOf(parent)
      return index === -1 ? undefined : focus(index)
    }
    case '*':
      return { kind: 'toggle', paths: namespacesBeside(rows, row), open: true }
    case 'Enter':
      return { kind: 'activate' }
    case ' ':
      return row.count > 0 ? { kind: 'toggle', paths: [row.path], open: !row.expanded } : { kind: 'activate' }
  }
  if (!/^[a-z0-9._-]$/i.test(key)) return undefined
  const found = typedAhead(rows, at, typed.toLowerCase())
  return found === undefined ? undefined : focus(found)
}
