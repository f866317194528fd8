// An OCI registry inside this process, as distribution 3.1 behaves, for the demo, the tests and the faults.
// One thing more than distribution: it has the referrers API. It takes no pushes.

import { parseRepository, parseTag } from '../../../shared/oci/reference.ts'
import { type Access, type AccessRule, covers, grant, readBasic, readBearer } from '../access.ts'
import { createFaults, type FakeResponse, type Faults } from '../faults.ts'
import { type DemoServer, json, type RecordedRequest, startServer } from '../http-server.ts'
import type { ImageStore } from '../image-store.ts'
import type { DemoUser } from '../token-server.ts'
import {
  NO_ROUTE,
  registryError,
  respondWithBlob,
  respondWithCatalog,
  respondWithDelete,
  respondWithManifest,
  respondWithReferrers,
  respondWithTags,
  type TagDeletion,
} from './responses.ts'

export type RegistryAuth =
  | { readonly type: 'none' }
  | { readonly type: 'basic'; readonly users: Readonly<Record<string, string>> }
  | {
      readonly type: 'token'
      /** URL of the token server, as the challenge names it. */
      readonly realm: string
      readonly service: string
      /** What a token allows; undefined if it is not valid. */
      verifyToken(token: string): readonly Access[] | undefined
    }
  | ({ readonly type: 'open' } & OpenAccess)

export interface RegistryOptions {
  /** Default 0: any free one. */
  readonly port?: number
  readonly store: ImageStore
  readonly auth: RegistryAuth
  /** Default true; false: `/v2/` is 200 for everybody, and only the rest is guarded. */
  readonly guardPing?: boolean
  /** Most names in a page of the catalog or of tags; default 1000. */
  readonly maxCatalogPage?: number
  /** PEM. Serves https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** Default false: DELETE is UNSUPPORTED. */
  readonly deleteEnabled?: boolean
  /**
   * What DELETE of a tag does. `single` (the default): removes it alone, as distribution 3. `refused`:
   * DIGEST_INVALID, as distribution 2.8. `with-manifest`: takes the manifest and all its tags along.
   */
  readonly tagDeletion?: TagDeletion
  /** Default true; false: no referrers API, as in distribution. */
  readonly referrersApi?: boolean
  readonly faults?: Faults
  /** Default true; false keeps `requests` empty. */
  readonly record?: boolean
}

export type DemoRegistry = DemoServer

/** What a request must be allowed to do; actions as distribution asks for them. */
function neededAccess(method: string, route: Route): readonly Access[] {
  if (route.kind === 'ping') return []
  if (route.kind === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }]
  const reads = method === 'GET' || method === 'HEAD'
  const actions = reads ? ['pull'] : method === 'DELETE' ? ['delete'] : ['pull', 'push']
  return [{ type: 'repository', name: route.repository, actions }]
}

function unauthorized(challenge: string, needed: readonly Access[]): FakeResponse {
  const detail = needed.flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
  )
  const response = registryError('UNAUTHORIZED', needed.length === 0 ? null : detail)
  return { ...response, headers: { ...response.headers, 'www-authenticate': challenge } }
}

/** The error response, or undefined if the request may pass. It is always a 401, as in distribution. */
function guard(
  request: RecordedRequest,
  auth: RegistryAuth,
  needed: readonly Access[],
): FakeResponse | undefined {
  const { authorization } = request.headers
  if (auth.type === 'none') return undefined
  if (auth.type === 'open') {
    const denial = guardOpenly(auth, authorization, needed)
    return denial === 'unknown' ? unauthorized('Basic realm="Demo Registry"', needed) : denial
  }
  if (auth.type === 'basic') {
    const given = readBasic(authorization)
    const known = given !== undefined && Object.hasOwn(auth.users, given.username)
    return known && auth.users[given.username] === given.password
      ? undefined
      : unauthorized('Basic realm="Demo Registry"', needed)
  }
  const scope = needed.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ')
  const wanted = scope === '' ? '' : `,scope="${scope}"`
  const challenge = `Bearer realm="${auth.realm}",service="${auth.service}"${wanted}`
  const token = readBearer(authorization)
  if (token === undefined) return unauthorized(challenge, needed)
  const held = auth.verifyToken(token)
  if (held === undefined) return unauthorized(`${challenge},error="invalid_token"`, needed)
  return covers(held, needed) ? undefined : unauthorized(`${challenge},error="insufficient_scope"`, needed)
}

function respondWithRoute(request: RecordedRequest, route: Route, options: RegistryOptions): FakeResponse {
  const { store, auth, maxCatalogPage = 1000, deleteEnabled = false, tagDeletion = 'single' } = options
  if (request.method === 'DELETE' && route.kind === 'manifest' && deleteEnabled)
    return respondWithDelete(store, route.repository, route.reference, tagDeletion)
  if (request.method !== 'GET' && request.method !== 'HEAD') return registryError('UNSUPPORTED')
  switch (route.kind) {
    case 'ping':
      return { ...json({}), body: '{}' }
    case 'catalog':
      return respondWithCatalog(
        request,
        auth.type === 'open' ? visibleTo(auth, request.headers.authorization, store) : store,
        maxCatalogPage,
      )
    case 'tags':
      return respondWithTags(request, store, route.repository, maxCatalogPage)
    case 'manifest':
      return respondWithManifest(request, store, route.repository, route.reference)
    case 'blob':
      return respondWithBlob(request, store, route.repository, route.reference)
    case 'referrers':
      return respondWithReferrers(request, store, route.repository, route.reference)
  }
}

function response(request: RecordedRequest, options: RegistryOptions): FakeResponse {
  if (request.url.split('?', 1)[0] === '/v2') return { status: 301, headers: { location: '/v2/' } }
  const { auth, guardPing = true, referrersApi = true } = options
  const route = parseRoute(request.url)
  if (route === undefined || (route.kind === 'referrers' && !referrersApi)) return NO_ROUTE
  const open = route.kind === 'ping' && !guardPing
  const denial = open ? undefined : guard(request, auth, neededAccess(request.method, route))
  return denial ?? respondWithRoute(request, route, options)
}

/**
 * Starts a registry on loopback.
 *
 * @returns its origin, its recorded requests, and its faults; `close()` ends it at once.
 * @throws if the port is taken.
 */
export async function startRegistry(options: RegistryOptions): Promise<DemoRegistry> {
  return startServer({
    port: options.port ?? 0,
    tls: options.tls,
    faults: options.faults ?? createFaults(),
    record: options.record ?? true,
    handle: (request) => {
      const { status, headers, body } = response(request, options)
      const version = { 'docker-distribution-api-version': 'registry/2.0' }
      return { status, headers: { ...version, ...headers }, ...(body !== undefined && { body }) }
    },
  })
}

type Route =
  | { readonly kind: 'ping' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | {
      readonly kind: 'manifest' | 'blob' | 'referrers'
      readonly repository: string
      readonly reference: string
    }

const KINDS = { manifests: 'manifest', blobs: 'blob', referrers: 'referrers' } as const
// looser than the specification's, like distribution's router: anything that is not a digest gets DIGEST_INVALID later
const DIGEST_LIKE = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/

/** Reads the path; undefined where distribution has no route. Never throws. */
function parseRoute(url: string): Route | undefined {
  const path = decode(url.split('?', 1)[0] ?? '')
  if (path === '/v2/') return { kind: 'ping' }
  if (path === '/v2/_catalog') return { kind: 'catalog' }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)?.[1]
  if (tags !== undefined)
    return parseRepository(tags) === undefined ? undefined : { kind: 'tags', repository: tags }
  const [, repository = '', place = '', reference = ''] =
    /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? []
  if (parseRepository(repository) === undefined) return undefined
  const kind = KINDS[place as keyof typeof KINDS]
  if (DIGEST_LIKE.test(reference) || (kind === 'manifest' && parseTag(reference) !== undefined))
    return { kind, repository, reference }
  return undefined
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}

export interface OpenAccess {
  readonly users: Readonly<Record<string, DemoUser>>
  /** Access without an account. */
  readonly anonymous: readonly AccessRule[]
  /** False: a wrong password is rejected everywhere, as zot does. True: a wrong password counts as no login. */
  readonly lenient: boolean
}

/** The rules for these credentials; undefined if the credentials are rejected. */
function rulesOf({ users, anonymous, lenient }: OpenAccess, authorization: string | undefined) {
  const given = readBasic(authorization)
  const user = given !== undefined && Object.hasOwn(users, given.username) ? users[given.username] : undefined
  if (user !== undefined && user.password === given?.password) return { rules: user.access, isKnown: true }
  return given === undefined || lenient ? { rules: anonymous, isKnown: false } : undefined
}

const allows = (rules: readonly AccessRule[], needed: Access) =>
  grant(needed, rules).actions.length === needed.actions.length

/** The error response, `unknown` if a login would help, or undefined if the request may pass. */
function guardOpenly(
  access: OpenAccess,
  authorization: string | undefined,
  needed: readonly Access[],
): FakeResponse | 'unknown' | undefined {
  const held = rulesOf(access, authorization)
  if (held === undefined) return 'unknown'
  const missing = needed.some((one) => one.type === 'repository' && !allows(held.rules, one))
  if (!missing) return undefined
  return held.isKnown ? registryError('DENIED') : 'unknown'
}

/** The store with the repositories that may be listed. */
function visibleTo(
  access: OpenAccess,
  authorization: string | undefined,
  store: ImageStore,
): Pick<ImageStore, 'repositories'> {
  const rules = rulesOf(access, authorization)?.rules ?? []
  const isVisible = (name: string) => allows(rules, { type: 'repository', name, actions: ['pull'] })
  return { repositories: () => store.repositories().filter(isVisible) }
}
