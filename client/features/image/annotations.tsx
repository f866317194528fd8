import { Link } from 'react-router'
import type { AnnotationName, SortedAnnotations } from '../../../shared/oci/annotations.ts'
import { type CreatedSources, createdOf } from '../../../shared/oci/annotations.ts'
import { parsePastedReference } from '../../../shared/oci/reference.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { PlainText } from '../../components/plain-text.tsx'
import { ExactTime } from '../../components/relative-time.tsx'
import { formatExact } from '../../lib/format.ts'
import { referencePath } from '../../lib/paths.ts'
import { webLink } from '../../lib/web-link.ts'
import styles from './image.module.css'
import { type Fact, Pairs } from './manifest-info.tsx'

/** Text that becomes a link where it is a plain web address, and stays text where it is anything else. */
export function NoteText({ text }: { text: string }) {
  const href = webLink(text)
  return href === undefined ? (
    <PlainText text={text} />
  ) : (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      <PlainText text={text.replace(/^https:\/\//i, '')} />
    </a>
  )
}

/** An image by its reference: a link where it lies in this registry. */
export function ImageName({ name, registry }: { name: string; registry: string | undefined }) {
  const here = registry !== undefined && name.startsWith(`${registry}/`)
  const reference = here ? parsePastedReference(name, registry) : undefined
  const text = (
    <code>
      <PlainText text={name} />
    </code>
  )
  return reference === undefined ? text : <Link to={referencePath(reference)}>{text}</Link>
}

/** What has its own place on the page. */
const ELSEWHERE: readonly AnnotationName[] = ['created', 'base.name', 'base.digest']

/** A commit, or whatever names one: people paste it elsewhere. */
function Revision({ text }: { text: string }) {
  return (
    <span className={styles.copied}>
      <code>
        <PlainText text={text} />
      </code>
      <CopyButton text={text} label="the revision" />
    </span>
  )
}

/** What labels and annotations say in words, each under its name; the key on hover. */
export function noteFacts({ known }: SortedAnnotations): readonly Fact[] {
  return known
    .filter(({ name }) => !ELSEWHERE.includes(name))
    .map(({ name, label, value, key }): Fact => {
      const Value = name === 'revision' ? Revision : NoteText
      return [label, <Value key={name} text={value} />, key]
    })
}

/** The moment something was made: exact, since the header says how long ago. Another one that a label says beside it. */
export function createdFact(sources: CreatedSources): Fact {
  const time = createdOf(sources)
  const said = createdOf({ ...sources, config: undefined })
  const differs = time !== undefined && said !== undefined && formatExact(time) !== formatExact(said)
  return [
    'Created',
    time && (
      <>
        <ExactTime time={time} />
        {differs && (
          <span className={styles.note}>
            {' '}
            by its config; a label or annotation says <ExactTime time={said} />
          </span>
        )}
      </>
    ),
  ]
}

interface RestOfNotesProps {
  readonly notes: SortedAnnotations
  /** What each source of the notes is called, in order. */
  readonly titles: readonly string[]
}

/** Labels and annotations that have no words, by their keys. */
export function RestOfNotes({ notes, titles }: RestOfNotesProps) {
  return titles.map((title, index) => (
    <Pairs
      key={title}
      title={title}
      pairs={(notes.rest[index] ?? []).map(([key, value]) => ({
        name: <PlainText text={key} limit={120} />,
        value: <NoteText text={value} />,
      }))}
    />
  ))
}
