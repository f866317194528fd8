// Catalog, tag lists and referrers: the answers of the demo registry that are lists.

import { OCI_INDEX } from '../../shared/oci/media-types.ts'
import type { RecordedRequest } from './exchange.ts'
import type { Answer } from './faults.ts'
import { type ImageStore, inByteOrder, type StoredManifest } from './image-store.ts'
import { json, registryError } from './registry-errors.ts'
import { queryOf } from './registry-routes.ts'

const CATALOG_DEFAULT = 100

/** Reads `n`: undefined if absent, null if it is no whole number of 0 or more. */
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

/** `_catalog`: 100 names unless asked; more than the maximum is an error (distribution `catalog.maxentries`). */
export function answerCatalog(
  request: RecordedRequest,
  store: Pick<ImageStore, 'repositories'>,
  maxPage: number,
): Answer {
  const limit = readLimit(queryOf(request).get('n'))
  if (limit === null || (limit !== undefined && limit > maxPage))
    return registryError('PAGINATION_NUMBER_INVALID', { n: limit ?? queryOf(request).get('n') })
  const page = pageOf(request, store.repositories(), limit ?? Math.min(CATALOG_DEFAULT, maxPage))
  const answer = json({ repositories: page.items })
  return { ...answer, headers: { ...answer.headers, ...page.headers } }
}

/** `tags/list`: all unless asked for less; `n` above the maximum is clamped (distribution `tags.maxtags`). */
export function answerTags(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  maxPage: number,
): Answer {
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
  const answer = json({ name, tags: page.items.length === 0 ? null : page.items })
  return { ...answer, headers: { ...answer.headers, ...page.headers } }
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
export function answerReferrers(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  subject: string,
): Answer {
  const all = [...(store.repository(name)?.manifests.values() ?? [])]
  const artifactType = queryOf(request).get('artifactType')
  const manifests = all
    .flatMap((manifest) => referrerOf(manifest, subject))
    .filter((referrer) => artifactType === null || referrer.artifactType === artifactType)
  const answer = json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
  const filtered = artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' }
  return { ...answer, headers: { 'content-type': OCI_INDEX, ...filtered } }
}
