// Blobs that are shown: image configs.

import { queryOptions } from '@tanstack/react-query'
import type { Digest } from '../../shared/oci/digest.ts'
import { type ImageConfig, parseImageConfig } from '../../shared/oci/image-config.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { fetchText, MAX_DOCUMENT_BYTES, parseJson, unexpectedAnswer } from './http.ts'

async function fetchImageConfig(
  repository: Repository,
  digest: Digest,
  signal: AbortSignal,
): Promise<ImageConfig> {
  const { text } = await fetchText(`v2/${repository}/blobs/${digest}`, {
    signal,
    accept: '*/*',
    maxBytes: MAX_DOCUMENT_BYTES,
  })
  const config = parseImageConfig(parseJson(text))
  if (config === undefined) throw unexpectedAnswer('image config')
  return config
}

export const imageConfigOf = (repository: Repository, digest: Digest) =>
  queryOptions({
    queryKey: ['config', repository, digest],
    queryFn: ({ signal }) => fetchImageConfig(repository, digest, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
