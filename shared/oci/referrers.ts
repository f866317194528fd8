// What refers to an image: signatures, SBOMs, attestations, found in four places and merged into one list.

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
  /** '' where it is not named. */
  readonly mediaType: string
  /** Of its manifest, in bytes; undefined where it is not known. */
  readonly size: number | undefined
  /** undefined where only its own manifest could tell. */
  readonly artifactType: string | undefined
  readonly annotations: Annotations
  /** The digest it is about. */
  readonly subject: Digest
  readonly foundBy: readonly FoundBy[]
}

/** How long a repository is remembered whose registry has no referrers API: it may be updated. */
export const NO_API_MS = 60 * 60_000

/**
 * Reads a list of referrers, from the API or from under a fallback tag.
 *
 * @param value  parsed JSON; untrusted.
 * @returns undefined for any other document: one that has no list and does not call itself an index.
 */
export function parseReferrers(value: unknown): ImageIndex | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { mediaType, manifests } = value as Record<string, unknown>
  const isList =
    manifests === null || Array.isArray(manifests) || (typeof mediaType === 'string' && isIndex(mediaType))
  const index = isList ? parseManifest(value, OCI_INDEX) : undefined
  return index?.kind === 'index' ? index : undefined
}

/** Makes a referrer of an index's entry. */
export function toReferrer(
  { digest, mediaType, size, artifactType, annotations = {} }: Descriptor,
  subject: Digest,
  foundBy: FoundBy,
): Referrer {
  return { digest, mediaType, size, artifactType, annotations, subject, foundBy: [foundBy] }
}

/** The statements that BuildKit put beside an image of an index. */
export function attestationsOf(
  { manifests }: Pick<ImageIndex, 'manifests'>,
  subject: Digest,
): readonly Referrer[] {
  return manifests
    .filter((child) => isAttestation(child) && child.annotations?.['vnd.docker.reference.digest'] === subject)
    .map((child) => toReferrer(child, subject, 'in the index'))
}

/**
 * Merges what was found in several places.
 *
 * @returns each digest once, in the order found first; what one place knows of it and another does not is kept.
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

/** When it was made, by its annotations; undefined if they do not say. */
export function referrerDate({ annotations }: Pick<Referrer, 'annotations'>): string | undefined {
  return annotations['org.opencontainers.image.created'] ?? annotations['org.opencontainers.artifact.created']
}
