// Manifests and configs in, one table row out. What a row needs is taken from a document at once, so that the
// documents themselves (4 MiB each, written by anybody) are never kept.

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

/** All of a row but its tag: the same for everybody and for good, since a digest names the content. */
export type Summary = Omit<TagSummary, 'tag'>

/** What a row needs of an image's or artifact's manifest. */
export interface ImageInfo {
  readonly kind: 'image'
  /** Of the manifest itself. */
  readonly bytes: number
  readonly mediaType: string
  /** What it is, as its page says; undefined for an image. */
  readonly artifactType: string | undefined
  /** The image's config; undefined for an artifact. */
  readonly config: Digest | undefined
  /** Config and layers, each digest once, with its bytes; undefined where its size is not known. */
  readonly blobs: ReadonlyMap<Digest, number | undefined>
  /** False where an entry names nothing: there may be more blobs. */
  readonly isWhole: boolean
  /** Of the annotations. */
  readonly created: string | undefined
}

/** An image of an index. */
export interface IndexImage {
  readonly label: string
  readonly digest: Digest
  /** Whether the label is the platform's. */
  readonly hasPlatform: boolean
}

/** What a row needs of an index. */
export interface IndexInfo {
  readonly kind: 'index'
  readonly bytes: number
  readonly mediaType: string
  readonly artifactType: string | undefined
  /** The first 64, the one shown before the others. */
  readonly images: readonly IndexImage[]
  /** Whether there are more than those: then nobody knows what all weigh together. */
  readonly more: boolean
  /** False where an entry names nothing: there may be more images. */
  readonly isWhole: boolean
  readonly created: string | undefined
}

export type ManifestInfo = ImageInfo | IndexInfo

/** What a row needs of an image's config. */
export interface ConfigInfo {
  readonly created: string | undefined
  /** The date that a label names. */
  readonly labelled: string | undefined
  /** Undefined for the empty config that signatures carry. */
  readonly platform: string | undefined
  /** It is no config at all, and says nothing. */
  readonly isUnreadable?: true
}

export const UNREADABLE_CONFIG: ConfigInfo = {
  created: undefined,
  labelled: undefined,
  platform: undefined,
  isUnreadable: true,
}

/** More platforms than anybody builds for; each costs a request (and what else they may cost: index-images.ts). */
export const MAX_IMAGES = 64
/** Labels and media types are their author's: a row of a table has no room for a novel. */
const MAX_TEXT = 255

/** A copy where it is cut: V8's slices keep the whole text alive, and these are cached by the thousand. */
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
 * Takes from a manifest or index what a row needs, bounded in everything but the number of its blobs.
 *
 * @param bytes  length of the document it was read from.
 */
export function manifestInfoOf(manifest: ImageManifest | ImageIndex, bytes: number): ManifestInfo {
  return manifest.kind === 'index' ? indexInfoOf(manifest, bytes) : imageInfoOf(manifest, bytes)
}

const text = z.catch(z.optional(z.string()), undefined)
const labels = z.object({ 'org.opencontainers.image.created': text, 'org.label-schema.build-date': text })
// not parseImageConfig: environment, labels and history of five thousand images are read for nothing here
const configShape = z.object({
  created: text,
  os: text,
  architecture: text,
  variant: text,
  'os.version': text,
  config: z.catch(z.optional(z.object({ Labels: z.catch(z.optional(labels), undefined) })), undefined),
})

/**
 * Takes from an image's config what a row needs.
 *
 * @param value  parsed JSON; untrusted.
 * @returns never throws: what is no JSON object says nothing.
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

/** Whether a row says less than it would with the image's config. */
function lacksConfig(image: ImageInfo | undefined, config: ConfigInfo | undefined): boolean {
  return image?.config !== undefined && (config === undefined || config.isUnreadable === true)
}

function sizeOf({ blobs, isWhole }: ImageInfo): TotalSize {
  const { bytes, isPartial } = totalOf(blobs.values())
  return { bytes, isPartial: isPartial || !isWhole }
}

/** What is not known whole is no size to be sorted by. */
function sizeFields(size: TotalSize | undefined): Pick<Summary, 'size' | 'sizeAtLeast'> {
  return size?.isPartial ? { size: undefined, sizeAtLeast: size.bytes } : { size: size?.bytes }
}

/**
 * The row of an image or artifact.
 *
 * @param config  undefined if it has none to read, or the repository lacks it.
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

/** The labels of an index's images; the one shown goes by its config where the index names no platform. */
function platformsIn({ images }: IndexInfo, config: ConfigInfo | undefined): readonly string[] {
  const labels = images.map(({ label }) => label)
  const named = config?.platform
  if (images[0]?.hasPlatform !== false || named === undefined || labels.includes(named)) return labels
  return [named, ...labels.slice(1)]
}

/**
 * The row of an index.
 *
 * @param images  in the order of `index.images`; undefined for what the repository lacks. An index within the
 *   index has no size of its own.
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
