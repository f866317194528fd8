import { Trash2 } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import { Link, useNavigate } from 'react-router'
import type { SummaryRow, TagSummary } from '../../../shared/api/summaries.ts'
import { artifactTypeLabel } from '../../../shared/oci/artifact-kind.ts'
import { parseDigest, shortDigest } from '../../../shared/oci/digest.ts'
import { isIndex } from '../../../shared/oci/media-types.ts'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import { CopyButton } from '../../components/copy-button.tsx'
import { MiddleCut } from '../../components/middle-cut.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { formatExactBytes, formatTotal } from '../../lib/format.ts'
import { referencePath } from '../../lib/paths.ts'
import type { TagColumn } from '../../lib/preferences.ts'
import type { AskDeletion } from '../deletion/index.ts'
import { reasonInWords } from './reason.ts'
import styles from './tag-row.module.css'
import table from './tag-table.module.css'

/** How many platforms, and how many other names, are written out; the rest is a number. */
const MAX_CHIPS = 2
const MAX_ALIASES = 2
/** On hover, all but those of a repository whose tags are all one image. */
const MAX_NAMED = 50

interface TagRowProps {
  readonly repository: Repository
  readonly tag: Tag
  /** Undefined until it is known. */
  readonly row: SummaryRow | undefined
  /** All tags of the same digest, this one included; undefined if it is the only one. */
  readonly aliases: readonly Tag[] | undefined
  readonly columns: readonly TagColumn[]
  readonly selected: boolean
  /** The cell that ticks it. */
  readonly check: ReactNode
  /** Where it has a button of its own. */
  readonly onDelete: AskDeletion | undefined
  /** Within the whole table, from 1, headings included. */
  readonly rowIndex: number
}

/** The other names of its image. */
function Aliases({ tag, aliases }: { tag: Tag; aliases: readonly Tag[] }) {
  const others = aliases.slice(0, MAX_NAMED + 1).filter((other) => other !== tag)
  const named = others.slice(0, MAX_ALIASES).join(', ')
  const more = aliases.length - 1 - MAX_ALIASES
  const all = others.slice(0, MAX_NAMED).join(', ')
  return (
    <span
      className={styles.alias}
      title={`The same image: ${all}${aliases.length > MAX_NAMED + 1 ? ` and ${aliases.length - 1 - MAX_NAMED} more` : ''}`}
    >
      <span aria-hidden>=</span>
      <span className="visually-hidden">the same as</span> {named}
      {more > 0 && ` +${more}`}
    </span>
  )
}

/** What nearly everything has is left out: linux, and the one variant of arm64 there is. */
const shortPlatform = (label: string) => label.replace(/^linux\//, '').replace(/^arm64\/v8$/, 'arm64')

function Platforms({ summary: { platforms, artifactType, mediaType } }: { summary: TagSummary }) {
  if (artifactType !== undefined)
    return (
      <span className={styles.kind} title={artifactType}>
        {artifactTypeLabel(artifactType) ?? artifactType}
      </span>
    )
  if (platforms.length === 0 && isIndex(mediaType)) return <span className={styles.kind}>no platforms</span>
  const more = platforms.length - MAX_CHIPS
  return (
    <span title={platforms.join(', ')} className={styles.chips}>
      {platforms.slice(0, MAX_CHIPS).map((label) => (
        <span key={label} className={styles.chip}>
          {shortPlatform(label)}
        </span>
      ))}
      {more > 0 && <span className={styles.chip}>+{more}</span>}
    </span>
  )
}

function Size({ summary: { size, sizeAtLeast, totalSize, platforms, partial } }: { summary: TagSummary }) {
  const bytes = size ?? sizeAtLeast
  if (bytes === undefined) return null
  const total = { bytes, isPartial: size === undefined }
  const bound = partial ? 'at least ' : ''
  const all =
    totalSize === undefined || platforms.length < 2
      ? ''
      : `; all platforms: ${bound}${formatExactBytes(totalSize)}`
  const whose = platforms.length < 2 ? '' : ` (${platforms[0]})`
  if (total.isPartial && bytes === 0)
    return <span title="The manifest does not say how large it is">{formatTotal(total)}</span>
  const exact = `${total.isPartial ? 'At least ' : ''}${formatExactBytes(bytes)} compressed${whose}${all}`
  const why = total.isPartial ? '; the manifest does not say how large all of it is' : ''
  return <span title={`${exact}${why}`}>{formatTotal(total)}</span>
}

function Cell({ column, summary }: { column: TagColumn; summary: TagSummary }) {
  switch (column) {
    case 'created':
      return summary.created === undefined ? null : <RelativeTime time={summary.created} />
    case 'size':
      return <Size summary={summary} />
    case 'platforms':
      return <Platforms summary={summary} />
    case 'digest': {
      const digest = parseDigest(summary.digest)
      if (digest === undefined) return null
      return (
        <>
          <code title={digest}>{shortDigest(digest)}</code>
          <CopyButton text={digest} label={`the digest of ${summary.tag}`} />
        </>
      )
    }
  }
}

/** One tag: a link to its image, and what is known of it. */
export function TagRow(props: TagRowProps) {
  const { repository, tag, row, aliases, columns, selected, check, onDelete, rowIndex } = props
  const navigate = useNavigate()
  const to = referencePath({ repository, tag })
  // the whole row leads where its link does, which keyboards and screen readers use
  const open = (event: MouseEvent) => {
    if (event.target instanceof Element && event.target.closest('a, button, label') !== null) return
    void navigate(to)
  }
  return (
    <tr aria-rowindex={rowIndex} data-selected={selected} onClick={open}>
      {check}
      <td className={table.tag}>
        <span>
          <Link to={to} title={tag} aria-current={selected ? 'true' : undefined}>
            <MiddleCut text={tag} />
          </Link>
          {aliases !== undefined && <Aliases tag={tag} aliases={aliases} />}
        </span>
      </td>
      {row?.error !== undefined ? (
        <td
          colSpan={Math.max(columns.length, 1)}
          className={styles.reason}
          title={`${row.error.message} (${row.error.code})`}
        >
          {reasonInWords(row.error)}
        </td>
      ) : (
        columns.map((column) => (
          <td key={column} className={table[column]}>
            {row === undefined ? (
              <span className={table.pending} aria-hidden />
            ) : (
              <Cell column={column} summary={row} />
            )}
          </td>
        ))
      )}
      {onDelete !== undefined && (
        <td className={table.delete}>
          <button
            type="button"
            className={controls.icon}
            aria-label={`Delete ${tag}…`}
            title={`Delete ${tag}…`}
            onClick={() => onDelete([tag])}
          >
            <Trash2 size={15} aria-hidden />
          </button>
        </td>
      )}
    </tr>
  )
}
