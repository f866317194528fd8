// The keys of a tree by the ARIA Authoring Practices (tree view pattern), and j and k, as moves: what to do is the
// caller's.

import { namespacesOf, type TreeRow } from './tree.ts'

export type TreeMove =
  | { readonly kind: 'focus'; readonly index: number }
  | { readonly kind: 'toggle'; readonly paths: readonly string[]; readonly open: boolean }
  | { readonly kind: 'activate' }

/** The next line after `from`, round about, whose last part begins with what was typed. */
function typedAhead(rows: readonly TreeRow[], from: number, typed: string): number | undefined {
  // one letter again and again goes on to the next; more letters stay where they fit
  const start = typed.length === 1 ? from + 1 : from
  for (let step = 0; step < rows.length; step++) {
    const index = (start + step) % rows.length
    if (rows[index]?.name.startsWith(typed)) return index
  }
  return undefined
}

/**
 * What a key means on the line `at`.
 *
 * @param typed  letters typed in quick succession, this one included.
 * @returns undefined for keys that mean nothing here.
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/treeview/
 */
export function treeMove(
  key: string,
  rows: readonly TreeRow[],
  at: number,
  typed: string,
): TreeMove | undefined {
  const row = rows[at]
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
      const index = rows.findIndex(({ path }) => path === parent)
      return index === -1 ? undefined : focus(index)
    }
    case '*': {
      const parent = namespacesOf(row.path).at(-1)
      const siblings = rows.filter(
        ({ path, level, count }) => level === row.level && count > 0 && namespacesOf(path).at(-1) === parent,
      )
      return { kind: 'toggle', paths: siblings.map(({ path }) => path), open: true }
    }
    case 'Enter':
      return { kind: 'activate' }
    case ' ':
      return row.count > 0 ? { kind: 'toggle', paths: [row.path], open: !row.expanded } : { kind: 'activate' }
  }
  if (!/^[a-z0-9._-]$/i.test(key)) return undefined
  const found = typedAhead(rows, at, typed.toLowerCase())
  return found === undefined ? undefined : focus(found)
}
