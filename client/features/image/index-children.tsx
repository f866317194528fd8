import { Link } from 'react-router'
import { artifactTypeLabel } from '../../../shared/oci/artifact-kind.ts'
import { shortDigest } from '../../../shared/oci/digest.ts'
import {
  type Descriptor,
  type ImageIndex,
  isAttestation,
  isOpenable,
  platformLabel,
} from '../../../shared/oci/manifest.ts'
import { isIndex } from '../../../shared/oci/media-types.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { Notice } from '../../components/notice.tsx'
import { PlainText } from '../../components/plain-text.tsx'
import { useFirst } from '../../components/use-first.tsx'
import { referencePath } from '../../lib/paths.ts'
import { Faults } from './manifest-info.tsx'
import styles from './manifest-list.module.css'
import { ManifestSize } from './manifest-size.tsx'
import { fileName, type PartRow, PartsTable } from './parts-table.tsx'

function kindOf(child: Descriptor): string {
  if (isAttestation(child)) return 'Attestation'
  if (child.platform !== undefined) return platformLabel(child.platform)
  if (isIndex(child.mediaType)) return 'Index'
  return artifactTypeLabel(child.artifactType ?? '') ?? child.artifactType ?? 'Manifest'
}

const STEP = 100

/** What lies in an index itself, as in BuildKit's cache: content, with no page of its own. */
function partOf({ mediaType, digest, size }: Descriptor): PartRow {
  const name = artifactTypeLabel(mediaType) ?? 'Content'
  return { name, mediaType, digest, size, file: fileName(shortDigest(digest)) }
}

/** An index as what it lists, each entry a link to its own page: nothing is followed by itself, so circles do no harm. */
export function IndexChildren({ repository, index }: { repository: Repository; index: ImageIndex }) {
  const children = index.manifests.filter(isOpenable)
  const contents = index.manifests.filter((child) => !isOpenable(child))
  const { shown, more } = useFirst(children, STEP, 'manifests')
  if (index.manifests.length === 0)
    return (
      <>
        <Faults faults={index.problems} />
        <Notice title="An empty index">
          <p>It names no manifests.</p>
        </Notice>
      </>
    )
  return (
    <>
      <Faults faults={index.problems} />
      <PartsTable title="Contents" repository={repository} parts={contents.map(partOf)} />
      {children.length > 0 && <h2>Manifests</h2>}
      <ul className={styles.list} aria-label="Manifests" hidden={children.length === 0}>
        {shown.map((child, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: entries may repeat, and their order is what they are
          <li key={at}>
            <Link to={referencePath({ repository, digest: child.digest })}>
              <PlainText text={kindOf(child)} limit={120} />
            </Link>
            <ManifestSize bytes={child.size} />
            <span className={styles.detail}>
              <code title={child.digest}>{shortDigest(child.digest)}</code>
              <span>
                <PlainText text={child.mediaType || 'no media type'} limit={120} />
              </span>
            </span>
          </li>
        ))}
      </ul>
      {more}
    </>
  )
}
