// Manifests and indexes, Docker's and OCI's, read from bytes that anybody may have pushed.

import type * as z from 'zod/mini'
import type { Digest } from './digest.ts'
import { imageIndex, imageManifest } from './manifest-shape.ts'
import { essence, isIndex, isManifest, isSchema1 } from './media-types.ts'

export type Annotations = Readonly<Record<string, string>>

/** For which machine an image is (image-spec image-index.md). */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  readonly 'os.version'?: string | undefined
  readonly 'os.features'?: readonly string[] | undefined
}

/** Names content by type, digest and size in bytes (image-spec descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  /** Where foreign layers lie: shown, never fetched. */
  readonly urls?: readonly string[] | undefined
  readonly annotations?: Annotations | undefined
  readonly artifactType?: string | undefined
  readonly platform?: Platform | undefined
}

export interface ImageManifest {
  readonly kind: 'manifest'
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject: Descriptor | undefined
  readonly annotations: Annotations
}

export interface ImageIndex {
  readonly kind: 'index'
  readonly mediaType: string
  readonly artifactType: string | undefined
  readonly manifests: readonly Descriptor[]
  readonly subject: Descriptor | undefined
  readonly annotations: Annotations
}

export type ParsedManifest =
  | ImageManifest
  | ImageIndex
  /** Docker's schema 1: not supported any more, here as in registries. */
  | { readonly kind: 'unsupported'; readonly reason: 'schema1' }
  /** Not a manifest of any kind; `problem` says in words where it breaks. */
  | { readonly kind: 'invalid'; readonly problem: string }

const MAX_PROBLEM_LENGTH = 200

function invalid(error: z.core.$ZodError): ParsedManifest {
  const issue = error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? 'the document' : issue.path.join('.')
  // a key of an annotation is part of the path, and as long as its author likes
  const problem = `${where}: ${issue?.message ?? 'not valid'}`.slice(0, MAX_PROBLEM_LENGTH)
  return { kind: 'invalid', problem }
}

const has = (document: Record<string, unknown>, field: string) =>
  document[field] !== undefined && document[field] !== null

/** The kind a document claims to be: by its own media type, by its content type, else by its fields. */
function kindOf(
  value: Record<string, unknown>,
  contentType: string | undefined,
): 'schema1' | 'index' | 'manifest' {
  for (const mediaType of [value.mediaType, contentType]) {
    if (typeof mediaType !== 'string') continue
    if (isSchema1(mediaType)) return 'schema1'
    if (isIndex(mediaType)) return 'index'
    if (isManifest(mediaType)) return 'manifest'
  }
  if (value.schemaVersion === 1) return 'schema1'
  return 'manifests' in value && !has(value, 'layers') ? 'index' : 'manifest'
}

/**
 * Reads a manifest or index.
 *
 * @param value  parsed JSON; untrusted.
 * @param contentType  of the answer it came in. Its own `mediaType` wins over it.
 * @returns never throws: what is no manifest is `invalid` with the field that breaks it.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
 */
export function parseManifest(value: unknown, contentType: string | undefined): ParsedManifest {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'invalid', problem: 'the document is not a JSON object' }
  const document = value as Record<string, unknown>
  const kind = kindOf(document, contentType)
  if (kind === 'schema1') return { kind: 'unsupported', reason: 'schema1' }
  // one reader would see an index and another an image under the same digest (CVE-2021-41190)
  if (has(document, 'manifests') && (has(document, 'layers') || has(document, 'config')))
    return { kind: 'invalid', problem: 'manifests: stands beside config or layers' }
  const mediaType = typeof document.mediaType === 'string' ? document.mediaType : (contentType ?? '')
  if (kind === 'index') {
    const parsed = imageIndex.safeParse(document)
    if (!parsed.success) return invalid(parsed.error)
    const { artifactType, manifests, subject, annotations = {} } = parsed.data
    return { kind, mediaType, artifactType, manifests, subject, annotations }
  }
  const parsed = imageManifest.safeParse(document)
  if (!parsed.success) return invalid(parsed.error)
  const { artifactType, config, layers, subject, annotations: notes = {} } = parsed.data
  return { kind, mediaType, artifactType, config, layers, subject, annotations: notes }
}

/** `linux/arm64/v8`; version and features of the system follow in brackets: Windows images differ by nothing else. */
export function platformLabel({ os, architecture, variant, ...system }: Platform): string {
  const details = [system['os.version'], ...(system['os.features'] ?? [])].filter(Boolean)
  const suffix = details.length > 0 ? ` (${details.join(', ')})` : ''
  return `${os}/${architecture}${variant ? `/${variant}` : ''}${suffix}`
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

/** Bytes to download: config and each layer, as compressed in the registry; a layer named twice counts once. */
export function compressedSize({ config, layers }: Pick<ImageManifest, 'config' | 'layers'>): number {
  const sizes = new Map([config, ...layers].map((part) => [part.digest, part.size]))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
