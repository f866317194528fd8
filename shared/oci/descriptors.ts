// Descriptors in documents of any kind: so that what Gantry does not know can still be shown in parts.

import { type Digest, parseDigest } from './digest.ts'

export interface FoundDescriptor {
  /** Where it stands: `blobs.0`. */
  readonly path: string
  readonly digest: Digest
  readonly mediaType: string | undefined
  /** Bytes; undefined where it does not say. */
  readonly size: number | undefined
}

/** Each becomes a row; no known kind nests deeper. */
const MAX_FOUND = 1000
const MAX_DEPTH = 6
const MAX_VISITED = 100_000
const DIGEST_FIELDS = ['digest', 'blobSum']

function descriptorAt(path: string, value: Record<string, unknown>): FoundDescriptor | undefined {
  const text = DIGEST_FIELDS.map((field) => value[field]).find((field) => typeof field === 'string')
  const digest = typeof text === 'string' ? parseDigest(text) : undefined
  if (digest === undefined) return undefined
  const { mediaType, size } = value
  return {
    path,
    digest,
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
  }
}

/**
 * Finds whatever names content by digest.
 *
 * @param document  parsed JSON; untrusted.
 * @returns at most 1000, in the order of the document, from at most six levels. Never throws.
 */
export function findDescriptors(document: unknown): readonly FoundDescriptor[] {
  const found: FoundDescriptor[] = []
  let visited = 0
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return
    if (found.length >= MAX_FOUND || ++visited > MAX_VISITED) return
    const descriptor = Array.isArray(value) ? undefined : descriptorAt(path, value as Record<string, unknown>)
    if (descriptor !== undefined) found.push(descriptor)
    for (const [key, inner] of Object.entries(value))
      visit(inner, path === '' ? key : `${path}.${key}`, depth + 1)
  }
  visit(document, '', 0)
  return found
}
