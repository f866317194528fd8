import { type Digest, shortDigest } from '../../../shared/oci/digest.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import styles from './digest.module.css'

interface ShortDigestProps {
  readonly digest: Digest
  /** What it is the digest of, for those who cannot see it: `the index digest`. */
  readonly label: string
  /** With `sha256:` before it. */
  readonly withAlgorithm?: boolean
}

/** Twelve characters for the eye, the whole on hover and for the clipboard. */
export function ShortDigest({ digest, label, withAlgorithm = false }: ShortDigestProps) {
  const algorithm = digest.slice(0, digest.indexOf(':') + 1)
  return (
    <span className={styles.digest}>
      <code title={digest}>{`${withAlgorithm ? algorithm : ''}${shortDigest(digest)}`}</code>
      <CopyButton text={digest} label={label} />
    </span>
  )
}
