import { expect, test, vi } from 'vitest'
import { GatewayError } from '../errors.ts'
import { type ConfiguredAuthType, createAuthState } from './auth-state.ts'
import { createAuthorizer, type Greeting } from './authorizer.ts'
import { createRealmPolicy } from './realm.ts'
import { ANONYMOUS, type Subject } from './subject.ts'
import { parseTarget, type RegistryTarget } from './target.ts'
import { createTokenCache } from './token-cache.ts'
import type { TokenAnswer, TokenRequest } from './token-client.ts'

const ORIGIN = 'https://registry.example'
const BEARER = 'Bearer realm="https://auth.example/token",service="registry"'
const mira: Subject = {
  kind: 'session',
  key: 'session:1',
  credentials: { username: 'mira', password: 'right' },
  verified: true,
}
const unproven: Subject = { ...mira, verified: false }
const service: Subject = {
  kind: 'service',
  key: 'service',
  credentials: { username: 'robot', password: 'right' },
}
const tags = parseTarget('GET', '/v2/payments/api/tags/list')

interface World {
  authType?: ConfiguredAuthType
  loginOffered?: boolean
  tokenCacheSeconds?: number
  /** What the registry answers: its status, or the challenge of a 401. */
  registry: (target: RegistryTarget, authorization: string | undefined) => number | string
  tokenServer?: (request: TokenRequest) => TokenAnswer | Promise<TokenAnswer>
}

/** A registry and a token server that are functions, and the loop of client.ts around the authorizer. */
function createWorld(world: World) {
  const hits: (string | undefined)[] = []
  const tokenRequests: TokenRequest[] = []
  const ask = (target: RegistryTarget, authorization: string | undefined): Greeting => {
    hits.push(`${target.path} ${authorization ?? '-'}`)
    const answer = world.registry(target, authorization)
    return typeof answer === 'number'
      ? { statusCode: answer, challenge: undefined }
      : { statusCode: 401, challenge: answer }
  }
  let issued = 0
  const grant = (): TokenAnswer => ({
    kind: 'token',
    token: { value: `token${++issued}`, lifetimeSeconds: 55 },
  })
  const ended: string[] = []
  const verified: string[] = []
  const realms = createRealmPolicy({ registryOrigin: ORIGIN, allow: undefined, serverUrl: undefined })
  const authorizer = createAuthorizer({
    registryOrigin: ORIGIN,
    state: createAuthState(world.authType, realms),
    cache: createTokenCache({ maxSeconds: world.tokenCacheSeconds }),
    fetchToken: async (request) => {
      tokenRequests.push(request)
      return world.tokenServer?.(request) ?? grant()
    },
    greet: async (authorization) => ask(parseTarget('GET', '/v2/'), authorization),
    loginOffered: world.loginOffered ?? true,
    onPasswordRefused: async ({ key }) => void ended.push(key),
    onVerified: async ({ key }) => void verified.push(key),
  })
  async function send(target: RegistryTarget, subject: Subject): Promise<number> {
    let attempt = await authorizer.begin(target, subject)
    let answer = ask(target, attempt.authorization)
    if (answer.statusCode === 401) {
      attempt = await authorizer.again(target, subject, attempt, answer.challenge)
      answer = ask(target, attempt.authorization)
      if (answer.statusCode === 401) throw await authorizer.refused(target, subject, attempt)
    }
    await authorizer.accepted(subject, attempt)
    return answer.statusCode
  }
  /** The status, or the code and reason of the error. */
  const outcome = (target: RegistryTarget, subject: Subject) =>
    send(target, subject).catch((error) => {
      if (!(error instanceof GatewayError)) throw error
      return [error.statusCode, error.code, error.reason].filter((part) => part !== undefined).join(' ')
    })
  return { outcome, hits, tokenRequests, ended, verified, grant }
}

const guarded = (scope: string) => `${BEARER},scope="${scope}"`
/** A token registry that lets every token in. */
const tokenRegistry: World['registry'] = (target, authorization) =>
  authorization?.startsWith('Bearer ')
    ? 200
    : target.kind === 'greeting'
      ? BEARER
      : guarded('repository:payments/api:pull')

test('cold: greeting, token, request; warm: the request alone', async () => {
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
      asker: 'session:1',
    },
  ])
})

test('a thousand cold requests: one greeting, one token', async () => {
  const { outcome, hits, tokenRequests } = createWorld({ registry: tokenRegistry })
  await Promise.all(Array.from({ length: 1000 }, () => outcome(tags, mira)))
  expect(tokenRequests).toHaveLength(1)
  expect(hits).toHaveLength(1001)
})

test('a cached token that the registry no longer takes is replaced once, unseen', async () => {
  let valid = 'Bearer token1'
  const { outcome, tokenRequests } = createWorld({
    registry: (target, sent) => (sent === valid ? 200 : tokenRegistry(target, undefined)),
  })
  expect(await outcome(tags, mira)).toBe(200)
  valid = 'Bearer token2'
  expect(await outcome(tags, mira)).toBe(200)
  expect(tokenRequests).toHaveLength(2)
})

test('a thousand requests with one expired token make one more token request', async () => {
  let valid = 'Bearer token1'
  const { outcome, tokenRequests } = createWorld({
    registry: (target, sent) => (sent === valid ? 200 : tokenRegistry(target, undefined)),
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
    registry: (target, sent) =>
      sent === 'Bearer token2' ? 200 : target.kind === 'greeting' ? BEARER : guarded(wide),
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

test('another realm of a foreign origin gets nothing', async () => {
  const evil = 'Bearer realm="https://evil.example/token",service="registry"'
  const world = createWorld({ registry: (target) => (target.kind === 'greeting' ? BEARER : evil) })
  expect(await world.outcome(tags, mira)).toBe('502 UNAVAILABLE realm_refused')
  expect(world.tokenRequests.map((request) => request.realm.host)).toEqual(['auth.example'])
})

const always401: World['registry'] = (target) =>
  target.kind === 'greeting' ? BEARER : guarded('repository:payments/api:pull')
const basicRegistry =
  (guards: (target: RegistryTarget) => boolean): World['registry'] =>
  (target, sent) =>
    sent?.startsWith('Basic ') && !guards(target) ? 200 : 'Basic realm="registry"'
const refuse = (): TokenAnswer => ({ kind: 'refused', status: 401 })

// the table of the design: what a refusal means
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
  ['user, token: fresh token refused', { registry: always401 }, mira, '403 DENIED', []],
  [
    'user, token: the token server forbids',
    { registry: always401, tokenServer: () => ({ kind: 'refused', status: 403 }) },
    mira,
    '403 DENIED',
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
    { registry: basicRegistry((target) => target.kind === 'tags') },
    mira,
    '403 DENIED',
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
    '403 DENIED',
    [],
  ],
  [
    'service, basic: /v2/ is fine, no login',
    { registry: basicRegistry((target) => target.kind === 'tags'), loginOffered: false },
    service,
    '403 DENIED',
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
])('refusal: %s', async (_name, world, subject, expected, ended) => {
  const made = createWorld(world)
  expect(await made.outcome(tags, subject)).toBe(expected)
  expect(made.ended).toEqual(ended)
})

test('a registry that always says 401 is asked at most twice for one request, with one token', async () => {
  const { outcome, hits, tokenRequests } = createWorld({ registry: always401 })
  await outcome(tags, mira)
  expect(hits.filter((hit) => hit?.includes('tags/list')).length).toBeLessThanOrEqual(2)
  expect(tokenRequests).toHaveLength(1)
})

test('REGISTRY_AUTH_TYPE=token never answers Basic with the password', async () => {
  const { outcome, hits } = createWorld({ authType: 'token', registry: () => 'Basic realm="x"' })
  await outcome(tags, mira)
  expect(hits.join()).not.toContain('Basic')
})

test('a token server without fault for nobody lets a registry of mixed rights still be read bare', async () => {
  const { outcome } = createWorld({
    registry: (target, sent) => (target.kind === 'greeting' ? BEARER : sent === undefined ? 200 : 401),
    tokenServer: refuse,
  })
  expect(await outcome(tags, ANONYMOUS)).toBe(200)
})

test('unproven credentials go out only in answer to a challenge, and are proven by its success', async () => {
  const world = createWorld({
    registry: (target, sent) =>
      target.kind !== 'tags' || sent !== undefined ? 200 : guarded('repository:payments/api:pull'),
  })
  expect(
    await world.outcome(
      parseTarget('GET', '/v2/public/x/tags/list'.replace('tags/list', 'manifests/1')),
      unproven,
    ),
  ).toBe(200)
  expect(world.tokenRequests).toHaveLength(0)
  expect(world.verified).toEqual([])
  expect(await world.outcome(tags, unproven)).toBe(200)
  expect(world.verified).toEqual(['session:1'])
})

test('TOKEN_CACHE=0: a token for each request, and a fresh refusal is not retried', async () => {
  const { outcome, tokenRequests } = createWorld({ registry: tokenRegistry, tokenCacheSeconds: 0 })
  await outcome(tags, mira)
  await outcome(tags, mira)
  expect(tokenRequests).toHaveLength(2)
  const refusing = createWorld({ registry: always401, tokenCacheSeconds: 0 })
  await refusing.outcome(tags, mira)
  expect(refusing.tokenRequests).toHaveLength(1)
})

test('a registry that cannot be asked leaves the type unknown and is asked again', async () => {
  const registry = vi.fn<World['registry']>(tokenRegistry).mockImplementationOnce(() => {
    throw new GatewayError('UNAVAILABLE', 'down', { reason: 'registry_down' })
  })
  const { outcome } = createWorld({ registry })
  expect(await outcome(tags, mira)).toBe('502 UNAVAILABLE registry_down')
  expect(await outcome(tags, mira)).toBe(200)
})

test('a token server that fails once poisons nothing', async () => {
  const tokenServer = vi
    .fn<NonNullable<World['tokenServer']>>()
    .mockRejectedValueOnce(new GatewayError('UNAVAILABLE', 'down', { reason: 'token_server_down' }))
    .mockResolvedValue({ kind: 'token', token: { value: 't', lifetimeSeconds: 55 } })
  const { outcome, ended } = createWorld({ registry: tokenRegistry, tokenServer })
  expect(await outcome(tags, mira)).toBe('502 UNAVAILABLE token_server_down')
  expect(await outcome(tags, mira)).toBe(200)
  expect(ended).toEqual([])
})
