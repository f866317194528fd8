// Descriptors in documents of any kind, so that the parts of unknown types can be shown, too.

import { type Digest, parseDigest } from './digest.ts'
import { foldKey } from './manifest-shape.ts'

export interface FoundDescriptor {
  /** Its path in the document: `blobs.0`. */
  readonly path: string
  readonly digest: Digest
  readonly mediaType: string | undefined
  /** Bytes; undefined if missing. */
  readonly size: number | undefined
}

interface Limits {
  readonly found: number
  readonly depth: number
  /** Objects and lists. */
  readonly visited: number
}

/** For the page: each becomes a row; no known type nests deeper. */
const FIRST: Limits = { found: 1000, depth: 6, visited: 100_000 }
/** The largest document the server parses (transport/json.ts). */
const ALL: Limits = { found: 200_000, depth: 100, visited: 200_000 }
/** Fields that name content; `blobSum` in Docker's schema 1. */
const DIGEST_FIELDS = ['digest', 'blobsum']

/** The descriptor at a path; all digests of an object that has several, since clients differ in which one they use. */
function descriptorsAt(path: string, value: Record<string, unknown>): FoundDescriptor[] {
  const fields = Object.entries(value).map(([key, field]) => [foldKey(key), field] as const)
  const digests = fields.flatMap(([key, field]) =>
    DIGEST_FIELDS.includes(key) && typeof field === 'string' ? (parseDigest(field) ?? []) : [],
  )
  if (digests.length === 0) return []
  const mediaType = fields.findLast(([key]) => key === 'mediatype')?.[1]
  const size = fields.findLast(([key]) => key === 'size')?.[1]
  return [...new Set(digests)].map((digest) => ({
    path,
    digest,
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
  }))
}

/** The descriptors within the limits, in document order, and whether the document exceeds the limits. */
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
    if (!Array.isArray(value)) found.push(...descriptorsAt(path, value as Record<string, unknown>))
    for (const [key, inner] of Object.entries(value))
      visit(inner, path === '' ? key : `${path}.${key}`, depth + 1)
  }
  visit(document, '', 0)
  return { found, isCut }
}

/**
 * Finds the descriptors of a document, for showing.
 *
 * @param document  parsed JSON; untrusted.
 * @returns at most 1000, in document order, from at most six levels. Never throws.
 */
export function findDescriptors(document: unknown): readonly FoundDescriptor[] {
  return search(document, FIRST).found
}

/**
 * Finds all descriptors of a document, for decisions that need every one.
 *
 * @param document  parsed JSON; untrusted.
 * @returns undefined if the document has more than 200,000 objects and lists or 100 levels: a part would pass for the
 *   whole. Never throws.
 */
export function allDescriptors(document: unknown): readonly FoundDescriptor[] | undefined {
  const { found, isCut } = search(document, ALL)
  return isCut ? undefined : found
}
