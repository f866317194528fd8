// The endpoints of the distribution API that Gantry uses. They are made from parsed names only: by a constructor, or
// from a request line, whose raw path never goes further.

import { type Digest, parseDigest } from '../../shared/oci/digest.ts'
import { parseRepository, parseTag, type Repository, type Tag } from '../../shared/oci/reference.ts'
import { gatewayError } from '../errors.ts'

export type RegistryMethod = 'GET' | 'HEAD' | 'DELETE'
export type EndpointKind = 'ping' | 'catalog' | 'tags' | 'manifest' | 'blob' | 'referrers'

/** One request line for the registry. Every part of it has passed its grammar. */
export interface RegistryEndpoint {
  readonly method: RegistryMethod
  readonly kind: EndpointKind
  /** Undefined for the ping and the catalog only. */
  readonly repository: Repository | undefined
  /** Of a manifest that is named by its tag. */
  readonly tag: Tag | undefined
  /** Of a blob, of a manifest named by its digest, and of the subject of referrers. */
  readonly digest: Digest | undefined
  /** Path and query, rebuilt from the parsed parts. */
  readonly path: string
}

const LIST_KINDS = ['catalog', 'tags', 'referrers'] as const
export type ListKind = (typeof LIST_KINDS)[number]

/** Which list it is, whatever page of it. */
export type ListName = Pick<RegistryEndpoint, 'repository' | 'digest'> & { readonly kind: ListKind }

/** Query parameters of lists that a client may choose. How a registry itself pages travels in `next`, see paging.ts. */
const QUERY: Readonly<Record<ListKind, readonly string[]>> = {
  catalog: ['n', 'last'],
  tags: ['n', 'last'],
  referrers: ['artifactType', 'n', 'last'],
}
const MAX_QUERY_VALUE = 4096

/** A digest has a colon, and a tag cannot. */
const isDigest = (reference: Tag | Digest): reference is Digest => reference.includes(':')

/** Whether this endpoint responds with a list, which may have pages. */
export function isList<T extends { readonly kind: EndpointKind }>(
  endpoint: T,
): endpoint is T & { readonly kind: ListKind } {
  return LIST_KINDS.some((kind) => kind === endpoint.kind)
}

/** The registry's own query out of a `next` that was made for this list; throws GatewayError for any other. */
export type OpenNext = (list: ListName, next: string) => string

/** The registry's query with another number of items: the page's may be too large for the registry. */
function withLimit(query: string, n: string): string {
  const limit = /(^|&)n=[^&]*/
  if (limit.test(query)) return query.replace(limit, `$1n=${n}`)
  return query === '' ? `n=${n}` : `${query}&n=${n}`
}

function rebuildQuery(list: ListName, search: string, open: OpenNext | undefined): string {
  const sent = new URLSearchParams(search)
  const kept = new URLSearchParams()
  for (const name of QUERY[list.kind]) {
    const value = sent.get(name)
    if (value === null) continue
    if (value.length > MAX_QUERY_VALUE || (name === 'n' && !/^\d{1,9}$/.test(value)))
      throw gatewayError('query_invalid', { name })
    kept.set(name, value)
  }
  const [next, n] = [sent.get('next'), kept.get('n')]
  if (next === null || open === undefined) return kept.toString()
  const query = open(list, next)
  return n === null ? query : withLimit(query, n)
}

type ListEndpointOf<Kind extends ListKind> = RegistryEndpoint & { readonly kind: Kind }

const UNNAMED = { repository: undefined, tag: undefined, digest: undefined }

/** `GET /v2/`: says whether and how the registry wants to be logged in to. */
export const PING: RegistryEndpoint = { method: 'GET', kind: 'ping', ...UNNAMED, path: '/v2/' }

const CATALOG: ListEndpointOf<'catalog'> = {
  method: 'GET',
  kind: 'catalog',
  ...UNNAMED,
  path: '/v2/_catalog',
}

/** The first page of a repository's tags. */
export function tagsEndpoint(repository: Repository): ListEndpointOf<'tags'> {
  const path = `/v2/${repository}/tags/list`
  return { method: 'GET', kind: 'tags', ...UNNAMED, repository, path }
}

/** The first page of what refers to a manifest. */
export function referrersEndpoint(repository: Repository, digest: Digest): ListEndpointOf<'referrers'> {
  const path = `/v2/${repository}/referrers/${digest}`
  return { method: 'GET', kind: 'referrers', repository, tag: undefined, digest, path }
}

export function manifestEndpoint(
  method: RegistryMethod,
  repository: Repository,
  reference: Tag | Digest,
): RegistryEndpoint {
  const path = `/v2/${repository}/manifests/${reference}`
  const named = isDigest(reference)
    ? { tag: undefined, digest: reference }
    : { tag: reference, digest: undefined }
  return { method, kind: 'manifest', repository, ...named, path }
}

export function blobEndpoint(repository: Repository, digest: Digest): RegistryEndpoint {
  const path = `/v2/${repository}/blobs/${digest}`
  return { method: 'GET', kind: 'blob', repository, tag: undefined, digest, path }
}

/** Finds the endpoint by the last segments, since a repository may itself be called `manifests`. */
function locate(path: string): RegistryEndpoint | undefined {
  if (path === '/v2' || path === '/v2/') return PING
  if (path === '/v2/_catalog') return CATALOG
  const segments = path.slice('/v2/'.length).split('/')
  const last = segments.pop() ?? ''
  const word = segments.pop()
  const repository = parseRepository(segments.join('/'))
  if (!path.startsWith('/v2/') || repository === undefined) return undefined
  if (word === 'tags' && last === 'list') return tagsEndpoint(repository)
  const digest = parseDigest(last)
  const reference = digest ?? parseTag(last)
  if (word === 'manifests' && reference !== undefined) return manifestEndpoint('GET', repository, reference)
  if (word === 'blobs' && digest !== undefined) return blobEndpoint(repository, digest)
  if (word === 'referrers' && digest !== undefined) return referrersEndpoint(repository, digest)
  return undefined
}

/** The same list with exactly this query, which is sent unchanged; '' for none. */
export function withQuery<List extends RegistryEndpoint>(list: List, query: string): List {
  const [path] = list.path.split('?', 1)
  return { ...list, path: query === '' ? `${path}` : `${path}?${query}` }
}

/**
 * Reads a request line meant for the registry.
 *
 * @param method  as sent; only GET, HEAD and, for a manifest, DELETE are accepted.
 * @param rawUrl  the raw request target (origin form): untrusted. No percent-encoding is accepted in
 *   its path, since nothing in the grammar needs it, and a later decoder may read it differently.
 * @param open  opens the `next` of a list, whose query then replaces all but `n`; absent: `next` is dropped.
 * @throws GatewayError NAME_INVALID (404) for a path outside the grammar, UNSUPPORTED (405) for a method,
 *   PAGINATION_NUMBER_INVALID (400) for a query value; what `open` throws.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
export function parseEndpoint(method: string, rawUrl: string, open?: OpenNext): RegistryEndpoint {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE')
    throw gatewayError('method_unsupported', {
      method: /^[A-Z]{1,16}$/.test(method) ? method : 'this method',
    })
  const mark = rawUrl.indexOf('?')
  const located = locate(mark === -1 ? rawUrl : rawUrl.slice(0, mark))
  if (located === undefined) throw gatewayError('path_unknown')
  if (method === 'DELETE' && located.kind !== 'manifest') throw gatewayError('only_manifests_deleted')
  const endpoint: RegistryEndpoint = { ...located, method }
  if (mark === -1 || !isList(endpoint)) return endpoint
  return withQuery(endpoint, rebuildQuery(endpoint, rawUrl.slice(mark + 1), open))
}
