import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Link } from 'react-router'
import {
  type ArtifactKindId,
  artifactKindOf,
  artifactTypeId,
  artifactTypeLabel,
} from '../../../shared/oci/artifact-kind.ts'
import { type Digest, shortDigest } from '../../../shared/oci/digest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { type FoundBy, type Referrer, referrerDate } from '../../../shared/oci/referrers.ts'
import { explain } from '../../api/explain.ts'
import { manifestOf } from '../../api/manifests.ts'
import controls from '../../components/controls.module.css'
import { Loading, Notice } from '../../components/notice.tsx'
import { PlainText, spellSigns } from '../../components/plain-text.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { useFirst } from '../../components/use-first.tsx'
import { referencePath } from '../../lib/paths.ts'
import { useRestedInView } from '../../lib/use-rested-in-view.ts'
import { Faults, ManifestSize, manifestListStyles as styles } from '../image/index.ts'
import type { FoundReferrers } from './use-referrers.ts'

const FOUND: Readonly<Record<FoundBy, string>> = {
  'referrers API': 'by the referrers API',
  'fallback tag': 'by the fallback tag',
  'cosign tag': 'by its cosign tag',
  'in the index': 'in the index',
}
/** Shown elsewhere in the row, or made for programs. */
const HIDDEN = [
  'org.opencontainers.image.created',
  'vnd.docker.reference.digest',
  'vnd.docker.reference.type',
  'dev.cosignproject.cosign/signature',
  'dev.sigstore.cosign/certificate',
  'dev.sigstore.cosign/chain',
  'dev.sigstore.cosign/bundle',
]
/** Statements whose manifests name their predicate, which lists do not. */
const HAS_PREDICATE: readonly ArtifactKindId[] = ['attestation', 'in-toto-attestation']
const MAX_ANNOTATIONS = 6
const STEP = 100
/** About a screenful. */
const EARLY = 12

/**
 * What a referrer is: lists name neither kind nor predicate of what BuildKit and others attach, its manifest does.
 *
 * @param mayAsk  not for hundreds at once.
 */
function useKind(
  repository: Repository,
  { artifactType, digest }: Referrer,
  mayAsk: boolean,
): readonly [name: string, details: readonly string[]] {
  const type = artifactTypeId(artifactType ?? '')
  const label = artifactTypeLabel(artifactType ?? '')
  const query = useQuery({
    ...manifestOf(repository, digest),
    enabled: mayAsk && (type === undefined || HAS_PREDICATE.includes(type)),
  })
  const manifest = query.data?.manifest
  if (manifest?.kind !== 'manifest') return [label ?? artifactType ?? 'Manifest', []]
  const kind = artifactKindOf(manifest)
  const predicates = manifest.layers.flatMap(
    ({ annotations }) => annotations?.['in-toto.io/predicate-type'] ?? [],
  )
  return [kind.id === 'artifact' ? kind.type : kind.label, [...new Set(predicates)].slice(0, 5)]
}

interface ReferrerRowProps {
  readonly repository: Repository
  readonly referrer: Referrer
  /** What it refers to, in words; undefined where there is no choice. */
  readonly about: string | undefined
  /** Whether it is one of the first, whose manifests are asked for at once; the others' when they are in view. */
  readonly isEarly: boolean
}

function ReferrerRow({ repository, referrer, about, isEarly }: ReferrerRowProps) {
  const row = useRef<HTMLLIElement>(null)
  const isInView = useRestedInView(row)
  const [name, predicates] = useKind(repository, referrer, isEarly || isInView)
  const { digest, size, annotations, foundBy, artifactType } = referrer
  const created = referrerDate(referrer)
  const shown = Object.entries(annotations).filter(([key]) => !HIDDEN.includes(key))
  return (
    <li ref={row}>
      <Link to={referencePath({ repository, digest })} title={artifactType && spellSigns(artifactType)}>
        <PlainText text={name} limit={120} />
      </Link>
      <ManifestSize bytes={size} />
      <span className={styles.detail}>
        <code title={digest}>{shortDigest(digest)}</code>
        {created !== undefined && <RelativeTime time={created} />}
        <span>{foundBy.map((way) => FOUND[way]).join(', ')}</span>
        {about !== undefined && (
          <span>
            about <PlainText text={about} limit={120} />
          </span>
        )}
      </span>
      {(predicates.length > 0 || shown.length > 0) && (
        <span className={styles.annotations}>
          {predicates.map((predicate) => (
            <span key={predicate}>
              <PlainText text={predicate} limit={160} />
            </span>
          ))}
          {shown.slice(0, MAX_ANNOTATIONS).map(([key, value]) => (
            <span key={key}>
              <PlainText text={`${key}=${value}`} limit={160} />
            </span>
          ))}
          {shown.length > MAX_ANNOTATIONS && (
            <span>and {shown.length - MAX_ANNOTATIONS} more annotations</span>
          )}
        </span>
      )}
    </li>
  )
}

/** Said only where every place was asked to its end. */
function Nothing({ isComplete }: { isComplete: boolean }) {
  return isComplete ? (
    <Notice title="Nothing refers to this">
      <p>
        No signature, SBOM or attestation is known: not by the referrers API or its fallback tag, not by
        cosign’s tags, not in the index.
      </p>
    </Notice>
  ) : (
    <p className={styles.more}>Nothing was found so far; whether there is more is not known.</p>
  )
}

/** What the registry itself does not say: no cause for alarm, since clients keep the same under tags. */
function Unasked({ found: { unasked, hasApi, retry } }: { found: FoundReferrers }) {
  if (unasked.length > 0)
    return unasked.map((error) => {
      const { hint } = explain(error)
      return (
        <div key={hint} className={styles.more}>
          <p>The referrers API could not be read. {hint} Tags and the index were read instead.</p>
          <button type="button" className={controls.plain} onClick={retry}>
            Try again
          </button>
        </div>
      )
    })
  return hasApi ? null : (
    <p className={styles.more}>This registry has no referrers API. Tags and the index were read instead.</p>
  )
}

interface ReferrersTabProps {
  readonly repository: Repository
  readonly found: FoundReferrers
  /** What each subject is called; empty where there is one only. */
  readonly names: ReadonlyMap<Digest, string>
}

/** Signatures, SBOMs and statements about what is open, each with its own page. */
export function ReferrersTab({ repository, found, names }: ReferrersTabProps) {
  const { referrers, isLoading, isComplete, truncated, problems } = found
  const { shown, more } = useFirst(referrers, STEP, 'referrers')
  if (referrers.length === 0 && isLoading) return <Loading what="referrers" />
  return (
    <>
      <Faults faults={problems} />
      {referrers.length === 0 ? (
        <Nothing isComplete={isComplete} />
      ) : (
        <ul className={styles.list} aria-label="Referrers">
          {shown.map((referrer, at) => (
            <ReferrerRow
              key={referrer.digest}
              repository={repository}
              referrer={referrer}
              about={names.get(referrer.subject)}
              isEarly={at < EARLY}
            />
          ))}
        </ul>
      )}
      {more}
      {truncated && (
        <p className={styles.more}>
          The registry’s list goes on: Gantry stopped reading it here, and there may be others.
        </p>
      )}
      <Unasked found={found} />
      {isLoading && <Loading what="more referrers" />}
    </>
  )
}
