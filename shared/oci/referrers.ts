// Referrers of an image: signatures, SBOMs and attestations, found in four places and merged into one list.

import type { Digest } from './digest.ts'
import {
  type Annotations,
  type Descriptor,
  type ImageIndex,
  isAttestation,
  parseManifest,
} from './manifest.ts'
import { isIndex, OCI_INDEX } from './media-types.ts'

/** Where a referrer was found. */
export type FoundBy = 'referrers API' | 'fallback tag' | 'cosign tag' | 'in the index'

export interface Referrer {
  readonly digest: Digest
  /** '' if it is missing. */
  readonly mediaType: string
  /** Of its manifest, in bytes; undefined if unknown. */
  readonly size: number | undefined
  /** undefined if only its own manifest names it. */
  readonly artifactType: string | undefined
  readonly annotations: Annotations
  /** The digest it refers to. */
  readonly subject: Digest
  readonly foundBy: readonly FoundBy[]
}

/** How long to remember that a registry has no referrers API: it may be updated. */
export const NO_API_MS = 60 * 60_000

/**
 * Reads a list of referrers, from the API or a fallback tag.
 *
 * @param value  parsed JSON; untrusted.
 * @returns undefined for any other document: one that has no `manifests` and no index media type.
 */
export function parseReferrers(value: unknown): ImageIndex | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { mediaType, manifests } = value as Record<string, unknown>
  const isList =
    manifests === null || Array.isArray(manifests) || (typeof mediaType === 'string' && isIndex(mediaType))
  const index = isList ? parseManifest(value, OCI_INDEX) : undefined
  return index?.kind === 'index' ? index : undefined
}

/** Converts an index entry to a referrer. */
export function toReferrer(
  { digest, mediaType, size, artifactType, annotations = {} }: Descriptor,
  subject: Digest,
  foundBy: FoundBy,
): Referrer {
  return { digest, mediaType, size, artifactType, annotations, subject, foundBy: [foundBy] }
}

/** The attestations that BuildKit added to an index for one of its images. */
export function attestationsOf(
  { manifests }: Pick<ImageIndex, 'manifests'>,
  subject: Digest,
): readonly Referrer[] {
  return manifests
    .filter((child) => isAttestation(child) && child.annotations?.['vnd.docker.reference.digest'] === subject)
    .map((child) => toReferrer(child, subject, 'in the index'))
}

/**
 * Merges lists from several places.
 *
 * @returns each digest once, in the order first found; values that only one place has are kept.
 */
export function mergeReferrers(lists: readonly (readonly Referrer[])[]): readonly Referrer[] {
  const merged = new Map<Digest, Referrer>()
  for (const referrer of lists.flat()) {
    const known = merged.get(referrer.digest)
    merged.set(
      referrer.digest,
      known === undefined
        ? referrer
        : {
            ...known,
            mediaType: known.mediaType || referrer.mediaType,
            size: known.size ?? referrer.size,
            artifactType: known.artifactType ?? referrer.artifactType,
            annotations: { ...referrer.annotations, ...known.annotations },
            foundBy: [...new Set([...known.foundBy, ...referrer.foundBy])],
          },
    )
  }
  return [...merged.values()]
}

/** When it was made, by its annotations; undefined if they have no date. */
export function referrerDate({ annotations }: Pick<Referrer, 'annotations'>): string | undefined {
  return annotations['org.opencontainers.image.created'] ?? annotations['org.opencontainers.artifact.created']
}
