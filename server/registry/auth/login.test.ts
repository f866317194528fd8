import { expect, test, vi } from 'vitest'
import { GatewayError } from '../../errors.ts'
import type { Credentials } from '../subject.ts'
import { AuthState } from './auth-state.ts'
import { Authenticator, type PingResult, type Transport } from './authenticator.ts'
import { Login } from './login.ts'
import { RealmPolicy } from './realm.ts'
import { TokenCache } from './token-cache.ts'
import type { TokenRequest, TokenResult } from './token-client.ts'

const ORIGIN = 'https://registry.example'
const MIRA = { username: 'mira', password: 'right' }
const OLD = 'https://old.example/token'
const NEW = 'https://new.example/token'

/**
 * A registry that names a realm, and token servers as functions of the request.
 *
 * @param pinned  whether the first one is the only one allowed.
 */
function createWorld(answer: (request: TokenRequest) => TokenResult, pinned = false) {
  const world = { challenge: `Bearer realm="${OLD}"`, asked: [] as string[], silent: false }
  const realms = new RealmPolicy({
    registryOrigin: ORIGIN,
    allow: pinned ? undefined : ['https://old.example', 'https://new.example'],
    serverUrl: undefined,
  })
  const options = {
    registryOrigin: ORIGIN,
    state: new AuthState(undefined, realms),
    cache: new TokenCache({ maxSeconds: 0 }),
    async ping(authorization: string | undefined): Promise<PingResult> {
      world.asked.push(`/v2/ ${authorization ?? '-'}`)
      if (world.silent) throw new GatewayError('UNAVAILABLE', 'It is silent.', { reason: 'timeout' })
      const isLetIn = authorization?.startsWith(world.challenge.startsWith('Basic') ? 'Basic ' : 'Bearer ')
      return isLetIn
        ? { statusCode: 200, challenge: undefined, isPage: false }
        : { statusCode: 401, challenge: world.challenge, isPage: false }
    },
    async fetchToken(request: TokenRequest): Promise<TokenResult> {
      world.asked.push(request.realm.href)
      return answer(request)
    },
    transport: vi.fn<Transport>(),
    loginOffered: true,
    onPasswordRefused: async () => {},
    onVerified: async () => {},
  }
  const authenticator = new Authenticator(options)
  const login = new Login({ ...options, discover: () => authenticator.discover() })
  return Object.assign(world, {
    login: (credentials: Credentials) => login.prove(credentials),
  })
}

const token: TokenResult = { kind: 'token', token: { value: 'token', lifetimeSeconds: 55 } }

test('the first login learns the realm, the next one uses it', async () => {
  const world = createWorld(() => token)
  expect(await world.login(MIRA)).toEqual({ verified: true })
  expect(world.asked).toEqual(['/v2/ -', OLD, '/v2/ Bearer token'])
  world.asked.length = 0
  expect(await world.login(MIRA)).toEqual({ verified: true })
  expect(world.asked).toEqual([OLD, '/v2/ Bearer token', '/v2/ -'])
})

test.each<[string, () => TokenResult]>([
  [
    'is gone',
    () => {
      throw new GatewayError('UNAVAILABLE', 'It is gone.', { reason: 'token_server_down' })
    },
  ],
  ['knows no accounts any more', () => ({ kind: 'refused', status: 401 })],
])('an abandoned token server that %s: the login goes to the new one', async (_name, left) => {
  let moved = false
  const world = createWorld(({ realm }) => (moved && realm.href === OLD ? left() : token))
  await world.login(MIRA)
  moved = true
  world.challenge = `Bearer realm="${NEW}"`
  world.asked.length = 0
  expect(await world.login(MIRA)).toEqual({ verified: true })
  expect(world.asked).toEqual([OLD, '/v2/ -', NEW, '/v2/ Bearer token'])
})

test('after the registry has switched to Basic, the login uses Basic', async () => {
  const world = createWorld(() => token)
  await world.login(MIRA)
  world.challenge = 'Basic realm="registry"'
  expect(await world.login(MIRA)).toEqual({ verified: true })
  expect(world.asked.at(-1)).toMatch(/^\/v2\/ Basic /)
})

test('a wrong password is tried once', async () => {
  const world = createWorld(() => ({ kind: 'refused', status: 401 }))
  await expect(world.login(MIRA)).rejects.toMatchObject({ code: 'UNAUTHORIZED', reason: 'password_refused' })
  world.asked.length = 0
  await expect(world.login(MIRA)).rejects.toMatchObject({ code: 'UNAUTHORIZED', reason: 'password_refused' })
  expect(world.asked).toEqual([OLD, '/v2/ -'])
})

test('an abandoned token server that still knows the accounts: the next login goes to the new one', async () => {
  const world = createWorld(() => token)
  await world.login(MIRA)
  world.challenge = `Bearer realm="${NEW}"`
  await world.login(MIRA)
  world.asked.length = 0
  await world.login(MIRA)
  expect(world.asked).toEqual([NEW, '/v2/ Bearer token', '/v2/ -'])
})

test.each<[string, TokenResult | Error]>([
  ['knows no accounts any more', { kind: 'refused', status: 401 }],
  ['is gone', new GatewayError('UNAVAILABLE', 'It is gone.', { reason: 'token_server_down' })],
])(
  'the registry names a token server that is not allowed, and the old one %s: said so',
  async (_name, left) => {
    let moved = false
    const world = createWorld(() => {
      if (!moved) return token
      if (left instanceof Error) throw left
      return left
    }, true)
    await world.login(MIRA)
    moved = true
    world.challenge = `Bearer realm="${NEW}"`
    await expect(world.login(MIRA)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'realm_refused' })
    expect(world.asked).not.toContain(NEW)
  },
)

test('a wrong password is tried once, whatever scopes the ping names', async () => {
  const world = createWorld(() => ({ kind: 'refused', status: 401 }))
  await expect(world.login(MIRA)).rejects.toMatchObject({ reason: 'password_refused' })
  world.asked.length = 0
  world.challenge = `Bearer realm="${OLD}?a=1",scope="registry:catalog:*"`
  await expect(world.login(MIRA)).rejects.toMatchObject({ reason: 'password_refused' })
  expect(world.asked).toEqual([OLD, '/v2/ -'])
})

test('two logins while the token server moves both reach the new one', async () => {
  let moved = false
  const world = createWorld(({ realm }) =>
    moved && realm.href === OLD ? { kind: 'refused', status: 401 } : token,
  )
  await world.login(MIRA)
  moved = true
  world.challenge = `Bearer realm="${NEW}"`
  world.asked.length = 0
  const both = [world.login(MIRA), world.login({ username: 'carl', password: 'right' })]
  expect(await Promise.all(both)).toEqual([{ verified: true }, { verified: true }])
  expect(world.asked.filter((asked) => asked === OLD)).toHaveLength(2)
  expect(world.asked.filter((asked) => asked === NEW)).toHaveLength(2)
})

test('a token server’s 429 is reported with its wait, never as a wrong password, and tried once', async () => {
  let busy = false
  const world = createWorld(() => {
    if (busy) throw new GatewayError('TOOMANYREQUESTS', 'Slow down.', { retryAfterSeconds: 7 })
    return token
  })
  await world.login(MIRA)
  busy = true
  world.asked.length = 0
  await expect(world.login(MIRA)).rejects.toMatchObject({ code: 'TOOMANYREQUESTS', retryAfterSeconds: 7 })
  expect(world.asked).toEqual([OLD, '/v2/ -'])
})

test('a silent registry is waited for once', async () => {
  const world = createWorld(() => token)
  await world.login(MIRA)
  world.silent = true
  world.asked.length = 0
  await expect(world.login(MIRA)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'timeout' })
  expect(world.asked).toEqual([OLD, '/v2/ Bearer token'])
})
