// Manifests by tag or digest.

import { queryOptions } from '@tanstack/react-query'
import { type Digest, parseDigest } from '../../shared/oci/digest.ts'
import { type ParsedManifest, parseManifest } from '../../shared/oci/manifest.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { fetchText, MAX_DOCUMENT_BYTES, parseJson } from './http.ts'

export interface FetchedManifest {
  /** As the registry names it; undefined if it does not. */
  readonly digest: Digest | undefined
  readonly mediaType: string
  /** The exact text. */
  readonly text: string
  readonly manifest: ParsedManifest
}

async function fetchManifest(
  repository: Repository,
  reference: string,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const { text, headers } = await fetchText(`v2/${repository}/manifests/${reference}`, {
    signal,
    accept: ACCEPT_MANIFESTS,
    maxBytes: MAX_DOCUMENT_BYTES,
  })
  const contentType = headers.get('content-type') ?? undefined
  const value = parseJson(text)
  const named = parseDigest(headers.get('docker-content-digest') ?? '')
  return {
    digest: named ?? parseDigest(reference),
    mediaType: contentType ?? '',
    text,
    manifest: parseManifest(value, contentType),
  }
}

/** @param reference  a tag or a digest; what a digest names never changes. */
export const manifestOf = (repository: Repository, reference: string) =>
  queryOptions({
    queryKey: ['manifest', repository, reference],
    queryFn: ({ signal }) => fetchManifest(repository, reference, signal),
    ...(reference.includes(':') && { staleTime: Number.POSITIVE_INFINITY }),
  })
