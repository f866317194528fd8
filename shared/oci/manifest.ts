// Manifests and indexes of Docker and OCI. They are untrusted: anybody may have pushed them.

import type { Digest } from './digest.ts'
import {
  annotationsIn,
  descriptorIn,
  fieldsOf,
  has,
  optionalTextIn,
  Problems,
  partsIn,
  subjectIn,
  textIn,
} from './manifest-shape.ts'
import { DOCKER_FOREIGN_LAYER, essence, isIndex, isManifest, isSchema1 } from './media-types.ts'

export type Annotations = Readonly<Record<string, string>>

/** The machine an image is for (image-spec image-index.md). Either `os` or `architecture` may be '' if it is not named. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  readonly 'os.version'?: string | undefined
  readonly 'os.features'?: readonly string[] | undefined
}

/** Names content by type, digest and size in bytes (image-spec descriptor.md). */
export interface Descriptor {
  /** '' if it is missing. */
  readonly mediaType: string
  readonly digest: Digest
  /** Undefined if it is unknown. */
  readonly size: number | undefined
  /** Locations of a foreign layer: shown, never fetched. */
  readonly urls?: readonly string[] | undefined
  readonly annotations?: Annotations | undefined
  readonly artifactType?: string | undefined
  /** Undefined if it names neither os nor architecture. */
  readonly platform?: Platform | undefined
}

interface Common {
  /** Its own, else the content type of the response. */
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly subject: Descriptor | undefined
  readonly annotations: Annotations
  /** False if an entry without a valid digest was left out. */
  readonly isWhole: boolean
  /** Problems of the document, one sentence each. */
  readonly problems: readonly string[]
}

export interface ImageManifest extends Common {
  readonly kind: 'manifest'
  /** Undefined if it is missing or has no valid digest. */
  readonly config: Descriptor | undefined
  readonly layers: readonly Descriptor[]
  /** The same, with undefined for entries without a valid digest: history and config count them all. */
  readonly layerEntries: readonly (Descriptor | undefined)[]
}

/** An image that can be run. */
export type RunnableImage = ImageManifest & { readonly config: Descriptor }

export interface ImageIndex extends Common {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
}

export type ParsedManifest =
  | ImageManifest
  | ImageIndex
  /** Docker's schema 1: no longer supported, neither here nor by registries. */
  | { readonly kind: 'unsupported'; readonly reason: 'schema1' }
  /** Not a manifest; `problem` is a sentence that says why. */
  | { readonly kind: 'invalid'; readonly problem: string }

/** The kind of a document: by its own media type, else its content type, else its fields. */
function kindOf(
  value: Readonly<Record<string, unknown>>,
  contentType: string | undefined,
): 'schema1' | 'index' | 'manifest' {
  for (const mediaType of [value.mediaType, contentType]) {
    if (typeof mediaType !== 'string') continue
    if (isSchema1(mediaType)) return 'schema1'
    if (isIndex(mediaType)) return 'index'
    if (isManifest(mediaType)) return 'manifest'
  }
  if (value.schemaVersion === 1) return 'schema1'
  return 'manifests' in value && !has(value, 'layers') && !has(value, 'config') ? 'index' : 'manifest'
}

const isKnown = (part: Descriptor | undefined) => part !== undefined
const invalid = (problem: string): ParsedManifest => ({ kind: 'invalid', problem })

/**
 * Reads a manifest or index.
 *
 * Missing fields are read as Go reads them: a size as unknown, a list as empty, a string as ''. A bad entry is left
 * out, and the result says so (`isWhole`, `problems`).
 *
 * @param document  parsed JSON; untrusted.
 * @param contentType  of the response. The document's own `mediaType` wins over it.
 * @returns `invalid` if its contents cannot be determined. Never throws.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
export function parseManifest(document: unknown, contentType: string | undefined): ParsedManifest {
  const value = fieldsOf(document)
  if (value === undefined) return invalid('The document is not a JSON object.')
  const kind = kindOf(value, contentType)
  if (kind === 'schema1') return { kind: 'unsupported', reason: 'schema1' }
  // one reader would see an index and another an image under the same digest (CVE-2021-41190), also if one of them
  // reads a missing list as an empty one
  const hasImage = has(value, 'layers') || has(value, 'config')
  if (hasImage && (kind === 'index' || has(value, 'manifests')))
    return invalid('It is an image and an index at once.')
  const problems = new Problems()
  const what = kind === 'index' ? 'The index' : 'The manifest'
  const common = {
    mediaType: textIn(value, 'mediaType', what, problems) || (contentType ?? ''),
    artifactType: optionalTextIn(value, 'artifactType', what, problems),
    subject: subjectIn(value, problems),
    annotations: annotationsIn(value, what, problems) ?? {},
  }
  if (kind === 'index') {
    const entries = partsIn(value, 'manifests', 'Entry', problems)
    if (typeof entries === 'string') return invalid(entries)
    const manifests = entries.filter(isKnown)
    return { kind, ...common, manifests, isWhole: !entries.includes(undefined), problems: problems.list() }
  }
  const config = descriptorIn(value, 'config', 'The config', problems)
  const layerEntries = partsIn(value, 'layers', 'Layer', problems)
  if (typeof layerEntries === 'string') return invalid(layerEntries)
  const layers = layerEntries.filter(isKnown)
  if (config === undefined && layers.length === 0)
    return invalid(problems.list()[0] ?? 'It names neither a config nor layers.')
  if (!has(value, 'config')) problems.add('The manifest has no config.')
  return {
    kind,
    ...common,
    config,
    layers,
    layerEntries,
    isWhole: config !== undefined && !layerEntries.includes(undefined),
    problems: problems.list(),
  }
}

/** `linux/arm64/v8`, without missing parts; os version and features follow in brackets, since Windows images differ only in them. */
export function platformLabel({ os, architecture, variant, ...system }: Platform): string {
  const details = [system['os.version'], ...(system['os.features'] ?? [])].filter(Boolean)
  const suffix = details.length > 0 ? ` (${details.join(', ')})` : ''
  return `${[os, architecture, variant].filter(Boolean).join('/')}${suffix}`
}

/** Whether an index's child is an attestation about another child (BuildKit) and not an image for a platform. */
export function isAttestation({ annotations, platform }: Descriptor): boolean {
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return true
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}

/** Whether an index's child can be opened: BuildKit's cache is an index whose children are layers and a config. */
export function isOpenable({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean {
  // an unknown type may be a manifest: the registry will tell
  return !/\.(?:layer|rootfs|config|cacheconfig)\.|\btar\b/.test(essence(mediaType))
}

export interface LayerType {
  /** `gzip`, `zstd` or `tar`; the media type itself where it names none of them, `no type` where there is none. */
  readonly packing: string
  /** Stored outside the registry: Gantry never fetches it. */
  readonly isForeign: boolean
}

/** Reads a layer's media type. A layer with URLs to fetch it from is foreign too. */
export function layerTypeOf({ mediaType, urls }: Pick<Descriptor, 'mediaType' | 'urls'>): LayerType {
  const type = essence(mediaType)
  const isForeign =
    type === DOCKER_FOREIGN_LAYER || type.includes('.layer.nondistributable.') || (urls?.length ?? 0) > 0
  const suffix =
    /[.+](gzip|zstd)(?:\+encrypted)?$/.exec(type)?.[1] ??
    (/\.tar(?:\+encrypted)?$/.test(type) ? 'tar' : mediaType || 'no type')
  return { packing: type.endsWith('+encrypted') ? `${suffix}, encrypted` : suffix, isForeign }
}

/** The total size of several blobs. */
export interface TotalSize {
  /** Of the blobs whose size is known. */
  readonly bytes: number
  /** Whether some sizes are unknown: then `bytes` is a lower bound. */
  readonly isPartial: boolean
}

/** The size of each blob; one that is named twice counts once, with its known size. */
export function blobSizes(parts: readonly Descriptor[]): ReadonlyMap<Digest, number | undefined> {
  const sizes = new Map<Digest, number | undefined>()
  for (const { digest, size } of parts) sizes.set(digest, size ?? sizes.get(digest))
  return sizes
}

/** Adds up sizes. */
export function totalOf(sizes: Iterable<number | undefined>): TotalSize {
  let bytes = 0
  let isPartial = false
  for (const size of sizes) {
    bytes += size ?? 0
    isPartial ||= size === undefined
  }
  return { bytes, isPartial }
}

/** The blobs of a manifest: config and layers. */
export function blobsOf({ config, layers }: Pick<ImageManifest, 'config' | 'layers'>): readonly Descriptor[] {
  return config === undefined ? layers : [config, ...layers]
}

/** Bytes to download: config and layers, compressed as the registry stores them; a layer named twice counts once. */
export function compressedSize(manifest: Pick<ImageManifest, 'config' | 'layers' | 'isWhole'>): TotalSize {
  const { bytes, isPartial } = totalOf(blobSizes(blobsOf(manifest)).values())
  return { bytes, isPartial: isPartial || !manifest.isWhole }
}
