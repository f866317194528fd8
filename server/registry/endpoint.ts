// What a /v2 request asks for: parsed by the OCI grammar, then written anew. The raw path never goes further.

import { parseDigest } from '../../shared/oci/digest.ts'
import { parseRepository, parseTag } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'

export type RegistryMethod = 'GET' | 'HEAD' | 'DELETE'
export type EndpointKind = 'ping' | 'catalog' | 'tags' | 'manifest' | 'blob' | 'referrers'

/** One end point of the distribution API, safe to send: every part has passed its grammar. */
export interface RegistryEndpoint {
  readonly method: RegistryMethod
  readonly kind: EndpointKind
  /** Undefined for the ping and the catalog only. */
  readonly repository: string | undefined
  /** The digest asked for, if the answer is immutable: a blob, a manifest or its referrers by digest. */
  readonly digest: string | undefined
  /** Path and query for the registry, rebuilt from the parsed parts. */
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

/** Whether this end point answers with a list, which may come in pages. */
export function isList<T extends { readonly kind: EndpointKind }>(
  endpoint: T,
): endpoint is T & { readonly kind: ListKind } {
  return LIST_KINDS.some((kind) => kind === endpoint.kind)
}

/** The registry's own query out of a `next` that was made for this list; throws GatewayError for any other. */
export type OpenNext = (list: ListName, next: string) => string

const noSuchPath = () => new GatewayError('NAME_INVALID', 'No such registry path.', { status: 404 })

/** The registry's query, asked for another number of items: that of the page may be too large for it. */
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
      throw new GatewayError('PAGINATION_NUMBER_INVALID', `The query parameter ${name} is not valid.`)
    kept.set(name, value)
  }
  const [next, n] = [sent.get('next'), kept.get('n')]
  if (next === null || open === undefined) return kept.toString()
  const query = open(list, next)
  return n === null ? query : withLimit(query, n)
}

type Located = Pick<RegistryEndpoint, 'kind' | 'repository' | 'digest'> & { readonly tail: string }

/** Finds the end point by the last segments, since a repository may itself be called `manifests`. */
function locate(path: string): Located | undefined {
  if (path === '/v2' || path === '/v2/')
    return { kind: 'ping', repository: undefined, digest: undefined, tail: '' }
  if (path === '/v2/_catalog')
    return { kind: 'catalog', repository: undefined, digest: undefined, tail: '_catalog' }
  const segments = path.slice('/v2/'.length).split('/')
  const last = segments.pop() ?? ''
  const word = segments.pop()
  const repository = parseRepository(segments.join('/'))
  if (!path.startsWith('/v2/') || repository === undefined) return undefined
  const digest = parseDigest(last)
  const tail = `${repository}/${word}/${last}`
  if (word === 'tags' && last === 'list') return { kind: 'tags', repository, digest: undefined, tail }
  if (word === 'manifests' && (digest !== undefined || parseTag(last) !== undefined))
    return { kind: 'manifest', repository, digest, tail }
  if (word === 'blobs' && digest !== undefined) return { kind: 'blob', repository, digest, tail }
  if (word === 'referrers' && digest !== undefined) return { kind: 'referrers', repository, digest, tail }
  return undefined
}

/** The same list, by this query and no other; '' for none. It goes to the registry as it is. */
export function withQuery(list: RegistryEndpoint, query: string): RegistryEndpoint {
  const [path] = list.path.split('?', 1)
  return { ...list, path: query === '' ? `${path}` : `${path}?${query}` }
}

/**
 * Reads a request line meant for the registry.
 *
 * @param method  as sent; only GET, HEAD and, for a manifest, DELETE come through.
 * @param rawUrl  the raw request target (origin form): untrusted. No percent-encoding is accepted in
 *   its path, since nothing in the grammar needs it and whoever decodes it later may read it differently.
 * @param open  opens the `next` of a list, whose query then replaces all but `n`; absent: `next` is dropped.
 * @throws GatewayError NAME_INVALID (404) for a path outside the grammar, UNSUPPORTED (405) for a method,
 *   PAGINATION_NUMBER_INVALID (400) for a query value; what `open` throws.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
export function parseEndpoint(method: string, rawUrl: string, open?: OpenNext): RegistryEndpoint {
  if (method !== 'GET' && method !== 'HEAD' && method !== 'DELETE')
    throw new GatewayError(
      'UNSUPPORTED',
      `Gantry does not pass ${/^[A-Z]{1,16}$/.test(method) ? method : 'this method'} to the registry.`,
    )
  const mark = rawUrl.indexOf('?')
  const located = locate(mark === -1 ? rawUrl : rawUrl.slice(0, mark))
  if (located === undefined) throw noSuchPath()
  const { kind, repository, digest, tail } = located
  if (method === 'DELETE' && kind !== 'manifest')
    throw new GatewayError('UNSUPPORTED', 'Only manifests can be deleted through Gantry.')
  const endpoint: RegistryEndpoint = { method, kind, repository, digest, path: `/v2/${tail}` }
  if (mark === -1 || !isList(located)) return endpoint
  return withQuery(endpoint, rebuildQuery(located, rawUrl.slice(mark + 1), open))
}

/** `GET /v2/`: where a registry says whether and how it wants to be logged in to. */
export const PING: RegistryEndpoint = parseEndpoint('GET', '/v2/')
