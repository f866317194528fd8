import { formatBytes } from '../../lib/format.ts'
import styles from './manifest-list.module.css'

/** The size that a descriptor names is the document's: without the word it would read as the artifact's. */
export function ManifestSize({ bytes }: { bytes: number | undefined }) {
  return (
    <span className={styles.size} title="The manifest alone, without what it names">
      manifest {bytes === undefined ? 'of unknown size' : formatBytes(bytes)}
    </span>
  )
}
