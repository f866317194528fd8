// Manifests and configs in, one table row out. A document is reduced at once to the few fields that a row needs, so
// that documents themselves (up to 4 MiB each, written by anybody) are never cached.

import * as z from 'zod/mini'
import type { TagSummary } from '../../shared/api/summaries.ts'
import { createdIn, createdOf, readTime } from '../../shared/oci/annotations.ts'
import { artifactKindOf } from '../../shared/oci/artifact-kind.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import {
  blobSizes,
  blobsOf,
  type ImageIndex,
  type ImageManifest,
  platformLabel,
  type TotalSize,
  totalOf,
} from '../../shared/oci/manifest.ts'
import { platformsOf } from '../../shared/oci/platforms.ts'

/** A row without its tag. It never changes, and is the same for everybody, since a digest names the content. */
export type Summary = Omit<TagSummary, 'tag'>

/** The part of an image's or artifact's manifest that a row needs. */
export interface ImageInfo {
  readonly kind: 'image'
  /** Length of the manifest itself. */
  readonly bytes: number
  readonly mediaType: string
  /** As on the artifact's page; undefined for an image. */
  readonly artifactType: string | undefined
  /** The image's config; undefined for an artifact. */
  readonly config: Digest | undefined
  /** Config and layers with their bytes, each digest once; undefined if the size is unknown. */
  readonly blobs: ReadonlyMap<Digest, number | undefined>
  /** False if an entry has no valid digest: there may be more blobs. */
  readonly isWhole: boolean
  /** From the annotations. */
  readonly created: string | undefined
}

/** An image of an index. */
export interface IndexImage {
  readonly label: string
  readonly digest: Digest
  /** Whether the label is from the entry's platform. */
  readonly hasPlatform: boolean
}

/** The part of an index that a row needs. */
export interface IndexInfo {
  readonly kind: 'index'
  readonly bytes: number
  readonly mediaType: string
  readonly artifactType: string | undefined
  /** The first MAX_IMAGES; the one shown comes first. */
  readonly images: readonly IndexImage[]
  /** Whether there are more: then their total size is unknown. */
  readonly more: boolean
  /** False if an entry has no valid digest: there may be more images. */
  readonly isWhole: boolean
  readonly created: string | undefined
}

export type ManifestInfo = ImageInfo | IndexInfo

/** The part of an image's config that a row needs. */
export interface ConfigInfo {
  readonly created: string | undefined
  /** The date in a label. */
  readonly labelled: string | undefined
  /** Undefined for the empty config that signatures carry. */
  readonly platform: string | undefined
  /** It is not an image config at all. */
  readonly isUnreadable?: true
}

export const UNREADABLE_CONFIG: ConfigInfo = {
  created: undefined,
  labelled: undefined,
  platform: undefined,
  isUnreadable: true,
}

/** More platforms than anybody builds for; each costs a request. For their other costs see `readImages`. */
export const MAX_IMAGES = 64
/** Characters of labels and media types, which their author controls. */
const MAX_TEXT = 255

/** Copies if it cuts: a slice in V8 keeps the whole text alive, and thousands are cached. */
function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : Buffer.from(text.slice(0, MAX_TEXT)).toString()
}

function imageInfoOf(manifest: ImageManifest, bytes: number): ImageInfo {
  const { mediaType, config, annotations, isWhole } = manifest
  const { id, type } = artifactKindOf(manifest)
  const isImage = id === 'image'
  return {
    kind: 'image',
    bytes,
    mediaType: shorten(mediaType),
    artifactType: isImage ? undefined : shorten(type) || undefined,
    config: isImage ? config?.digest : undefined,
    blobs: blobSizes(blobsOf(manifest)),
    isWhole,
    created: createdIn(annotations),
  }
}

function indexInfoOf(index: ImageIndex, bytes: number): IndexInfo {
  const images = platformsOf(index)
  return {
    kind: 'index',
    bytes,
    mediaType: shorten(index.mediaType),
    artifactType: index.artifactType && shorten(index.artifactType),
    images: images.slice(0, MAX_IMAGES).map(({ label, descriptor: { digest, platform } }) => ({
      label: shorten(label),
      digest,
      hasPlatform: platform !== undefined,
    })),
    more: images.length > MAX_IMAGES,
    isWhole: index.isWhole,
    created: createdIn(index.annotations),
  }
}

/**
 * Reduces a manifest or index to the fields that a row needs. They are bounded, except for the number of blobs.
 *
 * @param bytes  length of the document.
 */
export function manifestInfoOf(manifest: ImageManifest | ImageIndex, bytes: number): ManifestInfo {
  return manifest.kind === 'index' ? indexInfoOf(manifest, bytes) : imageInfoOf(manifest, bytes)
}

const text = z.catch(z.optional(z.string()), undefined)
const labels = z.object({ 'org.opencontainers.image.created': text, 'org.label-schema.build-date': text })
// not parseImageConfig, which would also read environment, labels and history, five thousand times for nothing
const configShape = z.object({
  created: text,
  os: text,
  architecture: text,
  variant: text,
  'os.version': text,
  config: z.catch(z.optional(z.object({ Labels: z.catch(z.optional(labels), undefined) })), undefined),
})

/**
 * Reduces an image's config to the fields that a row needs. Never throws.
 *
 * @param value  parsed JSON; untrusted.
 * @returns UNREADABLE_CONFIG if it is not a JSON object.
 */
export function configInfoOf(value: unknown): ConfigInfo {
  const parsed = configShape.safeParse(value).data
  if (parsed === undefined || Array.isArray(value)) return UNREADABLE_CONFIG
  const { created, os, architecture, config } = parsed
  const named = os && architecture && os !== 'unknown'
  return {
    created: readTime(created),
    labelled: createdIn(config?.Labels ?? {}),
    platform: named ? shorten(platformLabel({ ...parsed, os, architecture })) : undefined,
  }
}

/** Whether the image has a config that could not be used. */
function lacksConfig(image: ImageInfo | undefined, config: ConfigInfo | undefined): boolean {
  return image?.config !== undefined && (config === undefined || config.isUnreadable === true)
}

function sizeOf({ blobs, isWhole }: ImageInfo): TotalSize {
  const { bytes, isPartial } = totalOf(blobs.values())
  return { bytes, isPartial: isPartial || !isWhole }
}

/** A partial size must not be sorted by, so it has a field of its own. */
function sizeFields(size: TotalSize | undefined): Pick<Summary, 'size' | 'sizeAtLeast'> {
  return size?.isPartial ? { size: undefined, sizeAtLeast: size.bytes } : { size: size?.bytes }
}

/**
 * The row of an image or artifact.
 *
 * @param config  undefined if there is none to read, or the repository lacks it.
 */
export function summarizeImage(digest: Digest, image: ImageInfo, config: ConfigInfo | undefined): Summary {
  const size = sizeOf(image)
  const partial = size.isPartial || lacksConfig(image, config)
  return {
    digest,
    mediaType: image.mediaType,
    artifactType: image.artifactType,
    created: createdOf({
      config: config?.created,
      annotations: image.created,
      labels: config?.labelled,
    }),
    ...sizeFields(size),
    totalSize: size.bytes,
    platforms: config?.platform === undefined ? [] : [config.platform],
    config: image.config,
    ...(partial && { partial }),
  }
}

/** Labels of the images; the one shown is labelled by its config if the index does not give its platform. */
function platformsIn({ images }: IndexInfo, config: ConfigInfo | undefined): readonly string[] {
  const labels = images.map(({ label }) => label)
  const named = config?.platform
  if (images[0]?.hasPlatform !== false || named === undefined || labels.includes(named)) return labels
  return [named, ...labels.slice(1)]
}

/**
 * The row of an index.
 *
 * @param images  in the order of `index.images`; undefined if the repository lacks one. A nested index has no size of
 *   its own.
 * @param config  of the first image.
 */
export function summarizeIndex(
  digest: Digest,
  index: IndexInfo,
  images: readonly (ManifestInfo | undefined)[],
  config: ConfigInfo | undefined,
): Summary {
  const known = images.filter((image) => image?.kind === 'image')
  const [first] = images
  const shown = first?.kind === 'image' ? first : undefined
  const blobs = new Map<Digest, number | undefined>()
  for (const image of known) for (const [blob, size] of image.blobs) blobs.set(blob, size ?? blobs.get(blob))
  const total = totalOf(blobs.values())
  const lacksPart = known.length < index.images.length || known.some((image) => !image.isWhole)
  const partial = index.more || !index.isWhole || lacksPart || total.isPartial || lacksConfig(shown, config)
  return {
    digest,
    mediaType: index.mediaType,
    artifactType: index.artifactType,
    created: createdOf({
      config: config?.created,
      annotations: shown?.created,
      labels: config?.labelled,
      index: index.created,
    }),
    ...sizeFields(shown && sizeOf(shown)),
    totalSize: known.length === 0 || index.more ? undefined : total.bytes,
    platforms: platformsIn(index, config),
    image: first && index.images[0]?.digest,
    config: shown?.config,
    ...(partial && { partial }),
  }
}
