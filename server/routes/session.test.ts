import type { InjectOptions } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { startWorld, type World, type WorldOptions } from '../testing/world.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
async function world(options: WorldOptions = {}): Promise<World> {
  const made = await startWorld(options)
  closers.push(made.close)
  return made
}
const MIRA = { username: 'mira', password: 'mira-secret' }
const post = ({ app }: World, payload: object, more: Partial<InjectOptions> = {}) =>
  app.inject({ method: 'POST', url: '/api/session', payload, ...more })
const tags = ({ app }: World, cookie: string) =>
  app.inject({ url: '/v2/payments/api/tags/list', headers: { cookie } })
const entry = (answer: { body: string }) => JSON.parse(answer.body).errors[0]
const cookieOf = (answer: { cookies: { name: string; value: string }[] }) =>
  answer.cookies
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
    .join('; ')

test.each(['token', 'basic'] as const)(
  '%s: login, session, logout, and then the cookie is worthless',
  async (auth) => {
    const made = await world({ auth })
    expect((await made.app.inject('/api/session')).json()).toEqual({ user: null, verified: false })
    const login = await post(made, MIRA)
    expect([login.statusCode, login.json()]).toEqual([200, { user: 'mira', verified: true }])
    const cookie = cookieOf(login)
    expect((await made.app.inject({ url: '/api/session', headers: { cookie } })).json()).toEqual({
      user: 'mira',
      verified: true,
    })
    expect((await tags(made, cookie)).statusCode).toBe(200)
    const logout = await made.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
    expect([logout.statusCode, logout.json()]).toEqual([200, { user: null, verified: false }])
    expect(logout.cookies[0]).toMatchObject({ value: '', path: '/' })
    const replayed = await tags(made, cookie)
    expect([replayed.statusCode, entry(replayed).detail.reason]).toEqual([401, 'session_ended'])
    expect(replayed.headers['set-cookie']).toBeUndefined()
    expect((await made.app.inject({ url: '/api/session', headers: { cookie } })).json()).toEqual({
      user: null,
      verified: false,
    })
  },
)

test.each(['token', 'basic'] as const)(
  '%s: a wrong password and an unknown user get the same response',
  async (auth) => {
    const made = await world({ auth })
    const wrong = await post(made, { ...MIRA, password: 'x' })
    const unknown = await post(made, { username: 'nobody', password: 'x' })
    expect([wrong.statusCode, entry(wrong).code, entry(wrong).detail.reason]).toEqual([
      401,
      'UNAUTHORIZED',
      'password_refused',
    ])
    expect(wrong.body).toBe(unknown.body)
    expect(wrong.headers['set-cookie']).toBeUndefined()
    expect(wrong.headers['www-authenticate']).toBeUndefined()
  },
)

test('a user without catalog rights can log in', async () => {
  const made = await world()
  const cookie = await made.login('carl')
  expect((await tags(made, cookie)).statusCode).toBe(200)
  expect((await made.app.inject({ url: '/v2/_catalog', headers: { cookie } })).statusCode).toBe(403)
})

test('credentials reach neither the cookie nor any response', async () => {
  const made = await world()
  const login = await post(made, MIRA)
  const sent =
    JSON.stringify(login.headers) +
    login.body +
    Buffer.from(login.cookies[0]?.value ?? '', 'base64').toString('latin1')
  expect(sent).not.toContain('mira-secret')
  expect(sent).not.toContain(Buffer.from('mira:mira-secret').toString('base64'))
})

test.each([
  ['plain http', {}, {}, 'gantry-', false],
  [
    'an https Origin',
    { origin: 'https://gantry.example', host: 'gantry.example' },
    {},
    '__Host-gantry-',
    true,
  ],
  ['an https PUBLIC_URL', {}, { PUBLIC_URL: 'https://gantry.example' }, '__Host-gantry-', true],
  [
    'a trusted proxy’s https',
    { 'x-forwarded-proto': 'https' },
    { TRUST_PROXY: '127.0.0.1' },
    '__Host-gantry-',
    true,
  ],
  ['an untrusted claim of https', { 'x-forwarded-proto': 'https' }, {}, 'gantry-', false],
])('the cookie over %s', async (_name, headers, env, prefix, secure) => {
  const made = await world({ env })
  const [cookie] = (await post(made, MIRA, { headers: { host: 'localhost', ...headers } })).cookies
  expect(cookie).toMatchObject({ path: '/', httpOnly: true, sameSite: 'Strict', maxAge: 86_400 })
  expect(cookie?.name.startsWith(prefix)).toBe(true)
  expect(cookie?.secure ?? false).toBe(secure)
})

test('the plain cookie is not accepted where a sibling host could have planted it', async () => {
  const made = await world()
  const cookie = await made.login()
  const user = async (headers: Record<string, string>) =>
    (await made.app.inject({ url: '/api/session', headers: { cookie, ...headers } })).json().user
  expect(await user({})).toBe('mira')
  expect(await user({ host: 'gantry.intranet' })).toBe('mira')
  expect(await user({ host: 'localhost:8080', 'sec-fetch-site': 'same-origin' })).toBe('mira')
  expect(await user({ host: 'gantry.example', 'sec-fetch-site': 'same-origin' })).toBeNull()
  expect(await user({ cookie: `${cookie}; __Host-gantry-e3b0c442=garbage` })).toBeNull()
})

test('an ended session is neither a guest nor the service account', async () => {
  const made = await world({
    env: { REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: 'admin-secret', ALLOW_REGISTRY_LOGIN: 'true' },
  })
  expect((await tags(made, '')).statusCode).toBe(200)
  const cookie = await made.login()
  await made.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
  expect((await tags(made, cookie)).statusCode).toBe(401)
})

test('a session keeps its own rights beside a more powerful service account', async () => {
  const made = await world({
    env: { REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: 'admin-secret', ALLOW_REGISTRY_LOGIN: 'true' },
  })
  const cookie = await made.login()
  expect((await made.app.inject({ url: '/v2/secret/store/tags/list' })).statusCode).toBe(200)
  expect((await made.app.inject({ url: '/v2/secret/store/tags/list', headers: { cookie } })).statusCode).toBe(
    403,
  )
})

test('a wrong service account is reported as the operator’s to fix', async () => {
  const made = await world({ env: { REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: 'wrong' } })
  const answer = await tags(made, '')
  expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'service_account_refused'])
  expect(entry(answer).message).toContain('REGISTRY_USERNAME')
})

test('where the ping needs no login, a session is unverified until a challenge verifies it', async () => {
  const made = await world({ registry: { guardPing: false } })
  const cookie = await made.login()
  const who = async () => (await made.app.inject({ url: '/api/session', headers: { cookie } })).json()
  expect(await who()).toEqual({ user: 'mira', verified: false })
  expect(made.tokenServer.requests).toEqual([])
  expect((await tags(made, cookie)).statusCode).toBe(200)
  expect(await who()).toEqual({ user: 'mira', verified: true })
})

test.each<[string, 'basic' | 'token', (realm: string) => string]>([
  ['a Basic realm with a space', 'basic', () => 'Basic realm=Registry Realm'],
  ['a Basic realm in single quotes', 'basic', () => "Basic realm='Sandstorm API'"],
  ['spaces for commas', 'token', (realm) => `Bearer realm="${realm}" service="registry.demo"`],
  [
    'scope twice',
    'token',
    (realm) =>
      `Bearer realm="${realm}",service="registry.demo",scope="registry:catalog:*",scope="repository:payments/api:pull"`,
  ],
])('a challenge with %s is understood', async (_name, auth, challenge) => {
  const made = await world({ auth })
  made.registry.faults.add({
    match: ({ headers }) => headers.authorization === undefined,
    fault: {
      kind: 'respond',
      status: 401,
      headers: { 'www-authenticate': challenge(made.tokenServer.realm) },
    },
  })
  const cookie = await made.login()
  expect((await tags(made, cookie)).statusCode).toBe(200)
})

test.each([500, 403, 302, 404])('a ping that gets %i lets no login succeed', async (status) => {
  const made = await world({ auth: 'basic' })
  made.registry.faults.add({
    match: /^\/v2\/$/,
    fault: { kind: 'respond', status, headers: { 'content-type': 'text/html' }, body: 'x' },
  })
  const answer = await post(made, MIRA)
  expect([answer.statusCode, entry(answer).code]).toEqual([502, 'UNAVAILABLE'])
  expect(answer.headers['set-cookie']).toBeUndefined()
})

test('a wrong auth type is reported as such', async () => {
  const made = await world({ auth: 'basic', env: { REGISTRY_AUTH_TYPE: 'token' } })
  const answer = await post(made, MIRA)
  expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'wrong_auth_type'])
  expect(entry(answer).message).toContain('REGISTRY_AUTH_TYPE')
  expect(made.registry.requests.filter((request) => request.headers.authorization)).toEqual([])
})

test.each<[string, WorldOptions]>([
  ['the registry has none', { auth: 'none', env: { REGISTRY_AUTH_TYPE: 'none' } }],
  ['it is turned off', { env: { ALLOW_REGISTRY_LOGIN: 'false' } }],
])('no login where %s', async (_name, options) => {
  const made = await world(options)
  const answer = await post(made, MIRA)
  expect([answer.statusCode, entry(answer).code]).toEqual([405, 'UNSUPPORTED'])
  expect((await made.app.inject('/api/config')).json().login).toBe(false)
})

test.each<[string, unknown]>([
  ['nothing', {}],
  ['no password', { username: 'mira' }],
  ['an empty password', { username: 'mira', password: '' }],
  ['a colon in the name', { username: 'mi:ra', password: 'x' }],
  ['a line break in the name', { username: 'mi\nra', password: 'x' }],
  ['a line break in the password', { username: 'mira', password: 'x\r\ny' }],
  ['a list', []],
  ['numbers', { username: 1, password: 2 }],
  ['more than a login', { ...MIRA, admin: true }],
  ['an endless password', { username: 'mira', password: 'x'.repeat(5000) }],
])('a malformed login is rejected before any request to the registry: %s', async (_name, payload) => {
  const made = await world()
  const answer = await post(made, payload as object)
  expect([answer.statusCode, entry(answer).code]).toEqual([400, 'REQUEST_INVALID'])
  expect(made.registry.requests).toEqual([])
})

const CROSS = [
  ['a foreign site', { 'sec-fetch-site': 'cross-site' }],
  ['a sibling site', { 'sec-fetch-site': 'same-site' }],
  ['an address bar', { 'sec-fetch-site': 'none' }],
  [
    'a foreign site that also claims our origin',
    { 'sec-fetch-site': 'cross-site', origin: 'http://localhost' },
  ],
  ['a foreign origin', { origin: 'https://evil.example' }],
  ['an opaque origin', { origin: 'null' }],
  ['another port', { origin: 'http://localhost:9' }],
] as const

test.each(CROSS)('%s changes nothing', async (_name, headers) => {
  const made = await world({ env: { REGISTRY_ALLOW_DELETE: 'true' } })
  const cookie = await made.login('admin')
  made.registry.requests.length = 0
  const targets = [
    ['POST', '/api/session'],
    ['DELETE', '/api/session'],
    ['DELETE', '/v2/payments/api/manifests/1.0'],
  ] as const
  for (const [method, url] of targets) {
    const answer = await made.app.inject({
      method,
      url,
      headers: { host: 'localhost', cookie, ...headers },
      ...(method === 'POST' && { payload: MIRA }),
    })
    expect([url, answer.statusCode, entry(answer).code]).toEqual([url, 403, 'DENIED'])
  }
  expect(made.registry.requests).toEqual([])
})

test.each([
  ['our own page', {}, { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' }],
  ['our own page in a browser without Sec-Fetch-Site', {}, { origin: 'http://localhost' }],
  [
    'our own page behind a proxy that changes the host',
    { PUBLIC_URL: 'https://gantry.example' },
    { origin: 'https://gantry.example' },
  ],
  ['a script', {}, {}],
])('a login from %s passes', async (_name, env, headers) => {
  const made = await world({ env })
  expect((await post(made, MIRA, { headers: { host: 'localhost', ...headers } })).statusCode).toBe(200)
})

test('the error for another origin names the setting', async () => {
  const made = await world()
  const answer = await post(made, MIRA, { headers: { host: 'gantry', origin: 'https://gantry.example' } })
  expect(entry(answer).message).toMatch(/gantry\.example.*PUBLIC_URL/)
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
  'a body of %s is not read',
  async (type) => {
    const made = await world()
    const answer = await made.app.inject({
      method: 'POST',
      url: '/api/session',
      headers: { 'content-type': type },
      payload: JSON.stringify(MIRA),
    })
    expect([answer.statusCode, made.registry.requests.length]).toEqual([415, 0])
  },
)

test('with PUBLIC_URL set, other host names are rejected; addresses and probes are not', async () => {
  const made = await world({ env: { PUBLIC_URL: 'https://gantry.example' } })
  const status = async (host: string, url = '/api/config', headers = {}) =>
    (await made.app.inject({ url, headers: { host, ...headers } })).statusCode
  expect(await status('gantry.example')).toBe(200)
  expect(await status('evil.example')).toBe(421)
  expect(await status('evil.example', '/api/config', { 'x-forwarded-host': 'gantry.example' })).toBe(421)
  expect(await status('10.1.2.3:8080')).toBe(200)
  expect(await status('localhost:8080')).toBe(200)
  expect(await status('evil.example', '/livez')).toBe(200)
  expect(await status('evil.example', '/readyz')).toBe(200)
})

test('deleting: never for the service account of an open page, nor under a foreign host name', async () => {
  const remove = (made: World, headers: Record<string, string>) =>
    made.app.inject({ method: 'DELETE', url: '/v2/payments/api/manifests/1.0', headers })
  const service = await world({
    env: { REGISTRY_ALLOW_DELETE: 'true', REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: 'admin-secret' },
    registry: { deleteEnabled: true },
  })
  expect((await remove(service, { host: 'localhost' })).statusCode).toBe(403)
  const open = await world({
    auth: 'none',
    env: { REGISTRY_ALLOW_DELETE: 'true' },
    registry: { deleteEnabled: true },
  })
  const foreign = await remove(open, { host: 'evil.example' })
  expect([foreign.statusCode, entry(foreign).message]).toEqual([403, expect.stringContaining('PUBLIC_URL')])
  expect((await remove(open, { host: 'localhost' })).statusCode).toBe(202)
  const personal = await world({ env: { REGISTRY_ALLOW_DELETE: 'true' }, registry: { deleteEnabled: true } })
  const cookie = await personal.login('admin')
  personal.registry.requests.length = 0
  expect((await remove(personal, { host: 'localhost', cookie })).statusCode).toBe(202)
  expect(personal.registry.requests.every((request) => request.headers.authorization !== undefined)).toBe(
    true,
  )
})

test('UI_USERNAME covers everything but the probes', async () => {
  const made = await world({ auth: 'none', env: { UI_USERNAME: 'ui', UI_PASSWORD: 'pw' } })
  const authorization = `Basic ${Buffer.from('ui:pw').toString('base64')}`
  for (const url of ['/', '/api/config', '/v2/', '/v2/_catalog', '/assets/x.js', '/anything']) {
    const refused = await made.app.inject({ url, headers: { accept: 'text/html' } })
    expect([url, refused.statusCode, refused.headers['www-authenticate']]).toEqual([
      url,
      401,
      expect.stringMatching(/^Basic realm="Gantry"/),
    ])
    expect((await made.app.inject({ url, headers: { authorization: `${authorization}x` } })).statusCode).toBe(
      401,
    )
  }
  expect((await made.app.inject({ url: '/v2/_catalog', headers: { authorization } })).statusCode).toBe(200)
  expect((await made.app.inject('/livez')).statusCode).toBe(200)
  expect((await made.app.inject('/readyz')).statusCode).toBe(200)
})

test('sessions survive a change of SESSION_SECRET as long as the old one is listed', async () => {
  const [old, fresh] = ['o'.repeat(32), 'n'.repeat(32)]
  const before = await world({ env: { SESSION_SECRET: old } })
  const cookie = await before.login()
  const after = await world({ env: { SESSION_SECRET: `${fresh},${old}` } })
  // another process has other rows: the cookie opens, so the response is that its session has ended
  expect(entry(await tags(after, cookie)).detail.reason).toBe('session_ended')
  const without = await world({ env: { SESSION_SECRET: fresh } })
  expect(entry(await tags(without, cookie)).detail.reason).toBe('login_required')
})

test('a cookie sealed with an older key is also cleared at logout', async () => {
  const [old, fresh] = ['o'.repeat(32), 'n'.repeat(32)]
  const before = await world({ env: { SESSION_SECRET: old } })
  const cookie = await before.login()
  const after = await world({ env: { SESSION_SECRET: `${fresh},${old}` } })
  const logout = await after.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
  expect(logout.cookies.map(({ value }) => value)).toEqual([''])
})

test('a late response never restores an older cookie: only GET /api/session seals it again', async () => {
  const [old, fresh] = ['o'.repeat(32), 'n'.repeat(32)]
  const before = await world({ env: { SESSION_SECRET: old } })
  const cookie = await before.login()
  const after = await world({ env: { SESSION_SECRET: `${fresh},${old}` } })
  expect((await tags(after, cookie)).headers['set-cookie']).toBeUndefined()
  // ended here, so there is nothing to keep alive
  expect(
    (await after.app.inject({ url: '/api/session', headers: { cookie } })).headers['set-cookie'],
  ).toBeUndefined()
})
