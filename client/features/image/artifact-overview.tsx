import { shortDigest } from '../../../shared/oci/digest.ts'
import type { Descriptor, ImageManifest } from '../../../shared/oci/manifest.ts'
import { formatBytes } from '../../ui/format.ts'
import styles from './image.module.css'

/** For what is no image: its parts, by type and size. */
export function ArtifactOverview({ manifest }: { manifest: ImageManifest }) {
  const parts: [string, Descriptor][] = [
    ['config', manifest.config],
    ...manifest.layers.map((layer): [string, Descriptor] => ['layer', layer]),
  ]
  return (
    <>
      <p className={styles.note}>
        This is no image but an artifact of type{' '}
        <code>{manifest.artifactType ?? manifest.config.mediaType}</code>.
      </p>
      <table className={styles.layers}>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Type</th>
            <th scope="col">Digest</th>
            <th scope="col" className={styles.right}>
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {parts.map(([name, part], index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts may repeat, and their order is what they are
            <tr key={index}>
              <td>{part.annotations?.['org.opencontainers.image.title'] ?? name}</td>
              <td>
                <code>{part.mediaType}</code>
              </td>
              <td>
                <code title={part.digest}>{shortDigest(part.digest)}</code>
              </td>
              <td className={styles.right}>{formatBytes(part.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}
