// An image's config, read once however many parts of the page show it.

import { useSuspenseQuery } from '@tanstack/react-query'
import { type CreatedSources, createdIn, readTime } from '../../../shared/oci/annotations.ts'
import { type ImageConfig, parseImageConfig } from '../../../shared/oci/image-config.ts'
import type { Annotations, ImageManifest, RunnableImage } from '../../../shared/oci/manifest.ts'
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
export function useImageConfig(repository: Repository, manifest: RunnableImage) {
  const document = useSuspenseQuery(blobOf(repository, manifest.config.digest)).data
  return { config: configOf(document), byteLength: document.bytes.length }
}

/** Who may say when an image was made. */
export function createdSources(
  config: ImageConfig | undefined,
  { annotations }: Pick<ImageManifest, 'annotations'>,
  indexAnnotations: Annotations,
): CreatedSources {
  return {
    config: readTime(config?.created),
    annotations: createdIn(annotations),
    labels: createdIn(config?.labels ?? {}),
    index: createdIn(indexAnnotations),
  }
}
