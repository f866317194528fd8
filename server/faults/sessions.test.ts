// Rows of the fault matrix about identity: two people with one name, the end of a session, invalid cookies.

import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { parseConfig } from '../config/config.ts'
import type { World } from '../testing/world.ts'
import { captureLog, closeAfterTest, failure, get, world } from '../testing/world.ts'

const TAGS = '/v2/payments/api/tags/list'
const MIRA = { username: 'mira', password: 'mira-secret' }

const logIn = ({ app }: World, payload: object, headers: Record<string, string> = {}) =>
  app.inject({ method: 'POST', url: '/api/session', payload, headers: { host: 'localhost', ...headers } })
const cookieOf = (response: { cookies: { name: string; value: string }[] }) =>
  response.cookies
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
    .join('; ')
const user = async ({ app }: World, cookie: string) =>
  (await get(app, '/api/session', { cookie })).json().user

test.each(['token', 'basic'] as const)(
  'row 27: A has a session, B logs in with the same name and a wrong password: 401, and A continues (%s)',
  async (auth) => {
    const made = await world({ auth })
    const warm = await made.login()
    await get(made.app, TAGS, { cookie: warm })
    for (let n = 0; n < 3; n++) {
      const response = await logIn(made, { ...MIRA, password: 'wrong' })
      expect(failure(response)).toMatchObject({
        status: 401,
        code: 'UNAUTHORIZED',
        reason: 'password_refused',
      })
      expect(response.headers['set-cookie']).toBeUndefined()
    }
    expect((await get(made.app, TAGS, { cookie: warm })).statusCode).toBe(200)
  },
)

test('row 29: a cookie replayed after logout: 401, the store row deleted, the tokens dropped', async () => {
  const made = await world()
  const cookie = await made.login()
  await get(made.app, TAGS, { cookie })
  await made.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
  made.registry.requests.length = 0
  made.tokenServer.requests.length = 0
  for (const url of [TAGS, '/v2/_catalog'])
    expect(failure(await get(made.app, url, { cookie }))).toMatchObject({
      status: 401,
      code: 'UNAUTHORIZED',
      reason: 'session_ended',
    })
  expect(await user(made, cookie)).toBeNull()
  expect([made.registry.requests, made.tokenServer.requests]).toEqual([[], []])
  // the same person's next session reuses nothing of the ended one
  await get(made.app, TAGS, { cookie: await made.login() })
  expect(made.tokenServer.requests).toHaveLength(2)
})

test('row 30: a cookie from before the login: the login changes the id, and the old one is invalid', async () => {
  const made = await world()
  const before = await made.login('carl')
  const after = cookieOf(await logIn(made, MIRA, { cookie: before }))
  expect(after).not.toBe(before)
  expect(failure(await get(made.app, TAGS, { cookie: before }))).toMatchObject({ status: 401 })
  expect([await user(made, before), await user(made, after)]).toEqual([null, 'mira'])
})

/** The same Gantry, restarted. */
async function restart({ registry }: World, env: Record<string, string>): Promise<Pick<World, 'app'>> {
  const app = await buildApp(parseConfig({ REGISTRY_URL: registry.origin, LOG_LEVEL: 'silent', ...env }))
  closeAfterTest(() => app.close())
  return { app }
}

test.each([
  ['SESSION_SECRET is kept: the cookie can be opened', { SESSION_SECRET: 's'.repeat(32) }, 'session_ended'],
  ['no SESSION_SECRET: the cookie cannot be opened', {}, 'login_required'],
])(
  'row 32: restart during a session, %s: 401, nobody logged in, and a login works',
  async (_name, env, reason) => {
    const made = await world({ env })
    const cookie = await made.login()
    const again = { ...made, ...(await restart(made, env)) }
    const summaries = await again.app.inject({
      method: 'POST',
      url: '/api/repositories/payments/api/summaries',
      headers: { cookie },
      payload: { tags: ['1.0'] },
    })
    // for a guest each row fails; for an ended session the whole request fails
    expect(summaries.statusCode).toBe(reason === 'session_ended' ? 401 : 200)
    expect(summaries.body).toContain(reason)
    const tags = await get(again.app, TAGS, { cookie })
    expect(failure(tags)).toMatchObject({ status: 401, code: 'UNAUTHORIZED', reason })
    const nobody = await get(again.app, '/api/session', { cookie })
    expect([nobody.statusCode, nobody.json().user]).toEqual([200, null])
    const fresh = cookieOf(await logIn(again, MIRA, { cookie }))
    expect((await get(again.app, TAGS, { cookie: fresh })).statusCode).toBe(200)
  },
)

/** With another valid character at this position. */
const flipped = (text: string, at: number) =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`

/** The decoded cookie: the last character of its base64 may have unused bits. */
const bytesOf = (sealed: string) =>
  sealed.split(';').map((part) => Buffer.from(part, 'base64').toString('hex'))

test('row 34: a cookie altered or truncated at any position: anonymous, no 500, no log flood', async () => {
  const made = await world()
  const [name = '', value = ''] = decodeURIComponent(await made.login()).split(/=(.*)/)
  const log = captureLog(made.app, 'info')
  const send = (cookie: string) => get(made.app, '/api/session', { cookie })
  for (let at = 0; at < value.length; at++)
    for (const changed of [flipped(value, at), value.slice(0, at)]) {
      const response = await send(`${name}=${encodeURIComponent(changed)}`)
      const same = String(bytesOf(changed)) === String(bytesOf(value))
      expect([at, response.statusCode, response.json().user]).toEqual([at, 200, same ? 'mira' : null])
    }
  for (let at = 0; at < name.length; at++)
    expect((await send(`${flipped(name, at)}=${encodeURIComponent(value)}`)).json().user).toBeNull()
  expect(log).toEqual([])
})

test.each([
  ['foreign', 'other=1; JSESSIONID=abc; a=b=c'],
  ['empty', 'gantry-e3b0c442='],
  ['without a nonce', 'gantry-e3b0c442=AAAA'],
  ['of another Gantry, with another key', 'foreign'],
  ['9 KB long', `gantry-e3b0c442=${'A'.repeat(9000)}`],
  ['percent-encoded wrongly', 'gantry-e3b0c442=%E0%A4%A; __Host-gantry-e3b0c442=%'],
  ['plain but named like the secure one', 'renamed'],
  ['sent a hundred times', Array(100).fill('gantry-e3b0c442=x').join('; ')],
  ['named like a prototype', '__proto__=x; constructor=y; gantry-e3b0c442[id]=z'],
])('row 34: a cookie that is %s: anonymous, no 500, no log flood', async (_name, cookie) => {
  const made = await world()
  const own = await made.login()
  const sent: Record<string, string> = {
    foreign: await (await world()).login(),
    renamed: own.replace('gantry-', '__Host-gantry-'),
  }
  const log = captureLog(made.app, 'info')
  for (let n = 0; n < 50; n++) {
    const who = await get(made.app, '/api/session', { cookie: sent[cookie] ?? cookie })
    expect([who.statusCode, who.json().user]).toEqual([200, null])
    const response = await get(made.app, TAGS, { cookie: sent[cookie] ?? cookie })
    expect(failure(response)).toMatchObject({ status: 401, reason: 'login_required' })
  }
  expect(log).toEqual([])
})

test('row 34: 64 KB of cookie: 431 in the one error shape, no 500, no log flood', async () => {
  const made = await world()
  await made.app.listen({ host: '127.0.0.1', port: 0 })
  const log = captureLog(made.app, 'info')
  const { port } = made.app.server.address() as AddressInfo
  for (let n = 0; n < 20; n++) {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => {})
    socket.write(
      `GET /api/session HTTP/1.1\r\nhost: localhost\r\ncookie: gantry-e3b0c442=${'A'.repeat(65_536)}\r\n\r\n`,
    )
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 .*"errors":\[/s)
  }
  expect(log).toEqual([])
  expect((await get(made.app, '/api/session')).statusCode).toBe(200)
})

test.each([
  ['nothing set', {}, {}],
  [
    'PUBLIC_URL on http',
    { PUBLIC_URL: 'http://gantry.intranet' },
    { host: 'gantry.intranet', origin: 'http://gantry.intranet' },
  ],
  [
    'PUBLIC_URL on http behind a proxy',
    { PUBLIC_URL: 'http://gantry.intranet', TRUST_PROXY: '127.0.0.1' },
    { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'gantry.intranet', 'x-forwarded-for': '10.0.0.9' },
  ],
])(
  'row 57: on http only, %s: login works, and nothing forces the browser to https',
  async (_name, env, headers) => {
    const made = await world({ env })
    const log = captureLog(made.app, 'warn')
    const login = await logIn(made, MIRA, headers)
    const [cookie] = login.cookies
    expect([login.statusCode, login.cookies.length]).toEqual([200, 1])
    // the browser would drop a Secure cookie, and each login would fail
    expect([cookie?.secure ?? false, cookie?.name.startsWith('__Host-')]).toEqual([false, false])
    const again = { host: 'localhost', ...headers, cookie: cookieOf(login) }
    expect((await get(made.app, '/api/session', again)).json()).toMatchObject({ user: 'mira' })
    expect((await get(made.app, TAGS, again)).statusCode).toBe(200)
    const page = await get(made.app, '/api/config', again)
    expect(page.headers['strict-transport-security']).toBeUndefined()
    expect(page.headers['content-security-policy']).not.toContain('upgrade-insecure-requests')
    await logIn(made, MIRA, headers)
    expect(log.filter((line) => line.includes('plain http'))).toHaveLength(1)
  },
)

test('row 57: PUBLIC_URL on https: the cookie is secure, and a plain one is ignored', async () => {
  const env = { PUBLIC_URL: 'https://gantry.example' }
  const headers = { host: 'gantry.example', origin: 'https://gantry.example' }
  const made = await world({ env })
  const login = await logIn(made, MIRA, headers)
  expect(login.cookies).toMatchObject([
    {
      name: expect.stringMatching(/^__Host-gantry-/),
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
    },
  ])
  const secure = cookieOf(login)
  expect((await get(made.app, '/api/session', { ...headers, cookie: secure })).json()).toMatchObject({
    user: 'mira',
  })
  const plain = secure.replace('__Host-', '')
  expect((await get(made.app, '/api/session', { ...headers, cookie: plain })).json()).toMatchObject({
    user: null,
  })
})
