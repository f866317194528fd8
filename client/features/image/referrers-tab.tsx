import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { artifactKindOf, artifactTypeName } from '../../../shared/oci/artifact-kind.ts'
import { type Digest, shortDigest } from '../../../shared/oci/digest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { type FoundBy, type Referrer, referrerDate } from '../../../shared/oci/referrers.ts'
import { manifestOf } from '../../api/manifests.ts'
import { referencePath } from '../../paths.ts'
import { Loading, Notice } from '../../ui/notice.tsx'
import { PlainText, spellSigns } from '../../ui/plain-text.tsx'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { ManifestSize } from './manifest-size.tsx'
import styles from './referrers.module.css'

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
const MAX_ANNOTATIONS = 6

/** Lists name neither kind nor predicate of what BuildKit and others attach: its manifest does. */
function useKind(
  repository: Repository,
  { artifactType, digest }: Referrer,
): readonly [name: string, details: readonly string[]] {
  const named = artifactTypeName(artifactType ?? '')
  const query = useQuery({
    ...manifestOf(repository, digest),
    enabled: named === undefined || /attest/i.test(named),
  })
  const manifest = query.data?.manifest
  if (manifest?.kind !== 'manifest') return [named ?? artifactType ?? 'Manifest', []]
  const { name, type } = artifactKindOf(manifest)
  const predicates = manifest.layers.flatMap(
    ({ annotations }) => annotations?.['in-toto.io/predicate-type'] ?? [],
  )
  return [name === 'Artifact' ? type : name, [...new Set(predicates)].slice(0, 5)]
}

interface ReferrerRowProps {
  readonly repository: Repository
  readonly referrer: Referrer
  /** What it refers to, in words; undefined where there is no choice. */
  readonly about: string | undefined
}

function ReferrerRow({ repository, referrer, about }: ReferrerRowProps) {
  const [name, predicates] = useKind(repository, referrer)
  const { digest, size, annotations, foundBy, artifactType } = referrer
  const created = referrerDate(referrer)
  const shown = Object.entries(annotations).filter(([key]) => !HIDDEN.includes(key))
  return (
    <li>
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

interface ReferrersTabProps {
  readonly repository: Repository
  readonly referrers: readonly Referrer[]
  readonly isLoading: boolean
  readonly hasFailed: boolean
  /** What each subject is called; empty where there is one only. */
  readonly names: ReadonlyMap<Digest, string>
}

/** Signatures, SBOMs and statements about what is open, each with its own page. */
export function ReferrersTab({ repository, referrers, isLoading, hasFailed, names }: ReferrersTabProps) {
  if (referrers.length === 0 && isLoading) return <Loading what="referrers" />
  if (referrers.length === 0)
    return hasFailed ? null : (
      <Notice title="Nothing refers to this">
        <p>
          No signature, SBOM or attestation is known: not by the referrers API or its fallback tag, not by
          cosign’s tags, not in the index.
        </p>
      </Notice>
    )
  return (
    <>
      <ul className={styles.list} aria-label="Referrers">
        {referrers.slice(0, 500).map((referrer) => (
          <ReferrerRow
            key={referrer.digest}
            repository={repository}
            referrer={referrer}
            about={names.get(referrer.subject)}
          />
        ))}
      </ul>
      {referrers.length > 500 && <p className={styles.more}>and {referrers.length - 500} more</p>}
      {isLoading && <Loading what="more referrers" />}
    </>
  )
}
