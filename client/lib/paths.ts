// Builds every URL of the page. Paths are relative to the router's base.

import type { Digest } from '../../shared/oci/digest.ts'
import { formatReference, type Reference, type Repository } from '../../shared/oci/reference.ts'

export const home = '/'

/** `/r/payments/api:4.12.1`: reads like the image reference it is. */
export function referencePath(reference: Reference): string {
  return `/r/${formatReference(reference)}`
}

export function repositoryPath(repository: Repository): string {
  return referencePath({ repository })
}

/** Where a blob is downloaded, relative to the page's base: a link of the browser, not of the router. */
export function blobPath(repository: Repository, digest: Digest): string {
  return `v2/${repository}/blobs/${digest}`
}

/** The login, and where to go afterwards. */
export function loginPath(next: string): string {
  return next === home ? '/login' : `/login?${new URLSearchParams({ next })}`
}

/**
 * Reads `?next=`: a path of our own, relative to the router's base.
 *
 * @returns `/` for everything else. A browser reads `//host`, `/\host` and tabs or line ends between slashes as
 *   another host's address, so anything but a plain path of ours is dropped. The login itself is no place to go.
 */
export function nextPath(next: string | null): string {
  if (next === null || !/^\/(?![/\\])[^\\\p{Cc}\p{Z}]*$/u.test(next)) return home
  const base = 'http://gantry.invalid'
  if (!URL.canParse(next, base)) return home
  const url = new URL(next, base)
  if (url.origin !== base || url.pathname.startsWith('//') || /^\/login(?:\/|$)/.test(url.pathname))
    return home
  return url.pathname + url.search + url.hash
}
