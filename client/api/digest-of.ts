// Digests computed here. Not with the browser's own crypto, which plain http does not have: a chunk of its own, since
// it is needed only where the registry names no digest, and under Raw.

import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

const HASHES: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = { sha256, sha384, sha512 }

/** `algorithm:hex` of these bytes; undefined for an algorithm that is not known here. */
export function digestOf(bytes: Uint8Array, algorithm: string): string | undefined {
  const hash = Object.hasOwn(HASHES, algorithm) ? HASHES[algorithm] : undefined
  if (hash === undefined) return undefined
  return `${algorithm}:${[...hash(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
