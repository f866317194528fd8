import { useQuery } from '@tanstack/react-query'
import { artifactKindOf } from '../../../shared/oci/artifact-kind.ts'
import { noteOf, readNotes } from '../../../shared/oci/image-notes.ts'
import { compressedSize, type ImageManifest, type ParsedManifest } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { blobOf } from '../../api/documents.ts'
import type { FetchedManifest } from '../../api/manifests.ts'
import { formatBytes } from '../../ui/format.ts'
import { RelativeTime } from '../../ui/relative-time.tsx'
import { ShortDigest } from './digest.tsx'
import styles from './image.module.css'
import { configOf } from './image-config.ts'

interface CreatedProps {
  readonly repository: Repository
  readonly top: ParsedManifest
  readonly manifest: ImageManifest
}

/** When an image was made stands in its config; else, and of an artifact, in what is said about it. */
function Created({ repository, top, manifest }: CreatedProps) {
  const { isImage } = artifactKindOf(manifest)
  const query = useQuery({ ...blobOf(repository, manifest.config.digest), enabled: isImage })
  const config = isImage ? configOf(query.data) : undefined
  const around = top.kind === 'index' ? top.annotations : {}
  const notes = readNotes(manifest.annotations, config?.labels ?? {}, around)
  const created = config?.created ?? noteOf(notes, 'Created')
  if (query.isLoading) return <span className={styles.pending} aria-hidden />
  return created === undefined ? null : (
    <span>
      created{' '}
      <b>
        <RelativeTime time={created} />
      </b>
    </span>
  )
}

interface ImageSummaryProps {
  readonly repository: Repository
  /** What the reference names. */
  readonly top: FetchedManifest
  /** The image in view: of an index, the chosen platform's. Undefined while it loads, or where there is none. */
  readonly manifest: ImageManifest | undefined
  readonly isLoading: boolean
}

/** One line: how much there is to download, how old it is, which digest. */
export function ImageSummary({ repository, top, manifest, isLoading }: ImageSummaryProps) {
  const isIndex = top.manifest.kind === 'index'
  const kind = manifest && artifactKindOf(manifest)
  return (
    <div className={styles.summary}>
      {kind !== undefined && !kind.isImage && (
        <span>
          <b>{kind.name}</b>
        </span>
      )}
      {manifest === undefined ? (
        isLoading && <span className={styles.pending} aria-hidden />
      ) : (
        <span>
          <b>{formatBytes(compressedSize(manifest))}</b> {kind?.isImage ? 'compressed' : 'in all'}
        </span>
      )}
      {manifest !== undefined && <Created repository={repository} top={top.manifest} manifest={manifest} />}
      {top.digest !== undefined && (
        <span className={styles.named}>
          {isIndex ? 'index' : 'digest'}{' '}
          <ShortDigest digest={top.digest} label={isIndex ? 'the index digest' : 'the digest'} />
        </span>
      )}
    </div>
  )
}
