import { formatReference, type Reference } from '../../../shared/oci/reference.ts'
import styles from './reference-title.module.css'

/** A digest is of no use to the eye beyond its beginning: cut by style, so that the whole can be selected. */
export function ReferenceTitle({ reference: { digest, ...named } }: { reference: Reference }) {
  if (digest === undefined) return formatReference(named)
  return (
    <span className={styles.title}>
      <span>{formatReference(named)}@</span>
      <span title={digest}>{digest}</span>
    </span>
  )
}
