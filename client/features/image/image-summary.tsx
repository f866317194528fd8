import { useQuery } from '@tanstack/react-query'
import { createdOf } from '../../../shared/oci/annotations.ts'
import { artifactKindOf, isRunnable } from '../../../shared/oci/artifact-kind.ts'
import {
  compressedSize,
  type ImageManifest,
  type ParsedManifest,
  type RunnableImage,
  type TotalSize,
} from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { blobOf } from '../../api/documents.ts'
import type { FetchedManifest } from '../../api/manifests.ts'
import { RelativeTime } from '../../components/relative-time.tsx'
import { formatBytes } from '../../lib/format.ts'
import { ShortDigest } from './digest.tsx'
import styles from './image.module.css'
import { configOf, createdSources } from './image-config.ts'

interface CreatedProps {
  readonly repository: Repository
  readonly top: ParsedManifest
  readonly manifest: ImageManifest
}

function CreatedAt({ time }: { time: string | undefined }) {
  return time === undefined ? null : (
    <span>
      created{' '}
      <b>
        <RelativeTime time={time} />
      </b>
    </span>
  )
}

const annotationsOf = (top: ParsedManifest) => (top.kind === 'index' ? top.annotations : {})

/** When an image was made stands in its config; else in what is said about it. */
function ImageCreated({ repository, top, manifest }: CreatedProps & { manifest: RunnableImage }) {
  const query = useQuery(blobOf(repository, manifest.config.digest))
  if (query.isLoading) return <span className={styles.pending} aria-hidden />
  return <CreatedAt time={createdOf(createdSources(configOf(query.data), manifest, annotationsOf(top)))} />
}

function Created(props: CreatedProps) {
  const { top, manifest } = props
  if (isRunnable(manifest)) return <ImageCreated {...props} manifest={manifest} />
  return <CreatedAt time={createdOf(createdSources(undefined, manifest, annotationsOf(top)))} />
}

/** How much there is to download, as far as the manifest says. */
function Download({ size, isImage }: { size: TotalSize; isImage: boolean }) {
  const { bytes, isPartial } = size
  if (isPartial && bytes === 0)
    return <span title="The manifest does not say how large it is">size unknown</span>
  return (
    <span title={isPartial ? 'The manifest does not say how large all of it is' : undefined}>
      {isPartial && 'at least '}
      <b>{formatBytes(bytes)}</b> {isImage ? 'compressed' : 'in all'}
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
      {kind !== undefined && kind.id !== 'image' && (
        <span>
          <b>{kind.label}</b>
        </span>
      )}
      {manifest === undefined ? (
        isLoading && <span className={styles.pending} aria-hidden />
      ) : (
        <Download size={compressedSize(manifest)} isImage={kind?.id === 'image'} />
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
