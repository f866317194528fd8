// What an image's page needs: its manifest, its platform's, its config. One after the other, or at once where a
// table has told which they are.

import type { QueryClient } from '@tanstack/react-query'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import { isRunnable } from '../../shared/oci/artifact-kind.ts'
import { parseDigest } from '../../shared/oci/digest.ts'
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

/** Asks for what the tag led to when its summary was made. A guess: digests name the same bytes for good. */
function startNamed(
  queryClient: QueryClient,
  repository: Repository,
  platform: string | null,
  row: SummaryRow,
): void {
  if (row.error !== undefined) return
  const image = parseDigest(row.image ?? '')
  const config = parseDigest(row.config ?? '')
  // the summary of an index is about its first platform
  if (image !== undefined && platform !== null && platform !== row.platforms[0]) return
  if (image !== undefined) void queryClient.prefetchQuery(manifestOf(repository, image))
  if (config !== undefined) void queryClient.prefetchQuery(blobOf(repository, config))
}

/**
 * Fetches ahead what the page of an image paints first. The protocol names each digest in the document before: that
 * takes two requests in a row for an image and three for an index, without rendering in between. With a summary of
 * the tag they start at once, and where the tag has moved since, the rest follows as without. What is cached is not
 * asked for.
 *
 * @param name  tag or digest.
 * @param platform  its label; null: the first.
 * @param row  the tag's summary, however old; undefined if it is not known.
 * @returns when it is there, or when something is missing: the page asks again and says so. Never rejects.
 */
export async function prefetchImage(
  queryClient: QueryClient,
  repository: Repository,
  name: string,
  platform: string | null,
  row: SummaryRow | undefined,
): Promise<void> {
  try {
    const top = queryClient.fetchQuery(manifestOf(repository, name))
    if (row !== undefined) startNamed(queryClient, repository, platform, row)
    let { manifest } = await top
    const chosen = manifest.kind === 'index' ? choosePlatform(manifest, platform) : undefined
    if (chosen !== undefined)
      manifest = (await queryClient.fetchQuery(manifestOf(repository, chosen.descriptor.digest))).manifest
    if (manifest.kind === 'manifest' && isRunnable(manifest))
      await queryClient.prefetchQuery(blobOf(repository, manifest.config.digest))
  } catch {
    // told of by the page
  }
}
