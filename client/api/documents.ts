// JSON documents as the registry keeps them: exact bytes, their text, and what JSON.parse makes of it.

import { queryOptions } from '@tanstack/react-query'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { fetchBytes, MAX_DOCUMENT_BYTES } from './http.ts'

export interface RegistryDocument {
  /** What a digest is taken of. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly text: string
  /** Not yet looked at; undefined where the text is no JSON. */
  readonly value: unknown
}

/** Reads bytes that anybody may have pushed. Never throws: what is no JSON has no value. */
export function readDocument(bytes: Uint8Array<ArrayBuffer>): RegistryDocument {
  const text = new TextDecoder().decode(bytes)
  try {
    return { bytes, text, value: JSON.parse(text) as unknown }
  } catch {
    return { bytes, text, value: undefined }
  }
}

/** A blob that is shown, such as an image's config; at most 4 MiB. What a digest names never changes. */
export const blobOf = (repository: Repository, digest: Digest) =>
  queryOptions({
    queryKey: ['blob', repository, digest],
    queryFn: async ({ signal }) => {
      const path = `v2/${repository}/blobs/${digest}`
      return readDocument(
        (await fetchBytes(path, { signal, accept: '*/*', maxBytes: MAX_DOCUMENT_BYTES })).bytes,
      )
    },
    staleTime: Number.POSITIVE_INFINITY,
    // compared member by member for nothing: it never changes
    structuralSharing: false,
  })
