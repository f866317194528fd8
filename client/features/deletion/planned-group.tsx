import type { ReactNode } from 'react'
import type { PlannedManifest, PlannedReferrer } from '../../../shared/api/deletion.ts'
import { parseDigest, shortDigest } from '../../../shared/oci/digest.ts'
import { MiddleCut } from '../../components/middle-cut.tsx'
import { PlainText, spellSigns } from '../../components/plain-text.tsx'
import { useFirst } from '../../components/use-first.tsx'
import styles from './plan.module.css'

/** So many names of one manifest are written out at once. */
const STEP = 40

const short = (digest: string) => {
  const parsed = parseDigest(digest)
  return parsed === undefined ? digest : shortDigest(parsed)
}

interface NamesProps {
  readonly label: string
  /** `goes`: as asked. `too`: goes without having been asked for. */
  readonly fate: 'goes' | 'too' | 'stays'
  readonly tags: readonly string[]
}

export function Names({ label, fate, tags }: NamesProps) {
  const { shown, more } = useFirst(tags, STEP, 'tags')
  if (tags.length === 0) return null
  return (
    <div className={styles.fate} data-fate={fate}>
      <dt>{label}</dt>
      <dd>
        <ul className={styles.names}>
          {shown.map((tag) => (
            <li key={tag} title={tag}>
              <MiddleCut text={tag} />
            </li>
          ))}
        </ul>
        {more}
      </dd>
    </div>
  )
}

function Referrers({ referrers }: { referrers: readonly PlannedReferrer[] }) {
  const { shown, more } = useFirst(referrers, STEP, 'referrers')
  if (referrers.length === 0) return null
  return (
    <div className={styles.fate} data-fate="left">
      <dt>points to nothing</dt>
      <dd>
        <ul className={styles.referrers}>
          {shown.map(({ type, digest, tag }) => (
            <li key={`${type} ${digest} ${tag}`}>
              <PlainText text={type} limit={80} />{' '}
              <code title={tag ?? digest}>
                {tag === undefined ? digest && short(digest) : <MiddleCut text={tag} />}
              </code>
            </li>
          ))}
        </ul>
        {more}
      </dd>
    </div>
  )
}

/** One thing that loses its tags, under what it is called. */
export function Group({ heading, children }: { heading: ReactNode; children: ReactNode }) {
  return (
    <li className={styles.group}>
      <h3>{heading}</h3>
      <dl>{children}</dl>
    </li>
  )
}

interface PlannedGroupProps {
  readonly manifest: PlannedManifest
  readonly mode: 'tag' | 'digest'
}

/** A manifest, and what becomes of each of its tags. */
export function PlannedGroup({ manifest, mode }: PlannedGroupProps) {
  const { digest, asked, others, imageOf = [], platforms, referrers } = manifest
  const heading = (
    <>
      <code title={digest}>{short(digest)}</code>
      {platforms.length > 0 && <small title={spellSigns(platforms.join(', '))}>{platforms.join(', ')}</small>}
    </>
  )
  return (
    <Group heading={heading}>
      <Names label="goes" fate="goes" tags={asked} />
      {mode === 'digest' ? (
        <Names label="goes too, not asked for" fate="too" tags={others} />
      ) : (
        <Names label="stays" fate="stays" tags={others} />
      )}
      {mode === 'digest' && <Names label="loses this part" fate="too" tags={imageOf} />}
      <Referrers referrers={referrers} />
    </Group>
  )
}
