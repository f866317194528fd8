import { Link } from 'react-router'
import { type Notes, noteOf } from '../../../shared/oci/image-notes.ts'
import { parsePastedReference } from '../../../shared/oci/reference.ts'
import { referencePath } from '../../paths.ts'
import { PlainText, spellSigns } from '../../ui/plain-text.tsx'
import { ExactTime } from '../../ui/relative-time.tsx'
import { webLink } from '../../ui/web-link.ts'
import { type Fact, Pairs } from './facts.tsx'
import styles from './image.module.css'

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
const ELSEWHERE = ['Created', 'Revision', 'Base image', 'Base digest']

/** What labels and annotations say in words, each under its name; the key on hover. */
export function noteFacts(notes: Notes): readonly Fact[] {
  const revision = noteOf(notes, 'Revision')
  const facts = notes.known
    .filter(({ word }) => !ELSEWHERE.includes(word))
    .map(({ word, value, key }): Fact => {
      const isSource = word === 'Source' && revision !== undefined
      return [
        word,
        <>
          <NoteText text={value} />
          {isSource && (
            <code className={styles.note} title={spellSigns(revision)}>
              {' '}
              @{' '}
              <PlainText
                text={/^[0-9a-f]{40,64}$/.test(revision) ? revision.slice(0, 7) : revision}
                limit={80}
              />
            </code>
          )}
        </>,
        key,
      ]
    })
  return revision === undefined || noteOf(notes, 'Source') !== undefined
    ? facts
    : [...facts, ['Revision', <PlainText key="revision" text={revision} />]]
}

/** The moment something was made: exact, since the header says how long ago. */
export function createdFact(created: string | undefined): Fact {
  return ['Created', created && <ExactTime time={created} />]
}

interface RestOfNotesProps {
  readonly notes: Notes
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
