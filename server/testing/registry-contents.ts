// Manifests and blobs of the demo registry.

import { parseDigest } from '../../shared/oci/digest.ts'
import { DOCKER_MANIFEST_LIST, essence, OCI_INDEX, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import type { RecordedRequest } from './exchange.ts'
import type { Answer } from './faults.ts'
import type { ImageStore, StoredManifest, StoredRepository } from './image-store.ts'
import { registryError } from './registry-errors.ts'

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
export function answerManifest(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  reference: string,
): Answer {
  const repository = store.repository(name)
  const isDigest = parseDigest(reference) !== undefined
  const digest = isDigest ? reference : repository?.tags.get(reference)
  if (repository === undefined || digest === undefined)
    return registryError('MANIFEST_UNKNOWN', isDigest ? `unknown manifest ${reference}` : { Tag: reference })
  // before the manifest is read, so that a broken tag can still be "not modified"
  if (matchesEtag(request, digest)) return { status: 304 }
  const stored = repository.manifests.get(digest)
  if (stored === undefined) return registryError('MANIFEST_UNKNOWN', { Name: name, Revision: digest })
  const refusal = refusedByAccept(request, stored)
  if (refusal !== undefined) return registryError('MANIFEST_UNKNOWN', undefined, refusal)
  const manifest = isDigest ? stored : downgraded(request, repository, stored)
  if (manifest === undefined) return registryError('MANIFEST_UNKNOWN')
  const headers = {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  }
  return { status: 200, headers, body: manifest.bytes }
}

export type TagDeletionManners = 'single' | 'refused' | 'with-manifest'

/** Removes a manifest with all its tags or, as `manners` say, a tag. */
export function answerDelete(
  store: ImageStore,
  name: string,
  reference: string,
  manners: TagDeletionManners,
): Answer {
  const repository = store.repository(name)
  const isTag = parseDigest(reference) === undefined
  if (isTag && manners === 'refused') return registryError('DIGEST_INVALID')
  if (isTag && manners === 'single')
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
export function answerBlob(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  digest: string,
): Answer {
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
