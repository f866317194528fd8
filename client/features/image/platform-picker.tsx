import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { artifactTypeName } from '../../../shared/oci/artifact-kind.ts'
import { shortDigest } from '../../../shared/oci/digest.ts'
import { isIndex } from '../../../shared/oci/media-types.ts'
import type { PlatformImage } from '../../../shared/oci/platforms.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { manifestOf } from '../../api/manifests.ts'
import { PlainLine } from '../../ui/plain-text.tsx'
import { ShortDigest } from './digest.tsx'
import styles from './image.module.css'

/** More would push the page out of sight; the rest is one click away. */
const MAX_SHOWN = 10

/** What an entry without a platform is known by. */
function labelOf({ label, descriptor }: PlatformImage): string {
  if (descriptor.platform !== undefined) return label.slice(0, 120)
  const { annotations, mediaType, artifactType, digest } = descriptor
  const name =
    annotations?.['org.opencontainers.image.ref.name'] ?? annotations?.['org.opencontainers.image.title']
  const kind = isIndex(mediaType) ? 'index' : (artifactTypeName(artifactType ?? '') ?? 'manifest')
  return `${kind} ${name ?? shortDigest(digest)}`.slice(0, 80)
}

interface PlatformPickerProps {
  readonly repository: Repository
  readonly images: readonly PlatformImage[]
  readonly chosen: PlatformImage
}

/** The images of an index, one of them chosen; one whose manifest is missing is marked as soon as that is known. */
export function PlatformPicker({ repository, images, chosen }: PlatformPickerProps) {
  const [search] = useSearchParams()
  const [showsAll, setShowsAll] = useState(false)
  const states = useQueries({
    queries: images.map(({ descriptor }) => ({
      ...manifestOf(repository, descriptor.digest),
      enabled: false,
    })),
  })
  const folds = images.length > MAX_SHOWN + 1 && !showsAll
  return (
    <div className={styles.platforms}>
      <nav aria-label="Platforms">
        {images.map((image, index) => {
          if (folds && index >= MAX_SHOWN && image.label !== chosen.label) return null
          const isMissing = states[index]?.isError === true
          const params = new URLSearchParams(search)
          params.set('platform', image.label)
          params.delete('doc')
          return (
            <Link
              key={image.label}
              to={{ search: `?${params}` }}
              replace
              title={image.descriptor.digest}
              data-missing={isMissing}
              aria-current={image.label === chosen.label ? 'true' : undefined}
            >
              <PlainLine text={labelOf(image)} />
              {isMissing && <small> cannot be read</small>}
            </Link>
          )
        })}
        {folds && (
          <button type="button" onClick={() => setShowsAll(true)}>
            {images.length - MAX_SHOWN} more
          </button>
        )}
      </nav>
      <ShortDigest digest={chosen.descriptor.digest} label="the platform digest" withAlgorithm />
    </div>
  )
}
