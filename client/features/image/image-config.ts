// An image's config, read once however many parts of the page show it.

import { useSuspenseQuery } from '@tanstack/react-query'
import { type ImageConfig, parseImageConfig } from '../../../shared/oci/image-config.ts'
import type { ImageManifest } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { blobOf, type RegistryDocument } from '../../api/documents.ts'

const read = new WeakMap<RegistryDocument, ImageConfig | undefined>()

/** Undefined where there is no document yet, or where it is no config at all. */
export function configOf(document: RegistryDocument | undefined): ImageConfig | undefined {
  if (document === undefined) return undefined
  if (!read.has(document)) read.set(document, parseImageConfig(document.value))
  return read.get(document)
}

/** Suspends while it loads; throws ApiError. `config` is undefined where the blob is no config at all. */
export function useImageConfig(repository: Repository, manifest: ImageManifest) {
  const document = useSuspenseQuery(blobOf(repository, manifest.config.digest)).data
  return { config: configOf(document), byteLength: document.bytes.length }
}
