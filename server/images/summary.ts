// Manifests and configs in, one table row out. What a row needs is taken from a document at once, so that the
// documents themselves (4 MiB each, written by anybody) are never kept.

import * as z from 'zod/mini'
import type { TagSummary } from '../../shared/api.ts'
import { hasImageConfig } from '../../shared/oci/artifact-kind.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import {
  type Annotations,
  type ImageIndex,
  type ImageManifest,
  platformLabel,
} from '../../shared/oci/manifest.ts'
import { platformsOf } from '../../shared/oci/platforms.ts'

/** All of a row but its tag: the same for everybody and for good, since a digest names the content. */
export type Summary = Omit<TagSummary, 'tag'>

/** What a row needs of an image's or artifact's manifest. */
export interface ImageFacts {
  readonly kind: 'image'
  /** Of the manifest itself. */
  readonly bytes: number
  readonly mediaType: string
  readonly artifactType: string | undefined
  /** The image's config; undefined where the config is not an image's. */
  readonly config: Digest | undefined
  /** Config and layers, each digest once, with its bytes. */
  readonly blobs: ReadonlyMap<Digest, number>
  /** Of the annotations, RFC 3339. */
  readonly created: string | undefined
}

/** What a row needs of an index. */
export interface IndexFacts {
  readonly kind: 'index'
  readonly bytes: number
  readonly mediaType: string
  readonly artifactType: string | undefined
  /** The first 64, the one shown before the others. */
  readonly images: readonly { readonly label: string; readonly digest: Digest }[]
  /** Whether there are more than those: then nobody knows what all weigh together. */
  readonly more: boolean
  readonly created: string | undefined
}

export type ManifestFacts = ImageFacts | IndexFacts

/** What a row needs of an image's config. */
export interface ConfigFacts {
  readonly created: string | undefined
  /** Undefined for the empty config that signatures carry. */
  readonly platform: string | undefined
}

/** More platforms than anybody builds for; each costs a request (and what else they may cost: index-images.ts). */
export const MAX_IMAGES = 64
/** Labels and media types are their author's: a row of a table has no room for a novel. */
const MAX_TEXT = 255

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i

/** The text itself if it is a time somebody has recorded; undefined for Go's zero time and for anything else. */
function readTime(text: unknown): string | undefined {
  if (typeof text !== 'string' || !RFC3339.test(text) || text.startsWith('0001-01-01')) return undefined
  return Number.isNaN(Date.parse(text)) ? undefined : text
}

function createdIn(annotations: Annotations): string | undefined {
  return readTime(annotations['org.opencontainers.image.created'])
}

/** A copy where it is cut: V8's slices keep the whole text alive, and these are cached by the thousand. */
function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : Buffer.from(text.slice(0, MAX_TEXT)).toString()
}

function imageFacts(manifest: ImageManifest, bytes: number): ImageFacts {
  const { mediaType, artifactType, config, layers, annotations } = manifest
  const isImage = hasImageConfig(manifest)
  const kind = artifactType || (isImage ? undefined : config.mediaType)
  return {
    kind: 'image',
    bytes,
    mediaType: shorten(mediaType),
    artifactType: kind && shorten(kind),
    config: isImage ? config.digest : undefined,
    blobs: new Map([config, ...layers].map(({ digest, size }) => [digest, size])),
    created: createdIn(annotations),
  }
}

function indexFacts(index: ImageIndex, bytes: number): IndexFacts {
  const images = platformsOf(index)
  return {
    kind: 'index',
    bytes,
    mediaType: shorten(index.mediaType),
    artifactType: index.artifactType && shorten(index.artifactType),
    images: images
      .slice(0, MAX_IMAGES)
      .map(({ label, descriptor }) => ({ label: shorten(label), digest: descriptor.digest })),
    more: images.length > MAX_IMAGES,
    created: createdIn(index.annotations),
  }
}

/**
 * Takes from a manifest or index what a row needs, bounded in everything but the number of its blobs.
 *
 * @param bytes  length of the document it was read from.
 */
export function factsOf(manifest: ImageManifest | ImageIndex, bytes: number): ManifestFacts {
  return manifest.kind === 'index' ? indexFacts(manifest, bytes) : imageFacts(manifest, bytes)
}

const text = z.catch(z.optional(z.string()), undefined)
// not parseImageConfig: environment, labels and history of five thousand images are read for nothing here
const configShape = z.object({
  created: text,
  os: text,
  architecture: text,
  variant: text,
  'os.version': text,
})

/**
 * Takes from an image's config what a row needs.
 *
 * @param value  parsed JSON; untrusted.
 * @returns undefined only if it is no JSON object. Never throws.
 */
export function configFactsOf(value: unknown): ConfigFacts | undefined {
  const config = configShape.safeParse(value).data
  if (config === undefined || Array.isArray(value)) return undefined
  const { created, os, architecture } = config
  const named = os && architecture && os !== 'unknown'
  return {
    created: readTime(created),
    platform: named ? shorten(platformLabel({ ...config, os, architecture })) : undefined,
  }
}

function sumOf(sizes: Iterable<number>): number {
  let sum = 0
  for (const size of sizes) sum += size
  return sum
}

/**
 * The row of an image or artifact.
 *
 * @param config  undefined if it has none to read, or the repository lacks it.
 */
export function summarizeImage(digest: Digest, image: ImageFacts, config: ConfigFacts | undefined): Summary {
  const size = sumOf(image.blobs.values())
  const lacking = image.config !== undefined && config === undefined
  return {
    digest,
    mediaType: image.mediaType,
    artifactType: image.artifactType,
    created: config?.created ?? image.created,
    size,
    totalSize: size,
    platforms: config?.platform === undefined ? [] : [config.platform],
    config: image.config,
    ...(lacking && { partial: true }),
  }
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
  index: IndexFacts,
  images: readonly (ManifestFacts | undefined)[],
  config: ConfigFacts | undefined,
): Summary {
  const known = images.filter((image) => image?.kind === 'image')
  const [first] = images
  const shown = first?.kind === 'image' ? first : undefined
  const blobs = new Map(known.flatMap((image) => [...image.blobs]))
  const lacking = shown?.config !== undefined && config === undefined
  const partial = index.more || known.length < index.images.length || lacking
  return {
    digest,
    mediaType: index.mediaType,
    artifactType: index.artifactType,
    created: config?.created ?? shown?.created ?? index.created,
    size: shown && sumOf(shown.blobs.values()),
    totalSize: known.length === 0 || index.more ? undefined : sumOf(blobs.values()),
    platforms: index.images.map(({ label }) => label),
    image: first && index.images[0]?.digest,
    config: shown?.config,
    ...(partial && { partial }),
  }
}
