// Content digests.

/** `algorithm:encoded`, checked. */
export type Digest = string & { readonly __brand: 'Digest' }

// image-spec descriptor.md: algorithm = component *("+" / "." / "_" / "-" component), encoded = 1*[a-zA-Z0-9=_-]
const GRAMMAR = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
/** Length in lower-case hexadecimal digits of the registered algorithms. */
const HEX_LENGTH = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])
const MAX_LENGTH = 255

/**
 * Reads a digest.
 *
 * @returns undefined unless it follows the grammar and, for sha256, sha384 and sha512, has exactly the
 *   right number of lower-case hexadecimal digits. Never throws; linear in the input.
 * @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
export function parseDigest(text: string): Digest | undefined {
  if (text.length > MAX_LENGTH || !GRAMMAR.test(text)) return undefined
  const colon = text.indexOf(':')
  const length = HEX_LENGTH.get(text.slice(0, colon))
  const encoded = text.slice(colon + 1)
  if (length !== undefined && !(encoded.length === length && /^[a-f0-9]+$/.test(encoded))) return undefined
  return text as Digest
}

/** The first twelve characters after the algorithm: enough for people to compare. */
export function shortDigest(digest: Digest): string {
  const colon = digest.indexOf(':')
  return digest.slice(colon + 1, colon + 13)
}
