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

interface Limits {
  readonly found: number
  readonly depth: number
  /** Objects and lists. */
  readonly visited: number
}

/** For a page: each becomes a row; no known kind nests deeper. */
const FIRST: Limits = { found: 1000, depth: 6, visited: 100_000 }
/** As large as a document may be that the server parses (json.ts). */
const ALL: Limits = { found: 200_000, depth: 100, visited: 200_000 }
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

/** What is found within the limits, in the order of the document, and whether the document goes on beyond them. */
function search(document: unknown, limits: Limits): { found: FoundDescriptor[]; isCut: boolean } {
  const found: FoundDescriptor[] = []
  let visited = 0
  let isCut = false
  const visit = (value: unknown, path: string, depth: number): void => {
    if (typeof value !== 'object' || value === null) return
    if (depth > limits.depth || found.length >= limits.found || ++visited > limits.visited) {
      isCut = true
      return
    }
    const descriptor = Array.isArray(value) ? undefined : descriptorAt(path, value as Record<string, unknown>)
    if (descriptor !== undefined) found.push(descriptor)
    for (const [key, inner] of Object.entries(value))
      visit(inner, path === '' ? key : `${path}.${key}`, depth + 1)
  }
  visit(document, '', 0)
  return { found, isCut }
}

/**
 * Finds whatever names content by digest, to be looked at.
 *
 * @param document  parsed JSON; untrusted.
 * @returns at most 1000, in the order of the document, from at most six levels. Never throws.
 */
export function findDescriptors(document: unknown): readonly FoundDescriptor[] {
  return search(document, FIRST).found
}

/**
 * Finds everything that names content by digest, to be relied on.
 *
 * @param document  parsed JSON; untrusted.
 * @returns undefined if the document goes on beyond 200,000 objects and lists or 100 levels: half of them would pass
 *   for the whole. Never throws.
 */
export function allDescriptors(document: unknown): readonly FoundDescriptor[] | undefined {
  const { found, isCut } = search(document, ALL)
  return isCut ? undefined : found
}
