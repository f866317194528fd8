import { Box, ChevronDown, ChevronRight } from 'lucide-react'
import { Link } from 'react-router'
import { MiddleCut } from '../../components/middle-cut.tsx'
import { countOf } from '../../lib/format.ts'
import { repositoryPath } from '../../lib/paths.ts'
import styles from './repository-tree.module.css'
import { highlight } from './search.ts'
import type { TreeRow } from './tree.ts'

interface RepositoryRowProps {
  readonly row: TreeRow
  readonly selected: boolean
  /** What the filter found, to be marked. */
  readonly words: readonly string[]
  /** Undefined until somebody has listed them. */
  readonly tagCount: number | undefined
  /** Pixels from the top of the list. */
  readonly top: number
  /** Whether Tab leads here: one line of the tree. */
  readonly tabStop: boolean
  readonly onFocus: () => void
  readonly onToggle: (paths: readonly string[], open: boolean) => void
}

/** Deeper levels stand where the ninth does: a narrow pane has no more room. */
const MAX_INDENT = 8

function Content({ row, words, tagCount }: Pick<RepositoryRowProps, 'row' | 'words' | 'tagCount'>) {
  const { name, count, expanded } = row
  const Icon = count === 0 ? Box : expanded ? ChevronDown : ChevronRight
  const number = count > 0 ? count : tagCount
  return (
    <>
      <Icon size={14} aria-hidden />
      <b>
        {words.length === 0 ? (
          <MiddleCut text={name} />
        ) : (
          highlight(name, words).map(({ text, matches }, index) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces may repeat, and their order is what they are
            matches ? <mark key={index}>{text}</mark> : text,
          )
        )}
      </b>
      {number !== undefined && <em>{number === 0 ? 'empty' : number.toLocaleString('en')}</em>}
    </>
  )
}

/** A line of the tree: a repository is a link, a namespace opens and closes. */
export function RepositoryRow(props: RepositoryRowProps) {
  const { row, selected, tagCount, top, tabStop, onFocus, onToggle } = props
  const { path, level, repository, count, expanded } = row
  const common = {
    role: 'treeitem',
    'data-path': path,
    'aria-level': level,
    'aria-setsize': row.siblings,
    'aria-posinset': row.position,
    'aria-selected': selected,
    ...(count > 0 && { 'aria-expanded': expanded }),
    tabIndex: tabStop ? 0 : -1,
    className: styles.row,
    style: { transform: `translateY(${top}px)`, paddingLeft: 12 + Math.min(level - 1, MAX_INDENT) * 16 },
    title:
      count > 0
        ? `${path}: ${countOf(count, 'repository', 'repositories')}`
        : tagCount === undefined
          ? path
          : `${path}: ${countOf(tagCount, 'tag')}`,
    onFocus,
  }
  return repository === undefined ? (
    <button type="button" {...common} onClick={() => onToggle([path], !expanded)}>
      <Content {...props} />
    </button>
  ) : (
    <Link to={repositoryPath(repository)} {...common} onClick={() => count > 0 && onToggle([path], true)}>
      <Content {...props} />
    </Link>
  )
}
