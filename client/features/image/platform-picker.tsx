import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { artifactTypeLabel } from '../../../shared/oci/artifact-kind.ts'
import { shortDigest } from '../../../shared/oci/digest.ts'
import { isIndex } from '../../../shared/oci/media-types.ts'
import type { PlatformImage } from '../../../shared/oci/platforms.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { manifestOf } from '../../api/manifests.ts'
import { PlainLine } from '../../components/plain-text.tsx'
import { ShortDigest } from './digest.tsx'
import styles from './image.module.css'

/** More would push the page out of sight; the rest is one click away. */
const MAX_SHOWN = 10
/** As many more with each click. */
const STEP = 100

/** What an entry without a platform is known by. */
function labelOf({ label, descriptor }: PlatformImage): string {
  if (descriptor.platform !== undefined) return label.slice(0, 120)
  const { annotations, mediaType, artifactType, digest } = descriptor
  const name =
    annotations?.['org.opencontainers.image.ref.name'] ?? annotations?.['org.opencontainers.image.title']
  const kind = isIndex(mediaType) ? 'index' : (artifactTypeLabel(artifactType ?? '') ?? 'manifest')
  return `${kind} ${name ?? shortDigest(digest)}`.slice(0, 80)
}

interface PlatformLinkProps {
  readonly repository: Repository
  readonly image: PlatformImage
  readonly isChosen: boolean
}

/** Marked where its manifest is missing, once that is known: nothing is asked for here. */
function PlatformLink({ repository, image, isChosen }: PlatformLinkProps) {
  const [search] = useSearchParams()
  const isMissing = useQuery({ ...manifestOf(repository, image.descriptor.digest), enabled: false }).isError
  const params = new URLSearchParams(search)
  params.set('platform', image.label)
  params.delete('doc')
  return (
    <Link
      to={{ search: `?${params}` }}
      replace
      title={image.descriptor.digest}
      data-missing={isMissing}
      aria-current={isChosen ? 'true' : undefined}
    >
      <PlainLine text={labelOf(image)} />
      {isMissing && <small> cannot be read</small>}
    </Link>
  )
}

interface PlatformPickerProps {
  readonly repository: Repository
  readonly images: readonly PlatformImage[]
  readonly chosen: PlatformImage
}

/** The images of an index, one of them chosen. */
export function PlatformPicker({ repository, images, chosen }: PlatformPickerProps) {
  const [limit, setLimit] = useState(MAX_SHOWN)
  // a button in place of a single one would save nothing
  const count = images.length === limit + 1 ? images.length : limit
  const left = images.length - count
  return (
    <div className={styles.platforms}>
      <nav aria-label="Platforms">
        {images
          .filter(({ label }, index) => index < count || label === chosen.label)
          .map((image) => (
            <PlatformLink
              key={image.label}
              repository={repository}
              image={image}
              isChosen={image.label === chosen.label}
            />
          ))}
        {left > 0 && (
          <button type="button" onClick={() => setLimit(count + STEP)}>
            {left > STEP && `${STEP} of `}
            {left.toLocaleString('en')} more
          </button>
        )}
      </nav>
      <ShortDigest digest={chosen.descriptor.digest} label="the platform digest" withAlgorithm />
    </div>
  )
}
