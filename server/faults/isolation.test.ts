// Row 28 of the fault matrix, the central guarantee: a token is only ever used for the subject it was issued to.

import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { AuthState } from '../registry/auth/auth-state.ts'
import { Authenticator, type SendOptions, type Transport } from '../registry/auth/authenticator.ts'
import { Login } from '../registry/auth/login.ts'
import { RealmPolicy } from '../registry/auth/realm.ts'
import { TokenCache } from '../registry/auth/token-cache.ts'
import { parseEndpoint } from '../registry/endpoint.ts'
import { ANONYMOUS, type Credentials, type Subject } from '../registry/subject.ts'

afterEach(() => {
  vi.useRealTimers()
})

const ORIGIN = 'https://registry.example'
const REPOSITORIES = ['a', 'b', 'c']
const USERS = ['mira', 'noor']

type Step =
  | { do: 'login'; user: string; right: boolean }
  | { do: 'request'; session: number; repository: string }
  | { do: 'anonymous'; repository: string }
  | { do: 'logout'; session: number }
  | { do: 'expire' }
  | { do: 'revoke' }
  | { do: 'change password'; user: string }

const session = fc.nat({ max: 5 })
const repository = fc.constantFrom(...REPOSITORIES)
const user = fc.constantFrom(...USERS)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('login' as const), user, right: fc.boolean() }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('request' as const), session, repository }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('anonymous' as const), repository }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('logout' as const), session }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('change password' as const), user }) },
)

/** Runs the steps against a model registry, every upstream response delivered in an order the scheduler picks. */
async function run(scheduler: fc.Scheduler, steps: readonly Step[]): Promise<number> {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  const passwords = new Map(USERS.map((name) => [name, 0]))
  const passwordOf = (name: string) => `${name}-${passwords.get(name)}`
  /** The owner of each token: the credentials object of one login, so that equal credentials count as two. */
  const ownerOf = new Map<string, Credentials | undefined>()
  const dead = new Set<string>()
  let checked = 0

  const cache = new TokenCache({ maxSeconds: undefined })
  const realms = new RealmPolicy({ registryOrigin: ORIGIN, allow: undefined, serverUrl: undefined })
  const state = new AuthState('token', realms)
  const fetchToken = scheduler.scheduleFunction(
    async ({ credentials }: { credentials: Credentials | undefined }) => {
      if (credentials !== undefined && credentials.password !== passwordOf(credentials.username))
        return { kind: 'refused' as const, status: 401 as const }
      const value = `token${ownerOf.size}`
      ownerOf.set(value, credentials)
      return { kind: 'token' as const, token: { value, lifetimeSeconds: 55 } }
    },
  )
  const challenge = 'Bearer realm="https://auth.example/t",service="s"'
  const ping = scheduler.scheduleFunction(async (sent: string | undefined) =>
    sent === undefined
      ? { statusCode: 401, challenge, isPage: false }
      : { statusCode: 200, challenge: undefined, isPage: false },
  )
  const sessions: { subject: Subject; ending: AbortController; alive: boolean }[] = []
  const open = (credentials: Credentials) => {
    const key = `session:${sessions.length}`
    const ending = new AbortController()
    const { signal } = ending
    sessions.push({
      subject: { kind: 'session', key, credentials, verified: true, signal },
      ending,
      alive: true,
    })
  }
  const end = (key: string) => {
    for (const held of sessions) {
      if (held.subject.key !== key) continue
      held.alive = false
      held.ending.abort()
    }
  }
  const onPasswordRefused = async ({ key }: Subject) => end(key)
  /** The subject of each request, which the registry below does not see. */
  const subjects = new WeakMap<SendOptions, Subject>()
  const registry = scheduler.scheduleFunction(async (authorization: string | undefined, subject: Subject) => {
    if (authorization === undefined) return 401
    const token = authorization.slice('Bearer '.length)
    expect(ownerOf.has(token)).toBe(true)
    expect(ownerOf.get(token)).toBe(subject.kind === 'anonymous' ? undefined : subject.credentials)
    checked++
    return dead.has(token) ? 401 : 200
  })
  const transport: Transport = async (target, authorization, options) => ({
    statusCode: await registry(authorization, subjects.get(options) ?? ANONYMOUS),
    headers: { 'www-authenticate': `${challenge},scope="repository:${target.repository}:pull"` },
    body: Buffer.alloc(0),
    redirected: false,
    hops: 0,
    authorization,
  })
  const parts = { registryOrigin: ORIGIN, state, cache, fetchToken, ping }
  const authenticator = new Authenticator({
    ...parts,
    transport,
    loginOffered: true,
    onPasswordRefused,
    onVerified: async () => {},
  })
  const login = new Login({ ...parts, discover: () => authenticator.discover() })

  async function request(subject: Subject, name: string): Promise<void> {
    const options = { headers: {}, signal: undefined }
    subjects.set(options, subject)
    await authenticator.send(parseEndpoint('GET', `/v2/${name}/tags/list`), subject, options)
  }
  async function logIn(username: string, right: boolean): Promise<void> {
    const credentials = { username, password: right ? passwordOf(username) : 'wrong' }
    const proof = await login.prove(credentials)
    expect(right && proof.verified).toBe(true)
    open(credentials)
  }

  /** Starts with two logins of one name and one of another, so that tokens could leak. */
  for (const username of [...USERS, ...USERS.slice(0, 1)]) open({ username, password: passwordOf(username) })
  const running: Promise<unknown>[] = []
  const start = (work: Promise<unknown>) =>
    running.push(
      work.catch((error) => {
        if (error?.name !== 'GatewayError') throw error
      }),
    )
  for (const next of steps) {
    if (next.do === 'login') start(logIn(next.user, next.right))
    if (next.do === 'anonymous') start(request(ANONYMOUS, next.repository))
    if (next.do === 'expire') vi.setSystemTime(Date.now() + 56_000)
    if (next.do === 'revoke') for (const token of ownerOf.keys()) dead.add(token)
    if (next.do === 'change password') passwords.set(next.user, (passwords.get(next.user) ?? 0) + 1)
    if (next.do === 'request' || next.do === 'logout') {
      const held = sessions[next.session % sessions.length]
      if (held?.alive && next.do === 'request') start(request(held.subject, next.repository))
      if (held !== undefined && next.do === 'logout') end(held.subject.key)
    }
    if (scheduler.count() > 0) await scheduler.waitOne()
  }
  await scheduler.waitFor(Promise.all(running))
  return checked
}

test('row 28: over 10,000 random operations in any order, a token is only used for its own session', async () => {
  let operations = 0
  let checked = 0
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 10, maxLength: 80 }),
      async (scheduler, steps) => {
        operations += steps.length
        checked += await run(scheduler, steps)
      },
    ),
    { numRuns: 900 },
  )
  expect(operations).toBeGreaterThan(10_000)
  // the property proves little if few tokens were used
  expect(checked).toBeGreaterThan(5000)
})
