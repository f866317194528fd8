// Repository names as a tree of namespaces.

import type { Repository } from '../../../shared/oci/reference.ts'

/** One line of the tree as it is shown. */
export interface TreeRow {
  /** `payments/fraud`: unique, and what expanding remembers. */
  readonly path: string
  /** The last part of the path. */
  readonly name: string
  /** 1 for the outermost. */
  readonly level: number
  /** Set if the path is a repository itself; a namespace may be both. */
  readonly repository: Repository | undefined
  /** Repositories within, at any depth; 0 for a leaf. */
  readonly count: number
  readonly expanded: boolean
}

interface Node {
  readonly children: Map<string, Node>
  repository: Repository | undefined
  count: number
}
const emptyNode = (): Node => ({ children: new Map(), repository: undefined, count: 0 })

function grow(names: readonly Repository[]): Node {
  const root = emptyNode()
  for (const repository of names) {
    let node = root
    for (const part of repository.split('/')) {
      const child: Node = node.children.get(part) ?? emptyNode()
      node.children.set(part, child)
      node.count++
      node = child
    }
    node.repository = repository
  }
  return root
}

/** Every namespace above a name: `a/b/c` lies in `a` and `a/b`. */
export function namespacesOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
}

/**
 * The rows in view, namespaces before repositories, each by name.
 *
 * @param isExpanded  by path; a closed namespace hides what is in it.
 */
export function treeRows(names: readonly Repository[], isExpanded: (path: string) => boolean): TreeRow[] {
  const rows: TreeRow[] = []
  const visit = (node: Node, prefix: string, level: number) => {
    const entries = [...node.children].sort(([a, left], [b, right]) => {
      const folders = Number(right.count > 0) - Number(left.count > 0)
      return folders || (a < b ? -1 : 1)
    })
    for (const [name, child] of entries) {
      const path = prefix === '' ? name : `${prefix}/${name}`
      const expanded = child.count > 0 && isExpanded(path)
      rows.push({ path, name, level, repository: child.repository, count: child.count, expanded })
      if (expanded) visit(child, path, level + 1)
    }
  }
  visit(grow(names), '', 1)
  return rows
}
