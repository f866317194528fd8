import { CircleAlert, CircleCheck } from 'lucide-react'
import { useMemo } from 'react'
import type { Digest } from '../../../shared/oci/digest.ts'
import { digestOf } from '../../api/digest-of.ts'
import styles from './verified-digest.module.css'

/** Whether it is a schema 1 manifest with signatures in it: its digest is taken of the rest, as it stood before. */
export function isSignedSchema1(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { schemaVersion, signatures } = value as Record<string, unknown>
  return schemaVersion === 1 && Array.isArray(signatures) && signatures.length > 0
}

interface VerifiedDigestProps {
  readonly bytes: Uint8Array
  /** What the bytes were named; undefined if by a tag only. */
  readonly digest: Digest | undefined
  /** Whether the digest is that of a part of the bytes only. */
  readonly isSigned: boolean
}

/** The digest of the bytes that are shown, recomputed here and held against the one they were asked for by. */
export function VerifiedDigest({ bytes, digest, isSigned }: VerifiedDigestProps) {
  const algorithm = digest?.slice(0, digest.indexOf(':')) ?? 'sha256'
  const computed = useMemo(() => digestOf(bytes, algorithm), [bytes, algorithm])
  if (computed === undefined)
    return <p className={styles.verdict}>The digest cannot be checked: {algorithm} is not known here.</p>
  if (digest === undefined)
    return (
      <p className={styles.verdict}>
        <code>{computed}</code> by these bytes; the registry names none.
      </p>
    )
  if (computed === digest)
    return (
      <p className={styles.verdict} data-verdict="good">
        <CircleCheck size={14} aria-hidden />
        <span>The bytes match</span>
        <code title={computed}>{computed}</code>
      </p>
    )
  if (isSigned)
    return (
      <p className={styles.verdict}>
        The digest cannot be checked for schema 1 with signatures: it is taken of the manifest without them.
      </p>
    )
  return (
    <div className={styles.verdict} data-verdict="bad" role="alert">
      <CircleAlert size={14} aria-hidden />
      <span>
        The bytes shown do not match their digest. Named: <code>{digest}</code>. Computed:{' '}
        <code>{computed}</code>.
      </span>
    </div>
  )
}
