// Manifests by tag or digest.

import { queryOptions } from '@tanstack/react-query'
import { type Digest, parseDigest } from '../../shared/oci/digest.ts'
import { type ParsedManifest, parseManifest } from '../../shared/oci/manifest.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { type RegistryDocument, readDocument } from './documents.ts'
import { fetchBytes, MAX_DOCUMENT_BYTES } from './http.ts'

export interface FetchedManifest extends RegistryDocument {
  /** By which it was asked for, else as the registry names it; undefined if neither. Not held against the bytes. */
  readonly named: Digest | undefined
  /** The same; of a manifest that nobody names, as its bytes have it. Undefined for schema 1, whose bytes are not what is named. */
  readonly digest: Digest | undefined
  readonly mediaType: string
  readonly manifest: ParsedManifest
}

/** Where its code does not come over the network, the page goes without. */
async function computedDigest(bytes: Uint8Array): Promise<Digest | undefined> {
  const { digestOf } = await import('./digest-of.ts').catch(() => ({ digestOf: () => undefined }))
  return parseDigest(digestOf(bytes, 'sha256') ?? '')
}

async function fetchManifest(
  repository: Repository,
  reference: string,
  signal: AbortSignal,
): Promise<FetchedManifest> {
  const { bytes, headers } = await fetchBytes(`v2/${repository}/manifests/${reference}`, {
    signal,
    accept: ACCEPT_MANIFESTS,
    maxBytes: MAX_DOCUMENT_BYTES,
  })
  const contentType = headers.get('content-type') ?? undefined
  const document = readDocument(bytes)
  const manifest = parseManifest(document.value, contentType)
  const named = parseDigest(reference) ?? parseDigest(headers.get('docker-content-digest') ?? '')
  const isComputed = named === undefined && manifest.kind !== 'unsupported'
  const digest = isComputed ? await computedDigest(bytes) : named
  return { ...document, named, digest, mediaType: contentType ?? '', manifest }
}

/** @param reference  a tag or a digest; what a digest names never changes. */
export const manifestOf = (repository: Repository, reference: string) =>
  queryOptions({
    queryKey: ['manifest', repository, reference],
    queryFn: ({ signal }) => fetchManifest(repository, reference, signal),
    structuralSharing: false,
    ...(reference.includes(':') && { staleTime: Number.POSITIVE_INFINITY }),
  })
