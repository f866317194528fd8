// Repository names as a tree of namespaces that grows while pages of the catalog arrive.

import type { Repository } from '../../../shared/oci/reference.ts'

/** One line of the list as it is shown. */
export interface TreeRow {
  /** `payments/fraud`: unique, and what expanding remembers. */
  readonly path: string
  /** The last part of the path; in a flat list all of it. */
  readonly name: string
  /** 1 for the outermost. */
  readonly level: number
  /** Its place among its siblings, from 1, and how many these are. */
  readonly position: number
  readonly siblings: number
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
  /** Namespaces before repositories, each by name; undefined after a change. */
  sorted: readonly (readonly [string, Node])[] | undefined
}
const emptyNode = (): Node => ({ children: new Map(), repository: undefined, count: 0, sorted: undefined })

function sortedChildren(node: Node): readonly (readonly [string, Node])[] {
  node.sorted ??= [...node.children].sort(([a, left], [b, right]) => {
    const folders = Number(right.count > 0) - Number(left.count > 0)
    return folders || (a < b ? -1 : 1)
  })
  return node.sorted
}

export interface NameTree {
  /** Adds a name that is not in it yet; the caller knows. */
  add(repository: Repository): void
  /** The rows in view; `isExpanded` by path, a closed namespace hides what is in it. */
  rows(isExpanded: (path: string) => boolean): TreeRow[]
}

/** An empty tree. A name is added in the time of its depth, however many there are. */
export function createNameTree(): NameTree {
  const root = emptyNode()
  return {
    add(repository) {
      let node = root
      for (const part of repository.split('/')) {
        let child = node.children.get(part)
        if (child === undefined) {
          child = emptyNode()
          node.children.set(part, child)
        }
        node.count++
        // a new child, or one that has become a namespace, changes the order
        node.sorted = undefined
        node = child
      }
      node.repository = repository
    },
    rows(isExpanded) {
      const rows: TreeRow[] = []
      const visit = (parent: Node, prefix: string, level: number) => {
        const children = sortedChildren(parent)
        for (const [index, [name, node]] of children.entries()) {
          const { repository, count } = node
          const path = prefix + name
          const expanded = count > 0 && isExpanded(path)
          const place = { level, position: index + 1, siblings: children.length }
          rows.push({ path, name, ...place, repository, count, expanded })
          if (expanded) visit(node, `${path}/`, level + 1)
        }
      }
      visit(root, '', 1)
      return rows
    },
  }
}

/** The rows of a list. Those of a flat one are made when they are looked at: there may be 100,000 after each key. */
export interface TreeRows {
  readonly length: number
  /** Undefined outside of 0 to length - 1. */
  row(index: number): TreeRow | undefined
  /** Its `name`, without a row made for it. */
  nameAt(index: number): string | undefined
  /** -1 if there is no such row. */
  indexOf(path: string): number
}

/** Rows as `NameTree.rows` gives them. */
export function nestedRows(rows: readonly TreeRow[]): TreeRows {
  return {
    length: rows.length,
    row: (index) => rows[index],
    nameAt: (index) => rows[index]?.name,
    indexOf: (path) => rows.findIndex((row) => row.path === path),
  }
}

/** Rows without a tree: whole names, in the order given. */
export function flatRows(names: readonly Repository[]): TreeRows {
  return {
    length: names.length,
    row(index) {
      const repository = names[index]
      if (repository === undefined) return undefined
      const place = { level: 1, position: index + 1, siblings: names.length }
      return { path: repository, name: repository, ...place, repository, count: 0, expanded: false }
    },
    nameAt: (index) => names[index],
    indexOf: (path) => names.indexOf(path as Repository),
  }
}

/** Every namespace above a name: `a/b/c` lies in `a` and `a/b`. */
export function namespacesOf(name: string): string[] {
  const parts = name.split('/').slice(0, -1)
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
}
