// The responses of the fake registry: errors, lists, manifests and blobs, as distribution 3 sends them.

import { parseDigest } from '../../../shared/oci/digest.ts'
import { DOCKER_MANIFEST_LIST, essence, OCI_INDEX, OCI_MANIFEST } from '../../../shared/oci/media-types.ts'
import type { FakeResponse } from '../faults.ts'
import { json, queryOf, type RecordedRequest } from '../http-server.ts'
import { type ImageStore, inByteOrder, type StoredManifest, type StoredRepository } from '../image-store.ts'

const ERRORS = {
  UNAUTHORIZED: [401, 'authentication required'],
  DENIED: [403, 'requested access to the resource is denied'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
} as const

/** An error in the envelope of the distribution spec. */
export function registryError(code: keyof typeof ERRORS, detail?: unknown, message?: string): FakeResponse {
  const [status, text] = ERRORS[code]
  return json({ errors: [{ code, message: message ?? text, detail }] }, status)
}

/** What no route matches: plain text, as Go's router says it. */
export const NO_ROUTE: FakeResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
}

const CATALOG_DEFAULT = 100

/** Reads `n`: undefined if absent, null if it is not a non-negative integer. */
function readLimit(n: string | null): number | undefined | null {
  if (n === null || n === '') return undefined
  return /^\d{1,15}$/.test(n) ? Number(n) : null
}

/** One page of a sorted list, with the Link that leads to the next. */
function pageOf(request: RecordedRequest, all: readonly string[], limit: number) {
  const last = queryOf(request).get('last') ?? ''
  const rest = last === '' ? all : all.slice(firstAfter(all, last))
  const items = rest.slice(0, limit)
  const next = new URLSearchParams({ last: items.at(-1) ?? '', n: String(limit) })
  const link = `<${request.url.split('?', 1)[0]}?${next}>; rel="next"`
  return { items, headers: items.length > 0 && rest.length > limit ? { link } : {} }
}

/** Index of the first name behind `last`, which itself need not be there. */
function firstAfter(sorted: readonly string[], last: string): number {
  const index = sorted.findIndex((name) => name > last)
  return index === -1 ? sorted.length : index
}

/** `_catalog`: 100 names by default; more than the maximum is an error (distribution `catalog.maxentries`). */
export function respondWithCatalog(
  request: RecordedRequest,
  store: Pick<ImageStore, 'repositories'>,
  maxPage: number,
): FakeResponse {
  const limit = readLimit(queryOf(request).get('n'))
  if (limit === null || (limit !== undefined && limit > maxPage))
    return registryError('PAGINATION_NUMBER_INVALID', { n: limit ?? queryOf(request).get('n') })
  const page = pageOf(request, store.repositories(), limit ?? Math.min(CATALOG_DEFAULT, maxPage))
  const response = json({ repositories: page.items })
  return { ...response, headers: { ...response.headers, ...page.headers } }
}

/** `tags/list`: all by default; `n` above the maximum is clamped (distribution `tags.maxtags`). */
export function respondWithTags(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  maxPage: number,
): FakeResponse {
  const repository = store.repository(name)
  if (repository === undefined) return registryError('NAME_UNKNOWN', { name })
  const limit = readLimit(queryOf(request).get('n'))
  if (limit === null) return registryError('PAGINATION_NUMBER_INVALID', { n: 0 })
  const tags = inByteOrder(repository.tags.keys())
  const page = pageOf(
    request,
    tags,
    limit === undefined ? Math.max(tags.length, 1) : Math.min(limit, maxPage),
  )
  // no tags are null and not []: a Go slice that nothing was added to
  const response = json({ name, tags: page.items.length === 0 ? null : page.items })
  return { ...response, headers: { ...response.headers, ...page.headers } }
}

interface ReferrerFields {
  readonly subject?: { readonly digest?: string }
  readonly artifactType?: string
  readonly config?: { readonly mediaType?: string }
  readonly annotations?: Record<string, string>
}

function referrerOf({ digest, mediaType, bytes }: StoredManifest, subject: string) {
  const fields: ReferrerFields = JSON.parse(bytes.toString('utf8'))
  if (fields.subject?.digest !== subject) return []
  const artifactType = fields.artifactType ?? fields.config?.mediaType
  return [{ mediaType, digest, size: bytes.length, artifactType, annotations: fields.annotations }]
}

/** The referrers API (distribution-spec, "Listing Referrers"): an index, empty if nothing refers to the digest. */
export function respondWithReferrers(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  subject: string,
): FakeResponse {
  const all = [...(store.repository(name)?.manifests.values() ?? [])]
  const artifactType = queryOf(request).get('artifactType')
  const manifests = all
    .flatMap((manifest) => referrerOf(manifest, subject))
    .filter((referrer) => artifactType === null || referrer.artifactType === artifactType)
  const response = json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
  const filtered = artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' }
  return { ...response, headers: { 'content-type': OCI_INDEX, ...filtered } }
}

const YEAR_SECONDS = 365 * 24 * 60 * 60

function matchesEtag({ headers }: RecordedRequest, digest: string): boolean {
  const candidates = (headers['if-none-match'] ?? '').split(',').map((text) => text.trim())
  return candidates.some((text) => text === digest || text === `"${digest}"`)
}

/** OCI types only for those who name them: distribution ignores wildcards and qualities. */
function refusedByAccept({ headers }: RecordedRequest, { mediaType }: StoredManifest): string | undefined {
  const accepted = (headers.accept ?? '').split(',').map(essence)
  if (accepted.includes(mediaType)) return undefined
  if (mediaType === OCI_MANIFEST)
    return 'OCI manifest found, but accept header does not support OCI manifests'
  if (mediaType === OCI_INDEX) return 'OCI index found, but accept header does not support OCI indexes'
  return undefined
}

interface ListedManifest {
  readonly digest: string
  readonly platform?: { readonly os?: string; readonly architecture?: string }
}

/** A tagged manifest list becomes its linux/amd64 image for a client that does not accept lists. */
function downgraded(
  request: RecordedRequest,
  repository: StoredRepository,
  manifest: StoredManifest,
): StoredManifest | undefined {
  const accepted = (request.headers.accept ?? '').split(',').map(essence)
  if (manifest.mediaType !== DOCKER_MANIFEST_LIST || accepted.includes(DOCKER_MANIFEST_LIST)) return manifest
  const list: { manifests: readonly ListedManifest[] } = JSON.parse(manifest.bytes.toString('utf8'))
  const chosen = list.manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64',
  )
  return chosen && repository.manifests.get(chosen.digest)
}

/** A manifest by tag or digest, GET and HEAD. */
export function respondWithManifest(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  reference: string,
): FakeResponse {
  const repository = store.repository(name)
  const isDigest = parseDigest(reference) !== undefined
  const digest = isDigest ? reference : repository?.tags.get(reference)
  if (repository === undefined || digest === undefined)
    return registryError('MANIFEST_UNKNOWN', isDigest ? `unknown manifest ${reference}` : { Tag: reference })
  // before the manifest is read, so that a broken tag can still be "not modified"
  if (matchesEtag(request, digest)) return { status: 304 }
  const stored = repository.manifests.get(digest)
  if (stored === undefined) return registryError('MANIFEST_UNKNOWN', { Name: name, Revision: digest })
  const denial = refusedByAccept(request, stored)
  if (denial !== undefined) return registryError('MANIFEST_UNKNOWN', undefined, denial)
  const manifest = isDigest ? stored : downgraded(request, repository, stored)
  if (manifest === undefined) return registryError('MANIFEST_UNKNOWN')
  const headers = {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  }
  return { status: 200, headers, body: manifest.bytes }
}

export type TagDeletion = 'single' | 'refused' | 'with-manifest'

/** Removes a manifest with all its tags or, as `tagDeletion` says, a tag. */
export function respondWithDelete(
  store: ImageStore,
  name: string,
  reference: string,
  tagDeletion: TagDeletion,
): FakeResponse {
  const repository = store.repository(name)
  const isTag = parseDigest(reference) === undefined
  if (isTag && tagDeletion === 'refused') return registryError('DIGEST_INVALID')
  if (isTag && tagDeletion === 'single')
    return repository?.tags.delete(reference)
      ? { status: 202 }
      : registryError('MANIFEST_UNKNOWN', { Tag: reference })
  const digest = isTag ? repository?.tags.get(reference) : reference
  if (digest === undefined || !repository?.manifests.delete(digest)) return registryError('MANIFEST_UNKNOWN')
  for (const [tag, of] of repository.tags) if (of === digest) repository.tags.delete(tag)
  return { status: 202 }
}

/** First and last byte of a single range; undefined: send all; null: not satisfiable (RFC 9110 §14). */
function readRange(range: string | undefined, size: number): readonly [number, number] | undefined | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range?.trim() ?? '') ?? []
  if (from === '' && to === '') return undefined
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (from !== '' && to !== '' && Number(to) < first) return undefined
  return first < size ? [first, last] : null
}

/** A blob, whole or one range of it, GET and HEAD. */
export function respondWithBlob(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  digest: string,
): FakeResponse {
  if (parseDigest(digest) === undefined)
    return registryError('DIGEST_INVALID', 'invalid checksum digest format')
  const bytes = store.repository(name)?.blobs.get(digest)
  if (bytes === undefined) return registryError('BLOB_UNKNOWN', digest)
  const etag = `"${digest}"`
  const headers = {
    'docker-content-digest': digest,
    etag,
    'cache-control': `max-age=${YEAR_SECONDS}`,
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
  }
  if (matchesEtag(request, digest)) return { status: 304, headers }
  const condition = request.headers['if-range']
  const range = readRange(
    condition === undefined || condition === etag ? request.headers.range : undefined,
    bytes.length,
  )
  if (range === null)
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${bytes.length}` } }
  if (range === undefined) return { status: 200, headers, body: bytes }
  const [first, last] = range
  const contentRange = `bytes ${first}-${last}/${bytes.length}`
  return {
    status: 206,
    headers: { ...headers, 'content-range': contentRange },
    body: bytes.subarray(first, last + 1),
  }
}
