// What an image's page needs, one after the other: its manifest, its platform's, its config.

import type { QueryClient } from '@tanstack/react-query'
import { hasImageConfig } from '../../shared/oci/artifact-kind.ts'
import type { ImageIndex } from '../../shared/oci/manifest.ts'
import { type PlatformImage, platformsOf } from '../../shared/oci/platforms.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { blobOf } from './documents.ts'
import { manifestOf } from './manifests.ts'

/** The platform of this name, or else the first. */
export function choosePlatform(index: ImageIndex, label: string | null): PlatformImage | undefined {
  const images = platformsOf(index)
  return images.find((image) => image.label === label) ?? images[0]
}

/**
 * Fetches ahead what the page of an image paints first: one request for an image whose digests are known, two for an
 * image, three for an index (the protocol names each digest in the document before). Without rendering in between,
 * and what is cached is not asked for.
 *
 * @param name  tag or digest.
 * @param platform  its label; null: the first.
 * @returns when it is there, or when something is missing: the page asks again and says so. Never rejects.
 */
export async function prefetchImage(
  queryClient: QueryClient,
  repository: Repository,
  name: string,
  platform: string | null,
): Promise<void> {
  try {
    let { manifest } = await queryClient.fetchQuery(manifestOf(repository, name))
    const chosen = manifest.kind === 'index' ? choosePlatform(manifest, platform) : undefined
    if (chosen !== undefined)
      manifest = (await queryClient.fetchQuery(manifestOf(repository, chosen.descriptor.digest))).manifest
    if (manifest.kind === 'manifest' && hasImageConfig(manifest))
      await queryClient.prefetchQuery(blobOf(repository, manifest.config.digest))
  } catch {
    // told of by the page
  }
}
