// Manifests and indexes, Docker's and OCI's, read from bytes that anybody may have pushed.

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
import { essence, isIndex, isManifest, isSchema1 } from './media-types.ts'

export type Annotations = Readonly<Record<string, string>>

/** For which machine an image is (image-spec image-index.md). One of the first two may be '', where it is not named. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  readonly 'os.version'?: string | undefined
  readonly 'os.features'?: readonly string[] | undefined
}

/** Names content by type, digest and size in bytes (image-spec descriptor.md). */
export interface Descriptor {
  /** '' where it is not named. */
  readonly mediaType: string
  readonly digest: Digest
  /** Undefined where it is not known. */
  readonly size: number | undefined
  /** Where foreign layers lie: shown, never fetched. */
  readonly urls?: readonly string[] | undefined
  readonly annotations?: Annotations | undefined
  readonly artifactType?: string | undefined
  /** Undefined where it names neither system nor architecture. */
  readonly platform?: Platform | undefined
}

interface Common {
  /** Its own, else the content type it came with. */
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly subject: Descriptor | undefined
  readonly annotations: Annotations
  /** False where an entry names nothing, and is left out for that. */
  readonly isWhole: boolean
  /** What is odd about the document, each in a sentence. */
  readonly problems: readonly string[]
}

export interface ImageManifest extends Common {
  readonly kind: 'manifest'
  /** Undefined where it is missing or names nothing. */
  readonly config: Descriptor | undefined
  readonly layers: readonly Descriptor[]
  /** The same with undefined in place of those that name nothing: history and config count them all. */
  readonly layerEntries: readonly (Descriptor | undefined)[]
}

/** What can be run. */
export type RunnableImage = ImageManifest & { readonly config: Descriptor }

export interface ImageIndex extends Common {
  readonly kind: 'index'
  readonly manifests: readonly Descriptor[]
}

export type ParsedManifest =
  | ImageManifest
  | ImageIndex
  /** Docker's schema 1: not supported any more, here as in registries. */
  | { readonly kind: 'unsupported'; readonly reason: 'schema1' }
  /** Not a manifest of any kind; `problem` is a sentence that says why. */
  | { readonly kind: 'invalid'; readonly problem: string }

/** The kind a document claims to be: by its own media type, by its content type, else by its fields. */
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
 * What is missing is read as Go reads it: a size as not known, a list as empty, a text as ''. One bad entry costs
 * that entry: the document says so (`isWhole`, `problems`).
 *
 * @param document  parsed JSON; untrusted.
 * @param contentType  of the answer it came in. Its own `mediaType` wins over it.
 * @returns never throws: `invalid` is a document of which nobody can say what it lists.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
export function parseManifest(document: unknown, contentType: string | undefined): ParsedManifest {
  const value = fieldsOf(document)
  if (value === undefined) return invalid('The document is not a JSON object.')
  const kind = kindOf(value, contentType)
  if (kind === 'schema1') return { kind: 'unsupported', reason: 'schema1' }
  // one reader would see an index and another an image under the same digest (CVE-2021-41190), also where one of them
  // takes a list that is missing for an empty one
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

/** `linux/arm64/v8`, without what is not named; version and features of the system follow in brackets: Windows images differ by nothing else. */
export function platformLabel({ os, architecture, variant, ...system }: Platform): string {
  const details = [system['os.version'], ...(system['os.features'] ?? [])].filter(Boolean)
  const suffix = details.length > 0 ? ` (${details.join(', ')})` : ''
  return `${[os, architecture, variant].filter(Boolean).join('/')}${suffix}`
}

/** Whether an index's child is a statement about another child (BuildKit) and not an image for a platform. */
export function isAttestation({ annotations: notes, platform: machine }: Descriptor): boolean {
  if (notes?.['vnd.docker.reference.type'] === 'attestation-manifest') return true
  return machine?.os === 'unknown' && machine.architecture === 'unknown'
}

/** Whether an index's child can be opened: BuildKit's cache is an index whose children are layers and a config. */
export function isOpenable({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean {
  // what nobody knows may be a manifest: the registry will say
  return !/\.(?:layer|rootfs|config|cacheconfig)\.|\btar\b/.test(essence(mediaType))
}

/** Bytes of several blobs together. */
export interface TotalSize {
  /** Of those whose size is known. */
  readonly bytes: number
  /** Whether that is less than all: then there are at least so many. */
  readonly isPartial: boolean
}

/** The size of each blob that descriptors name; one named twice counts once, with the size that is known. */
export function blobSizes(parts: readonly Descriptor[]): ReadonlyMap<Digest, number | undefined> {
  const sizes = new Map<Digest, number | undefined>()
  for (const { digest, size } of parts) sizes.set(digest, size ?? sizes.get(digest))
  return sizes
}

/** Adds sizes up. */
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

/** Bytes to download: config and each layer, as compressed in the registry; a layer named twice counts once. */
export function compressedSize(manifest: Pick<ImageManifest, 'config' | 'layers' | 'isWhole'>): TotalSize {
  const { bytes, isPartial } = totalOf(blobSizes(blobsOf(manifest)).values())
  return { bytes, isPartial: isPartial || !manifest.isWhole }
}
