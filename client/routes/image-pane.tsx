// The page of one image or artifact: lazy, since it is the heaviest.

import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import type { Digest } from '../../shared/oci/digest.ts'
import {
  compressedSize,
  type ImageIndex,
  type ImageManifest,
  type PlatformImage,
  platformsOf,
} from '../../shared/oci/manifest.ts'
import { isImageConfig } from '../../shared/oci/media-types.ts'
import { formatReference, type Reference, type Repository } from '../../shared/oci/reference.ts'
import { type FetchedManifest, manifestOf } from '../api/manifests.ts'
import { configQuery } from '../api/session.ts'
import { ArtifactOverview } from '../features/image/artifact-overview.tsx'
import styles from '../features/image/image.module.css'
import { ImageOverview } from '../features/image/image-overview.tsx'
import { PullCommand } from '../features/image/pull-command.tsx'
import { RawJson } from '../features/image/raw-json.tsx'
import { formatBytes } from '../ui/format.ts'
import { Notice } from '../ui/notice.tsx'
import { Pane } from '../ui/pane.tsx'
import { Part } from './part.tsx'

function ManifestView({
  repository,
  manifest,
  text,
}: {
  repository: Repository
  manifest: ImageManifest
  text: string
}) {
  return (
    <>
      {isImageConfig(manifest.config.mediaType) ? (
        <Part id={manifest.config.digest} what="the config">
          <ImageOverview repository={repository} manifest={manifest} />
        </Part>
      ) : (
        <ArtifactOverview manifest={manifest} />
      )}
      <RawJson title="Raw manifest" text={text} />
    </>
  )
}

function DigestLine({ name, digest }: { name: string; digest: Digest | undefined }) {
  return digest === undefined ? null : (
    <span>
      {name} <code>{digest}</code>
    </span>
  )
}

/** The image of one platform of an index. Its manifest may be missing although the index names it. */
function PlatformView({ repository, digest }: { repository: Repository; digest: Digest }) {
  const { manifest, text } = useSuspenseQuery(manifestOf(repository, digest)).data
  if (manifest.kind === 'manifest')
    return (
      <>
        <p className={styles.summary}>
          <span>
            <b>{formatBytes(compressedSize(manifest))}</b> compressed
          </span>
          <DigestLine name="platform" digest={digest} />
        </p>
        <ManifestView repository={repository} manifest={manifest} text={text} />
      </>
    )
  return (
    <>
      <Other manifest={manifest} />
      <RawJson title="Raw manifest" text={text} />
    </>
  )
}

/** What is neither image nor artifact that can be shown in parts. */
function Other({ manifest }: { manifest: Exclude<FetchedManifest['manifest'], ImageManifest> }) {
  if (manifest.kind === 'unsupported')
    return (
      <Notice title="Schema 1 is not supported any more">
        <p>
          This tag has Docker’s first manifest format. Pull and push it again with a current client to convert
          it.
        </p>
      </Notice>
    )
  if (manifest.kind === 'invalid')
    return (
      <Notice title="This is not a manifest that can be read" tone="bad">
        <p>{manifest.problem}. The raw document is below.</p>
      </Notice>
    )
  return (
    <Notice title="An index within an index">
      <p>It names {manifest.manifests.length} manifests; the raw document is below.</p>
    </Notice>
  )
}

/** The platform named by the URL, or else the first. */
function platformOf(index: ImageIndex, label: string | null): PlatformImage | undefined {
  const images = platformsOf(index)
  return images.find((image) => image.label === label) ?? images[0]
}

interface IndexViewProps {
  readonly repository: Repository
  readonly index: ImageIndex
  readonly chosen: PlatformImage | undefined
  readonly text: string
}

function IndexView({ repository, index, chosen, text }: IndexViewProps) {
  return (
    <>
      <nav className={styles.platforms} aria-label="Platforms">
        {platformsOf(index).map(({ label }) => (
          <Link
            key={label}
            to={{ search: `?${new URLSearchParams({ platform: label })}` }}
            replace
            aria-current={label === chosen?.label ? 'true' : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      {chosen === undefined ? (
        <Notice title="No platforms">
          <p>This index names no image.</p>
        </Notice>
      ) : (
        <Part id={chosen.descriptor.digest} what="the platform">
          <PlatformView repository={repository} digest={chosen.descriptor.digest} />
        </Part>
      )}
      <RawJson title="Raw index" text={text} />
    </>
  )
}

export function ImagePane({ reference, name }: { reference: Reference; name: string }) {
  const { digest, manifest, text } = useSuspenseQuery(manifestOf(reference.repository, name)).data
  const host = useQuery(configQuery).data?.registry
  const full = `${host === undefined ? '' : `${host}/`}${formatReference(reference)}`
  const [search] = useSearchParams()
  const chosen = manifest.kind === 'index' ? platformOf(manifest, search.get('platform')) : undefined
  const isReadable = manifest.kind === 'manifest' || manifest.kind === 'index'
  return (
    <Pane title={formatReference(reference)} level={1} isReference>
      <div className={styles.body}>
        <p className={styles.summary}>
          {manifest.kind === 'manifest' && (
            <span>
              <b>{formatBytes(compressedSize(manifest))}</b> compressed
            </span>
          )}
          <DigestLine name={manifest.kind === 'index' ? 'index' : 'digest'} digest={digest} />
        </p>
        {isReadable && (
          <PullCommand reference={full} platform={search.has('platform') ? chosen?.label : undefined} />
        )}
        {manifest.kind === 'index' && (
          <IndexView repository={reference.repository} index={manifest} chosen={chosen} text={text} />
        )}
        {manifest.kind === 'manifest' && (
          <ManifestView repository={reference.repository} manifest={manifest} text={text} />
        )}
        {!isReadable && (
          <>
            <Other manifest={manifest} />
            <RawJson title="Raw document" text={text} />
          </>
        )}
      </div>
    </Pane>
  )
}
