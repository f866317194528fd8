// An OCI registry inside this process, as distribution 3.1 behaves, for the demo, the tests and the faults.
// One thing more than distribution: it has the referrers API. It takes no pushes.

import { type Access, covers, readBasic, readBearer } from './access.ts'
import { type DemoServer, type RecordedRequest, startServer } from './exchange.ts'
import { type Answer, createFaults, type Faults } from './faults.ts'
import type { ImageStore } from './image-store.ts'
import { guardOpenly, type OpenAccess, visibleTo } from './open-access.ts'
import { answerBlob, answerDelete, answerManifest, type TagDeletionManners } from './registry-contents.ts'
import { json, NO_ROUTE, registryError } from './registry-errors.ts'
import { answerCatalog, answerReferrers, answerTags } from './registry-lists.ts'
import { parseRoute, type Route } from './registry-routes.ts'

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
  /** Default true; false: `/v2/` answers 200 to everybody, and only what is behind it is guarded. */
  readonly guardGreeting?: boolean
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
  readonly tagDeletion?: TagDeletionManners
  /** Default true; false: no referrers API, as in distribution. */
  readonly referrersApi?: boolean
  readonly faults?: Faults
  /** Default true; false keeps `requests` empty. */
  readonly record?: boolean
}

export type DemoRegistry = DemoServer

/** What a request must be allowed to do; actions as distribution asks for them. */
function neededAccess(method: string, route: Route): readonly Access[] {
  if (route.kind === 'greeting') return []
  if (route.kind === 'catalog') return [{ type: 'registry', name: 'catalog', actions: ['*'] }]
  const reads = method === 'GET' || method === 'HEAD'
  const actions = reads ? ['pull'] : method === 'DELETE' ? ['delete'] : ['pull', 'push']
  return [{ type: 'repository', name: route.repository, actions }]
}

function unauthorized(challenge: string, needed: readonly Access[]): Answer {
  const detail = needed.flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
  )
  const answer = registryError('UNAUTHORIZED', needed.length === 0 ? null : detail)
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } }
}

/** The refusal, or undefined if the request may pass. Every refusal is a 401, as in distribution. */
function guard(request: RecordedRequest, auth: RegistryAuth, needed: readonly Access[]): Answer | undefined {
  const { authorization } = request.headers
  if (auth.type === 'none') return undefined
  if (auth.type === 'open') {
    const refusal = guardOpenly(auth, authorization, needed)
    return refusal === 'unknown' ? unauthorized('Basic realm="Demo Registry"', needed) : refusal
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

function answerRoute(request: RecordedRequest, route: Route, options: RegistryOptions): Answer {
  const { store, auth, maxCatalogPage = 1000, deleteEnabled = false, tagDeletion = 'single' } = options
  if (request.method === 'DELETE' && route.kind === 'manifest' && deleteEnabled)
    return answerDelete(store, route.repository, route.reference, tagDeletion)
  if (request.method !== 'GET' && request.method !== 'HEAD') return registryError('UNSUPPORTED')
  switch (route.kind) {
    case 'greeting':
      return { ...json({}), body: '{}' }
    case 'catalog':
      return answerCatalog(
        request,
        auth.type === 'open' ? visibleTo(auth, request.headers.authorization, store) : store,
        maxCatalogPage,
      )
    case 'tags':
      return answerTags(request, store, route.repository, maxCatalogPage)
    case 'manifest':
      return answerManifest(request, store, route.repository, route.reference)
    case 'blob':
      return answerBlob(request, store, route.repository, route.reference)
    case 'referrers':
      return answerReferrers(request, store, route.repository, route.reference)
  }
}

function answer(request: RecordedRequest, options: RegistryOptions): Answer {
  if (request.url.split('?', 1)[0] === '/v2') return { status: 301, headers: { location: '/v2/' } }
  const { auth, guardGreeting = true, referrersApi = true } = options
  const route = parseRoute(request.url)
  if (route === undefined || (route.kind === 'referrers' && !referrersApi)) return NO_ROUTE
  const open = route.kind === 'greeting' && !guardGreeting
  const refusal = open ? undefined : guard(request, auth, neededAccess(request.method, route))
  return refusal ?? answerRoute(request, route, options)
}

/**
 * Starts a registry on loopback.
 *
 * @returns its origin, what it was asked, and its faults; `close()` ends it at once.
 * @throws if the port is taken.
 */
export async function startRegistry(options: RegistryOptions): Promise<DemoRegistry> {
  return startServer({
    port: options.port ?? 0,
    tls: options.tls,
    faults: options.faults ?? createFaults(),
    record: options.record ?? true,
    handle: (request) => {
      const { status, headers, body } = answer(request, options)
      const version = { 'docker-distribution-api-version': 'registry/2.0' }
      return { status, headers: { ...version, ...headers }, ...(body !== undefined && { body }) }
    },
  })
}
