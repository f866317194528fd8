// Tags attached to another image and derived from its digest: fallback tags of the referrers tag schema, and cosign's.

import { type Digest, parseDigest } from './digest.ts'
import { parseTag, type Tag } from './reference.ts'

/** The number of characters of a digest's encoded part in its fallback tag. */
const FALLBACK_LENGTH = 64

/** The tag of the referrers list in registries without the referrers API (distribution-spec, "Referrers Tag Schema"). */
export function fallbackTag(digest: Digest): Tag | undefined {
  const colon = digest.indexOf(':')
  const clean = (text: string, length: number) => text.slice(0, length).replace(/[^\w.-]/g, '-')
  return parseTag(`${clean(digest.slice(0, colon), 32)}-${clean(digest.slice(colon + 1), FALLBACK_LENGTH)}`)
}

/** For the registered algorithms only: with any others, ordinary tags would match. */
const FALLBACK = new RegExp(`^sha(?:256|384|512)-[a-f0-9]{${FALLBACK_LENGTH}}$`)
const COSIGN = /^([a-z0-9]+)-([a-f0-9]{64,128})\.(?:sig|att|sbom)$/

/** The digest in a cosign tag; undefined for any other tag. */
export function cosignSubject(tag: Tag): Digest | undefined {
  const [, algorithm, hex] = COSIGN.exec(tag) ?? []
  return hex === undefined ? undefined : parseDigest(`${algorithm}:${hex}`)
}

/** The cosign tags of these images: `sha256-….sig`, `.att`, `.sbom`. */
export function cosignTags(
  tags: readonly Tag[],
  subjects: readonly Digest[],
): readonly { tag: Tag; subject: Digest }[] {
  return tags.flatMap((tag) => {
    const subject = cosignSubject(tag)
    return subject !== undefined && subjects.includes(subject) ? [{ tag, subject }] : []
  })
}

/** Whether a tag belongs to another image. */
export function isAttached(tag: Tag): boolean {
  return FALLBACK.test(tag) || cosignSubject(tag) !== undefined
}
