// Manifests and indexes, Docker's and OCI's, read from bytes that anybody may have pushed.

import * as z from 'zod/mini'
import { type Digest, parseDigest } from './digest.ts'
import { isIndex, isManifest, isSchema1 } from './media-types.ts'

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

const annotations = z.record(z.string(), z.string())
const platform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.optional(z.string()),
  'os.version': z.optional(z.string()),
  'os.features': z.optional(z.array(z.string())),
})
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.pipe(
    z.string(),
    z.transform((text, context): Digest => {
      const digest = parseDigest(text)
      if (digest === undefined)
        context.issues.push({ code: 'custom', message: 'no valid digest', input: text })
      return digest as Digest
    }),
  ),
  size: z.number().check(z.int(), z.nonnegative()),
  urls: z.optional(z.array(z.string())),
  annotations: z.optional(annotations),
  artifactType: z.optional(z.string()),
  platform: z.optional(platform),
})
const common = {
  mediaType: z.optional(z.string()),
  artifactType: z.optional(z.string()),
  subject: z.optional(descriptor),
  annotations: z.optional(annotations),
}
const imageManifest = z.object({ ...common, config: descriptor, layers: z.array(descriptor) })
const imageIndex = z.object({ ...common, manifests: z.array(descriptor) })

function invalid(error: z.core.$ZodError): ParsedManifest {
  const issue = error.issues[0]
  const where = issue === undefined || issue.path.length === 0 ? 'the document' : issue.path.join('.')
  return { kind: 'invalid', problem: `${where}: ${issue?.message ?? 'not valid'}` }
}

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
  return 'manifests' in value && !('layers' in value) ? 'index' : 'manifest'
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

/** `linux/arm64/v8`; a version of the system follows in brackets, since Windows images differ by nothing else. */
export function platformLabel({ os, architecture, variant, 'os.version': version }: Platform): string {
  return `${os}/${architecture}${variant ? `/${variant}` : ''}${version ? ` (${version})` : ''}`
}

/** Whether an index's child is a statement about another child (BuildKit) and not an image for a platform. */
export function isAttestation({ annotations: notes, platform: machine }: Descriptor): boolean {
  if (notes?.['vnd.docker.reference.type'] === 'attestation-manifest') return true
  return machine?.os === 'unknown' && machine.architecture === 'unknown'
}

/** One image of an index, and how to name it. */
export interface PlatformImage {
  /** Unique within the index. */
  readonly label: string
  readonly descriptor: Descriptor
}

/** The images of an index without attestations, linux/amd64 first and else by name; equal names are numbered. */
export function platformsOf({ manifests }: Pick<ImageIndex, 'manifests'>): readonly PlatformImage[] {
  const seen = new Map<string, number>()
  const images = manifests
    .filter((child) => !isAttestation(child))
    .map((child): PlatformImage => {
      const label = child.platform === undefined ? 'unnamed' : platformLabel(child.platform)
      const count = (seen.get(label) ?? 0) + 1
      seen.set(label, count)
      return { label: count === 1 ? label : `${label} #${count}`, descriptor: child }
    })
  const rank = ({ label }: PlatformImage) =>
    label === 'linux/amd64' ? 0 : label.startsWith('linux/') ? 1 : 2
  return images.sort((a, b) => rank(a) - rank(b) || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0))
}

/** Bytes to download: config and each layer, as compressed in the registry; a layer named twice counts once. */
export function compressedSize({ config, layers }: Pick<ImageManifest, 'config' | 'layers'>): number {
  const sizes = new Map([config, ...layers].map((part) => [part.digest, part.size]))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
