import { expect, test, vi } from 'vitest'
import { GatewayError } from '../../errors.ts'
import { PING, parseEndpoint, type RegistryEndpoint } from '../endpoint.ts'
import { ANONYMOUS, type Subject } from '../subject.ts'
import { isPage } from '../transport/document.ts'
import type { RegistryResponse } from '../transport/redirects.ts'
import { AuthState, type ConfiguredAuthType } from './auth-state.ts'
import { Authenticator, challengeOf, type Ping, type Transport } from './authenticator.ts'
import { Login } from './login.ts'
import { RealmPolicy } from './realm.ts'
import { TokenCache } from './token-cache.ts'
import { basicAuthorization, type TokenRequest, type TokenResult } from './token-client.ts'

const ORIGIN = 'https://registry.example'
const BEARER = 'Bearer realm="https://auth.example/token",service="registry"'
const mira = {
  kind: 'session',
  signal: new AbortController().signal,
  key: 'session:1',
  credentials: { username: 'mira', password: 'right' },
  verified: true,
} satisfies Subject
const unproven: Subject = { ...mira, verified: false }
const service = {
  kind: 'service',
  key: 'service',
  credentials: { username: 'robot', password: 'right' },
} satisfies Subject
const SENT = { headers: {}, signal: undefined }
const tags = parseEndpoint('GET', '/v2/payments/api/tags/list')

interface World {
  authType?: ConfiguredAuthType
  loginOffered?: boolean
  tokenCacheSeconds?: number
  /** The registry's response: its status, the challenge of a 401 ('': none), or the parts of a 200. */
  registry: (
    endpoint: RegistryEndpoint,
    authorization: string | undefined,
  ) => number | string | Partial<RegistryResponse>
  tokenServer?: (request: TokenRequest) => TokenResult | Promise<TokenResult>
}

/** A registry and a token server as functions. */
function createWorld(world: World) {
  const hits: string[] = []
  const tokenRequests: TokenRequest[] = []
  const transport: Transport = async (endpoint, authorization) => {
    hits.push(
      `${endpoint.method === 'GET' ? '' : `${endpoint.method} `}${endpoint.path} ${authorization ?? '-'}`,
    )
    const answer = world.registry(endpoint, authorization)
    const isChallenge = typeof answer === 'string'
    const json = { 'content-type': 'application/json' }
    return {
      statusCode: isChallenge ? 401 : typeof answer === 'number' ? answer : 200,
      headers: isChallenge && answer !== '' ? { ...json, 'www-authenticate': answer } : json,
      body: Buffer.alloc(0),
      redirected: false,
      hops: 0,
      authorization,
      ...(typeof answer === 'object' && answer),
    }
  }
  let issued = 0
  const grant = (): TokenResult => ({
    kind: 'token',
    token: { value: `token${++issued}`, lifetimeSeconds: 55 },
  })
  const ended: string[] = []
  const verified: string[] = []
  const realms = new RealmPolicy({ registryOrigin: ORIGIN, allow: undefined, serverUrl: undefined })
  const state = new AuthState(world.authType, realms)
  const fetchToken = async (request: TokenRequest) => {
    tokenRequests.push(request)
    return world.tokenServer?.(request) ?? grant()
  }
  const ping: Ping = async (authorization) => {
    const response = await transport(PING, authorization, SENT)
    return { statusCode: response.statusCode, challenge: challengeOf(response), isPage: isPage(response) }
  }
  const authenticator = new Authenticator({
    registryOrigin: ORIGIN,
    state,
    cache: new TokenCache({ maxSeconds: world.tokenCacheSeconds }),
    fetchToken,
    transport,
    ping,
    loginOffered: world.loginOffered ?? true,
    onPasswordRefused: async ({ key }) => void ended.push(key),
    onVerified: async ({ key }) => void verified.push(key),
  })
  const login = new Login({
    registryOrigin: ORIGIN,
    state,
    discover: () => authenticator.discover(),
    ping,
    fetchToken,
  })
  const said = (error: unknown): string => {
    if (!(error instanceof GatewayError)) throw error
    return [error.statusCode, error.code, error.reason].filter((part) => part !== undefined).join(' ')
  }
  /** The status, or the code and reason of the error. */
  const outcome = (endpoint: RegistryEndpoint, subject: Subject) =>
    authenticator.send(endpoint, subject, SENT).then(({ statusCode }) => statusCode, said)
  /** Whether the login is verified, or the code and reason of the error. */
  const loginOutcome = (password = 'right') =>
    login.prove({ username: 'mira', password }).then((proof) => proof.verified, said)
  return { outcome, loginOutcome, hits, tokenRequests, ended, verified, grant }
}

const guarded = (scope: string) => `${BEARER},scope="${scope}"`
/** A token registry that accepts every token. */
const tokenRegistry: World['registry'] = (endpoint, authorization) =>
  authorization?.startsWith('Bearer ')
    ? 200
    : endpoint.kind === 'ping'
      ? BEARER
      : guarded('repository:payments/api:pull')

test('cold: ping, token, request; warm: only the request', async () => {
  const { outcome, hits, tokenRequests } = createWorld({ registry: tokenRegistry })
  expect(await outcome(tags, mira)).toBe(200)
  expect(hits).toEqual(['/v2/ -', '/v2/payments/api/tags/list Bearer token1'])
  expect(await outcome(tags, mira)).toBe(200)
  expect(hits).toHaveLength(3)
  expect(tokenRequests).toEqual([
    {
      realm: new URL('https://auth.example/token'),
      service: 'registry',
      scopes: ['repository:payments/api:pull'],
      credentials: mira.credentials,
      visitor: 'session:1',
    },
  ])
})

test('a thousand cold requests: one ping, one token', async () => {
  const { outcome, hits, tokenRequests } = createWorld({ registry: tokenRegistry })
  await Promise.all(Array.from({ length: 1000 }, () => outcome(tags, mira)))
  expect(tokenRequests).toHaveLength(1)
  expect(hits).toHaveLength(1001)
})

test('a cached token that the registry no longer accepts is replaced once, invisibly', async () => {
  let valid = 'Bearer token1'
  const { outcome, tokenRequests } = createWorld({
    registry: (endpoint, sent) => (sent === valid ? 200 : tokenRegistry(endpoint, undefined)),
  })
  expect(await outcome(tags, mira)).toBe(200)
  valid = 'Bearer token2'
  expect(await outcome(tags, mira)).toBe(200)
  expect(tokenRequests).toHaveLength(2)
})

test('a thousand requests with one expired token make one more token request', async () => {
  let valid = 'Bearer token1'
  const { outcome, tokenRequests } = createWorld({
    registry: (endpoint, sent) => (sent === valid ? 200 : tokenRegistry(endpoint, undefined)),
  })
  await outcome(tags, mira)
  valid = 'Bearer token2'
  const outcomes = await Promise.all(Array.from({ length: 1000 }, () => outcome(tags, mira)))
  expect(new Set(outcomes)).toEqual(new Set([200]))
  expect(tokenRequests).toHaveLength(2)
})

test('the scope of the challenge wins over the computed one and is remembered', async () => {
  const wide = 'repository:payments/api:pull,push'
  const world = createWorld({
    registry: (endpoint, sent) =>
      sent === 'Bearer token2' ? 200 : endpoint.kind === 'ping' ? BEARER : guarded(wide),
  })
  expect(await world.outcome(tags, mira)).toBe(200)
  expect(world.tokenRequests.map((request) => request.scopes)).toEqual([
    ['repository:payments/api:pull'],
    [wide],
  ])
  const before = world.hits.length
  expect(await world.outcome(tags, mira)).toBe(200)
  expect(world.hits.length - before).toBe(1)
})

test('another realm on a foreign origin receives nothing', async () => {
  const evil = 'Bearer realm="https://evil.example/token",service="registry"'
  const world = createWorld({ registry: (endpoint) => (endpoint.kind === 'ping' ? BEARER : evil) })
  expect(await world.outcome(tags, mira)).toBe('502 UNAVAILABLE realm_refused')
  expect(world.tokenRequests.map((request) => request.realm.host)).toEqual(['auth.example'])
})

const always401: World['registry'] = (endpoint) =>
  endpoint.kind === 'ping' ? BEARER : guarded('repository:payments/api:pull')
const basicRegistry =
  (guards: (endpoint: RegistryEndpoint) => boolean): World['registry'] =>
  (endpoint, sent) =>
    sent?.startsWith('Basic ') && !guards(endpoint) ? 200 : 'Basic realm="registry"'
const refuse = (): TokenResult => ({ kind: 'refused', status: 401 })

// the design's table: what a 401 or 403 means
test.each<[string, World, Subject, string, string[]]>([
  [
    'anonymous, token server serves nobody',
    { registry: always401, tokenServer: refuse },
    ANONYMOUS,
    '401 UNAUTHORIZED login_required',
    [],
  ],
  [
    'anonymous, fresh token refused',
    { registry: always401 },
    ANONYMOUS,
    '401 UNAUTHORIZED login_required',
    [],
  ],
  [
    'anonymous, basic',
    { registry: basicRegistry(() => false) },
    ANONYMOUS,
    '401 UNAUTHORIZED login_required',
    [],
  ],
  [
    'user, token: password refused',
    { registry: always401, tokenServer: refuse },
    mira,
    '401 UNAUTHORIZED password_refused',
    ['session:1'],
  ],
  ['user, token: fresh token refused', { registry: always401 }, mira, '403 DENIED tags_denied', []],
  [
    'user, token: the token server forbids',
    { registry: always401, tokenServer: () => ({ kind: 'refused', status: 403 }) },
    mira,
    '403 DENIED tags_denied',
    [],
  ],
  [
    'user, basic: /v2/ refuses too',
    { registry: () => 'Basic' },
    mira,
    '401 UNAUTHORIZED password_refused',
    ['session:1'],
  ],
  [
    'user, basic: /v2/ is fine',
    { registry: basicRegistry((endpoint) => endpoint.kind === 'tags') },
    mira,
    '403 DENIED tags_denied',
    [],
  ],
  [
    'service, token: password refused',
    { registry: always401, tokenServer: refuse },
    service,
    '502 UNAVAILABLE service_account_refused',
    [],
  ],
  [
    'service, basic: password refused',
    { registry: () => 'Basic' },
    service,
    '502 UNAVAILABLE service_account_refused',
    [],
  ],
  [
    'service, fresh token refused, login offered',
    { registry: always401 },
    service,
    '401 UNAUTHORIZED login_required',
    [],
  ],
  [
    'service, fresh token refused, no login',
    { registry: always401, loginOffered: false },
    service,
    '403 DENIED tags_denied',
    [],
  ],
  [
    'service, basic: /v2/ is fine, no login',
    { registry: basicRegistry((endpoint) => endpoint.kind === 'tags'), loginOffered: false },
    service,
    '403 DENIED tags_denied',
    [],
  ],
  [
    'token is set, basic is asked',
    { authType: 'token', registry: () => 'Basic' },
    mira,
    '502 UNAVAILABLE wrong_auth_type',
    [],
  ],
  [
    'basic is set, token is asked',
    { authType: 'basic', registry: always401 },
    mira,
    '502 UNAVAILABLE wrong_auth_type',
    [],
  ],
  [
    'none is set, token is asked',
    { authType: 'none', registry: always401 },
    ANONYMOUS,
    '502 UNAVAILABLE wrong_auth_type',
    [],
  ],
  [
    'an unknown scheme is asked',
    { registry: () => 'Negotiate' },
    mira,
    '502 UNAVAILABLE wrong_auth_type',
    [],
  ],
])('auth error: %s', async (_name, world, subject, expected, ended) => {
  const made = createWorld(world)
  expect(await made.outcome(tags, subject)).toBe(expected)
  expect(made.ended).toEqual(ended)
})

test('a registry that always responds with 401 gets at most two requests for one, with one token', async () => {
  const { outcome, hits, tokenRequests } = createWorld({ registry: always401 })
  await outcome(tags, mira)
  expect(hits.filter((hit) => hit.includes('tags/list')).length).toBeLessThanOrEqual(2)
  expect(tokenRequests).toHaveLength(1)
})

test('REGISTRY_AUTH_TYPE=token never responds to Basic with the password', async () => {
  const { outcome, hits } = createWorld({ authType: 'token', registry: () => 'Basic realm="x"' })
  await outcome(tags, mira)
  expect(hits.join()).not.toContain('Basic')
})

test('a token server that refuses guests does not block the public part of a registry', async () => {
  const { outcome } = createWorld({
    registry: (endpoint, sent) => (endpoint.kind === 'ping' ? BEARER : sent === undefined ? 200 : 401),
    tokenServer: refuse,
  })
  expect(await outcome(tags, ANONYMOUS)).toBe(200)
})

const catalog = parseEndpoint('GET', '/v2/_catalog?n=1000')
const manifest = (repository: string) => parseEndpoint('GET', `/v2/${repository}/manifests/1.0`)
const RIGHT = basicAuthorization(mira.credentials)
const WRONG = basicAuthorization({ username: 'mira', password: 'wrong' })
const liar: Subject = {
  ...unproven,
  key: 'session:2',
  credentials: { username: 'mira', password: 'wrong' },
}

interface Open {
  /** Whether an endpoint is private; by default the tags of payments/* are. */
  isPrivate?: (endpoint: RegistryEndpoint) => boolean
  /** Its response without access: '' is a 401 without a challenge. */
  challenge?: string
  /** Whether a wrong password is refused where none is required: at `/v2/` and for public content. */
  strict?: boolean
}
/** Its ping needs no login: zot, Nexus or Artifactory with anonymous access. */
const openRegistry =
  ({ isPrivate = ({ path }) => path.includes('payments'), challenge = 'Basic', strict }: Open = {}) =>
  (endpoint: RegistryEndpoint, sent: string | undefined): number | string => {
    const isWrong = sent !== undefined && sent !== RIGHT
    if (isWrong && (strict || isPrivate(endpoint))) return challenge
    return sent === undefined && isPrivate(endpoint) ? challenge : 200
  }

test.each<[string, ConfiguredAuthType, boolean, string, boolean | string]>([
  ['the right password', undefined, true, 'right', false],
  ['the right password', 'basic', true, 'right', false],
  ['a wrong one, refused', undefined, true, 'wrong', '401 UNAUTHORIZED password_refused'],
  ['a wrong one, refused', 'basic', true, 'wrong', '401 UNAUTHORIZED password_refused'],
  ['a wrong one, let through', undefined, false, 'wrong', false],
  ['a wrong one, let through', 'basic', false, 'wrong', false],
])(
  'a login where the ping succeeds without one: %s (type %s)',
  async (_name, authType, strict, password, expected) => {
    const { loginOutcome, hits } = createWorld({
      registry: openRegistry({ strict }),
      ...(authType && { authType }),
    })
    expect(await loginOutcome(password)).toBe(expected)
    expect(hits).toEqual(['/v2/ -', `/v2/ ${password === 'right' ? RIGHT : WRONG}`])
  },
)

test('a login refused there without a challenge is a wrong password too; after a 403 it is unknown', async () => {
  const bare = createWorld({ registry: openRegistry({ strict: true, challenge: '' }) })
  expect(await bare.loginOutcome('wrong')).toBe('401 UNAUTHORIZED password_refused')
  const odd = createWorld({ registry: (_target, sent) => (sent === undefined ? 200 : 403) })
  expect(await odd.loginOutcome()).toBe('502 UNAVAILABLE bad_answer')
})

test.each([
  ['right', true],
  ['wrong', '401 UNAUTHORIZED password_refused'],
])(
  'a login that gets a Bearer challenge there is verified by the token server: %s',
  async (password, expected) => {
    const made = createWorld({
      registry: (_target, sent) => (sent?.startsWith('Basic') ? BEARER : 200),
      tokenServer: ({ credentials }) =>
        credentials?.password === 'right'
          ? { kind: 'token', token: { value: 'token1', lifetimeSeconds: 55 } }
          : refuse(),
    })
    expect(await made.loginOutcome(password)).toBe(expected)
    const before = made.hits.length
    await made.loginOutcome(password)
    // the realm is known by then, and no password goes to the registry
    expect(made.hits.slice(before).join()).not.toContain('Basic')
  },
)

test('type token with no realm known sends nothing until a challenge names one, at the login or later', async () => {
  const made = createWorld({
    authType: 'token',
    registry: (endpoint, sent) =>
      endpoint.kind !== 'tags' || sent === 'Bearer token1' ? 200 : guarded('repository:payments/api:pull'),
  })
  expect(await made.loginOutcome()).toBe(false)
  expect(await made.outcome(catalog, unproven)).toBe(200)
  expect(await made.outcome(catalog, service)).toBe(200)
  expect(made.hits).toEqual(['/v2/ -', '/v2/_catalog?n=1000 -', '/v2/_catalog?n=1000 -'])
  expect(made.verified).toEqual([])
  expect(await made.outcome(tags, unproven)).toBe(200)
  expect(made.verified).toEqual(['session:1'])
  expect(made.hits.join()).not.toContain('Basic')
})

test.each<[string, ConfiguredAuthType]>([
  ['unset', undefined],
  ['basic', 'basic'],
])(
  'type %s: Basic goes out with every request, and one list and one manifest are compared',
  async (_n, authType) => {
    const { outcome, loginOutcome, hits, verified } = createWorld({
      registry: openRegistry(),
      ...(authType && { authType }),
    })
    await loginOutcome()
    hits.length = 0
    for (let times = 0; times < 3; times++) {
      expect(await outcome(catalog, unproven)).toBe(200)
      expect(await outcome(manifest('public/x'), unproven)).toBe(200)
      expect(await outcome(parseEndpoint('HEAD', '/v2/public/x/manifests/1.0'), unproven)).toBe(200)
    }
    expect(hits.filter((hit) => hit.endsWith(' -'))).toEqual([
      '/v2/_catalog?n=1000 -',
      '/v2/public/x/manifests/1.0 -',
    ])
    expect(hits.filter((hit) => hit.endsWith(RIGHT))).toHaveLength(9)
    expect(verified).toEqual([])
  },
)

test('concurrent requests are compared once per kind', async () => {
  const { outcome, hits } = createWorld({ registry: openRegistry() })
  const targets = [catalog, manifest('public/x'), manifest('public/y')]
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => outcome(targets[i % 3] as RegistryEndpoint, unproven)),
  )
  expect(hits.filter((hit) => hit.endsWith(' -') && !hit.startsWith('/v2/ '))).toHaveLength(2)
})

test('a list that guests are denied verifies the login; then every request is one round trip', async () => {
  const { outcome, hits, verified } = createWorld({ registry: openRegistry() })
  expect(await outcome(tags, unproven)).toBe(200)
  expect(verified).toEqual(['session:1'])
  hits.length = 0
  // from a stream that began when its session was not verified yet
  expect(await outcome(tags, unproven)).toBe(200)
  expect(await outcome(manifest('payments/api'), { ...unproven, verified: true })).toBe(200)
  expect(hits).toHaveLength(2)
})

test('where lists are public, the first private manifest verifies the login', async () => {
  const { outcome, verified } = createWorld({
    registry: openRegistry({ isPrivate: ({ kind }) => kind === 'manifest' }),
  })
  expect(await outcome(catalog, unproven)).toBe(200)
  expect(verified).toEqual([])
  expect(await outcome(manifest('payments/api'), unproven)).toBe(200)
  expect(verified).toEqual(['session:1'])
})

test.each([429, 500, 403, 404, 302, 307, 304])(
  'a guest’s %i verifies nothing and is compared again, three times at most',
  async (status) => {
    const { outcome, hits, verified } = createWorld({
      registry: (endpoint, sent) => (endpoint.kind === 'catalog' && sent === undefined ? status : 200),
    })
    for (let times = 0; times < 5; times++) expect(await outcome(catalog, unproven)).toBe(200)
    expect(hits.filter((hit) => hit === '/v2/_catalog?n=1000 -')).toHaveLength(3)
    expect(verified).toEqual([])
  },
)

test('an HTML page instead of the ping verifies nothing: the first list does', async () => {
  const html = { headers: { 'content-type': 'text/html' } }
  const proxied = (answer: Partial<RegistryResponse>) =>
    createWorld({
      registry: (endpoint, sent) => (sent === undefined ? 'Basic' : endpoint.kind === 'ping' ? html : answer),
    })
  const made = proxied({})
  expect(await made.loginOutcome()).toBe(false)
  expect(await made.outcome(catalog, unproven)).toBe(200)
  expect(made.verified).toEqual(['session:1'])
  const login = proxied(html)
  expect(await login.loginOutcome()).toBe(false)
  await login.outcome(catalog, unproven)
  expect(login.verified).toEqual([])
})

test.each<[string, Partial<RegistryResponse>]>([
  ['a page it was redirected to', { hops: 1, headers: { 'content-type': 'text/html' } }],
  ['a document it was redirected to', { hops: 1 }],
  ['a page instead of the list', { headers: { 'content-type': 'text/html; charset=utf-8' } }],
  ['a response without a type', { headers: {} }],
  ['no content', { statusCode: 204 }],
])('content denied to guests does not verify a password by %s', async (_name, page) => {
  const { outcome, verified } = createWorld({
    registry: (endpoint, sent) => (endpoint.kind === 'ping' ? 200 : sent === undefined ? 'Basic' : page),
  })
  for (const endpoint of [catalog, manifest('payments/api')]) await outcome(endpoint, unproven)
  expect(verified).toEqual([])
})

test('a wrong password that is let through is never verified, and its session ends at the first Basic challenge', async () => {
  const { outcome, verified, ended } = createWorld({ registry: openRegistry() })
  expect(await outcome(catalog, liar)).toBe(200)
  expect(await outcome(manifest('public/x'), liar)).toBe(200)
  expect([verified, ended]).toEqual([[], []])
  expect(await outcome(tags, liar)).toBe('401 UNAUTHORIZED password_refused')
  expect([verified, ended]).toEqual([[], ['session:2']])
})

test.each<[string, number | string]>([
  ['a 403', 403],
  ['a bare 401', ''],
])('%s ends no session that is not verified yet', async (_name, answer) => {
  const { outcome, verified, ended } = createWorld({
    registry: (endpoint) => (endpoint.kind === 'ping' ? 200 : answer),
  })
  for (const endpoint of [catalog, manifest('payments/api'), tags])
    expect(await outcome(endpoint, unproven)).toMatch(/^403 DENIED \w+_denied$/)
  expect([verified, ended]).toEqual([[], []])
})

test('once verified, a Basic challenge is checked with a ping, as everywhere', async () => {
  const { outcome, ended, hits } = createWorld({
    registry: (endpoint, sent) =>
      endpoint.path.includes('secret') ? 'Basic' : openRegistry()(endpoint, sent),
  })
  expect(await outcome(tags, unproven)).toBe(200)
  expect(await outcome(manifest('secret/store'), unproven)).toBe('403 DENIED repository_denied')
  expect(hits.at(-1)).toBe(`/v2/ ${RIGHT}`)
  expect(ended).toEqual([])
})

test('after a later Bearer challenge no password is sent to the registry any more', async () => {
  const { outcome, loginOutcome, hits, verified, tokenRequests } = createWorld({
    registry: (endpoint, sent) =>
      endpoint.path.includes('payments') && !sent?.startsWith('Bearer')
        ? guarded('repository:payments/api:pull')
        : 200,
  })
  expect(await outcome(manifest('public/x'), unproven)).toBe(200)
  expect(hits.at(-1)).toContain('Basic')
  // whoever receives it, here a guest
  expect(await outcome(tags, ANONYMOUS)).toBe(200)
  hits.length = 0
  for (const subject of [unproven, service]) {
    expect(await outcome(catalog, subject)).toBe(200)
    expect(await outcome(manifest('payments/api'), subject)).toBe(200)
  }
  expect(await loginOutcome()).toBe(true)
  expect(hits.join()).not.toContain('Basic')
  expect(tokenRequests.every(({ credentials }, i) => (i === 0) === (credentials === undefined))).toBe(true)
  expect(verified).toEqual(['session:1', 'session:1'])
})

test('a guest’s Bearer challenge in a comparison is followed, even if Basic would work', async () => {
  const { outcome, hits, verified } = createWorld({
    registry: (endpoint, sent) => (endpoint.kind === 'ping' || sent ? 200 : guarded('registry:catalog:*')),
  })
  expect(await outcome(catalog, unproven)).toBe(200)
  expect(hits).toEqual(['/v2/ -', '/v2/_catalog?n=1000 -', '/v2/_catalog?n=1000 Bearer token1'])
  expect(verified).toEqual(['session:1'])
})

test('type basic: a guest’s Bearer challenge does not concern requests with Basic', async () => {
  const { outcome, hits, verified } = createWorld({
    authType: 'basic',
    registry: (endpoint, sent) => (endpoint.kind === 'ping' || sent ? 200 : BEARER),
  })
  expect(await outcome(catalog, unproven)).toBe(200)
  expect(hits).toEqual(['/v2/_catalog?n=1000 -', `/v2/_catalog?n=1000 ${RIGHT}`])
  expect(verified).toEqual(['session:1'])
})

test.each<[string, ConfiguredAuthType]>([
  ['unset', undefined],
  ['basic', 'basic'],
])(
  'the service account’s Basic is sent without a challenge, and its 401 is an error for the operator: type %s',
  async (_n, authType) => {
    const made = createWorld({ registry: openRegistry(), ...(authType && { authType }) })
    expect(await made.outcome(catalog, service)).toBe(200)
    expect(made.hits.at(-1)).toBe(`/v2/_catalog?n=1000 ${basicAuthorization(service.credentials)}`)
    // a registry that checks each password does not know such an account
    const strict = createWorld({ registry: openRegistry({ strict: true }), ...(authType && { authType }) })
    expect(await strict.outcome(catalog, service)).toBe('502 UNAVAILABLE service_account_refused')
  },
)

test('the service account is verified like sessions, and a wrong one is an error for the operator', async () => {
  const ROBOT = basicAuthorization(service.credentials)
  const registry: World['registry'] = (endpoint, sent) =>
    endpoint.path.includes('secret') ? 'Basic' : endpoint.kind === 'tags' && sent !== ROBOT ? 'Basic' : 200
  const made = createWorld({ registry })
  expect(await made.outcome(tags, service)).toBe(200)
  // verified by now: a denial is a missing right
  expect(await made.outcome(manifest('secret/store'), service)).toBe('401 UNAUTHORIZED login_required')
  const wrong: Subject = {
    kind: 'service',
    key: 'service',
    credentials: { username: 'robot', password: 'wrong' },
  }
  for (const authType of [undefined, 'basic'] as const) {
    const other = createWorld({ registry, ...(authType && { authType }) })
    expect(await other.outcome(catalog, wrong)).toBe(200)
    expect(await other.outcome(tags, wrong)).toBe('502 UNAVAILABLE service_account_refused')
  }
})

test('an unverified session deletes with its password, never without', async () => {
  const { outcome, hits } = createWorld({ registry: openRegistry() })
  await outcome(parseEndpoint('DELETE', '/v2/public/x/manifests/1.0'), unproven)
  expect(hits).toEqual(['/v2/ -', `DELETE /v2/public/x/manifests/1.0 ${RIGHT}`])
  const token = createWorld({ authType: 'token', registry: () => 200 })
  expect(await token.outcome(parseEndpoint('DELETE', '/v2/public/x/manifests/1.0'), unproven)).toBe(
    '403 DENIED deletion_unproven',
  )
  expect(token.hits).toEqual(['/v2/ -', 'HEAD /v2/public/x/manifests/1.0 -'])
})

test('guests and verified sessions are not compared', async () => {
  const { outcome, hits } = createWorld({ registry: openRegistry() })
  await outcome(catalog, ANONYMOUS)
  await outcome(catalog, mira)
  expect(hits).toEqual(['/v2/ -', '/v2/_catalog?n=1000 -', `/v2/_catalog?n=1000 ${RIGHT}`])
})

test('TOKEN_CACHE=0: a token for each request, and a 401 with a fresh token is not retried', async () => {
  const { outcome, tokenRequests } = createWorld({ registry: tokenRegistry, tokenCacheSeconds: 0 })
  await outcome(tags, mira)
  await outcome(tags, mira)
  expect(tokenRequests).toHaveLength(2)
  const refusing = createWorld({ registry: always401, tokenCacheSeconds: 0 })
  await refusing.outcome(tags, mira)
  expect(refusing.tokenRequests).toHaveLength(1)
})

test('a registry that cannot be reached leaves the type unknown and is pinged again', async () => {
  const registry = vi.fn<World['registry']>(tokenRegistry).mockImplementationOnce(() => {
    throw new GatewayError('UNAVAILABLE', 'down', { reason: 'registry_down' })
  })
  const { outcome } = createWorld({ registry })
  expect(await outcome(tags, mira)).toBe('502 UNAVAILABLE registry_down')
  expect(await outcome(tags, mira)).toBe(200)
})

test('a single failure of the token server has no lasting effect', async () => {
  const tokenServer = vi
    .fn<NonNullable<World['tokenServer']>>()
    .mockRejectedValueOnce(new GatewayError('UNAVAILABLE', 'down', { reason: 'token_server_down' }))
    .mockResolvedValue({ kind: 'token', token: { value: 't', lifetimeSeconds: 55 } })
  const { outcome, ended } = createWorld({ registry: tokenRegistry, tokenServer })
  expect(await outcome(tags, mira)).toBe('502 UNAVAILABLE token_server_down')
  expect(await outcome(tags, mira)).toBe(200)
  expect(ended).toEqual([])
})
