import { ChevronDown, ChevronRight } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import { Link } from 'react-router'
import { type JsonLine, type JsonToken, stringValue } from '../../../shared/json-layout.ts'
import { PlainLine } from '../../components/plain-text.tsx'
import styles from './raw.module.css'

const MAX_INDENT = 40
/** A line stays one line: what is longer can be copied or downloaded. */
const MAX_TOKEN = 2000

/** The text with what is searched for marked. */
function marked(text: string, search: string): ReactNode {
  if (search === '') return <PlainLine text={text} />
  const lower = text.toLowerCase()
  // text and matches by turns
  const pieces: string[] = []
  let at = 0
  for (let found = lower.indexOf(search); found !== -1; found = lower.indexOf(search, at)) {
    pieces.push(text.slice(at, found), text.slice(found, found + search.length))
    at = found + search.length
  }
  return [...pieces, text.slice(at)].map((piece, index) => {
    const Around = index % 2 === 1 ? 'mark' : Fragment
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces repeat, and their order is what they are
      <Around key={index}>
        <PlainLine text={piece} />
      </Around>
    )
  })
}

interface JsonLineProps {
  readonly line: JsonLine
  /** Of the line that closes it, while it is folded. */
  readonly closing: JsonLine | undefined
  readonly hidden: number
  /** In lower case; empty for none. */
  readonly search: string
  readonly links: ReadonlyMap<string, string>
  onToggle(): void
}

/** One line of a document, as tall as any other. */
export function JsonLineView({ line, closing, hidden, search, links, onToggle }: JsonLineProps) {
  const isFolded = closing !== undefined
  const token = ({ kind, text }: JsonToken, index: number) => {
    const shown = marked(text.length > MAX_TOKEN ? `${text.slice(0, MAX_TOKEN)}…` : text, search)
    const target = kind === 'string' ? links.get(stringValue({ kind, text })) : undefined
    return (
      <span key={index} data-kind={kind}>
        {target === undefined ? shown : <Link to={target}>{shown}</Link>}
      </span>
    )
  }
  const Chevron = isFolded ? ChevronRight : ChevronDown
  return (
    <>
      <span className={styles.gutter}>
        {line.end !== undefined && (
          <button
            type="button"
            onClick={onToggle}
            aria-expanded={!isFolded}
            aria-label={isFolded ? 'Unfold' : 'Fold'}
          >
            <Chevron size={12} aria-hidden />
          </button>
        )}
      </span>
      <code style={{ paddingLeft: `${Math.min(line.depth, MAX_INDENT) * 2}ch` }}>
        {line.tokens.map(token)}
        {isFolded && <span className={styles.hidden}> {hidden.toLocaleString('en')} lines </span>}
        {closing?.tokens.map(token)}
      </code>
    </>
  )
}
