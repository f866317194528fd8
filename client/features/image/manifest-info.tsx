import type { ReactNode } from 'react'
import { PlainText } from '../../components/plain-text.tsx'
import { useFirst } from '../../components/use-first.tsx'
import styles from './manifest-info.module.css'

export type Fact = readonly [name: string, value: ReactNode, title?: string]

/** Names and values; what has no value is left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  const known = facts.filter(([, value]) => value !== undefined && value !== '' && value !== false)
  if (known.length === 0) return null
  return (
    <dl className={styles.facts}>
      {known.map(([name, value, title]) => (
        <div key={name}>
          <dt title={title}>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** What is odd about the documents, or where they contradict each other. */
export function Faults({ faults, label = 'Problems' }: { faults: readonly string[]; label?: string }) {
  if (faults.length === 0) return null
  return (
    <ul className={styles.warnings} aria-label={label}>
      {[...new Set(faults)].map((fault) => (
        <li key={fault}>
          <PlainText text={fault} />
        </li>
      ))}
    </ul>
  )
}

/** No real image has as many. */
const MAX_SHOWN = 200

export interface Pair {
  readonly name: ReactNode
  readonly value: ReactNode
}

/** Pairs that somebody else wrote, the first two hundred until all are asked for: names in a column as wide as they need, up to a limit. */
export function Pairs({ title, pairs }: { title: string; pairs: readonly Pair[] }) {
  const { shown, more } = useFirst(pairs, MAX_SHOWN, 'entries')
  if (pairs.length === 0) return null
  return (
    <>
      <h2>{title}</h2>
      <dl className={styles.pairs}>
        {shown.map(({ name, value }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, and the list never changes
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {more}
    </>
  )
}
