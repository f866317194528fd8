// Row 50 of the fault matrix: guessing passwords.

import { expect, test } from 'vitest'
import type { World } from '../testing/world.ts'
import { failure, get, world } from '../testing/world.ts'

interface Guess {
  readonly username?: string
  readonly password?: string
  readonly from?: string
  readonly forwarded?: string
}

const login = ({ app }: World, { username = 'mira', password = 'x', from = '10.9.9.9', forwarded }: Guess) =>
  app.inject({
    method: 'POST',
    url: '/api/session',
    remoteAddress: from,
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    payload: { username, password },
  })
const MIRA = { username: 'mira', password: 'mira-secret' }
const CARL = { username: 'carl', password: 'carl-secret' }

test.each(['token', 'basic'] as const)(
  'row 50 (%s): ten wrong guesses lock an account for every address, but not other accounts or its open sessions',
  async (auth) => {
    const made = await world({ auth })
    const cookie = await made.login('mira')
    for (let i = 0; i < 10; i++)
      expect((await login(made, { password: `x${i}`, from: `10.0.0.${i}` })).statusCode).toBe(401)
    const before = made.tokenServer.requests.length + made.registry.requests.length
    const locked = await login(made, { ...MIRA, from: '10.0.1.1' })
    expect(failure(locked)).toMatchObject({ status: 429, code: 'TOOMANYREQUESTS', reason: 'login_limit' })
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(890)
    expect(Number(locked.headers['retry-after'])).toBeLessThanOrEqual(900)
    expect(locked.headers['set-cookie']).toBeUndefined()
    // the password was not checked anywhere
    expect(made.tokenServer.requests.length + made.registry.requests.length).toBe(before)
    expect((await get(made.app, '/v2/payments/api/tags/list', { cookie })).statusCode).toBe(200)
    expect((await login(made, { ...CARL, from: '10.0.1.1' })).statusCode).toBe(200)
  },
)

test('row 50: an unknown account gets the same responses as a known one, before and after the limit', async () => {
  const made = await world()
  const responses = async (username: string, from: string) => {
    const seen: string[] = []
    for (let i = 0; i < 11; i++) {
      const { statusCode, body } = await login(made, { username, from })
      seen.push(`${statusCode} ${body}`)
    }
    return seen
  }
  expect(await responses('nobody', '10.0.0.1')).toEqual(await responses('mira', '10.0.0.2'))
})

test('row 50: a forwarded address without a trusted proxy does not lift the limit', async () => {
  const made = await world()
  for (let i = 0; i < 30; i++)
    expect((await login(made, { username: `n${i}`, forwarded: `203.0.113.${i}` })).statusCode).toBe(401)
  expect((await login(made, { ...MIRA, forwarded: '203.0.113.99' })).statusCode).toBe(429)
})

test('row 50: behind a trusted proxy the address that it saw counts, not one in the request', async () => {
  const made = await world({ env: { TRUST_PROXY: '10.1.0.0/16' } })
  const from = '10.1.0.1'
  for (let i = 0; i < 30; i++)
    await login(made, { username: `n${i}`, from, forwarded: `203.0.113.${i}, 198.51.100.7` })
  expect((await login(made, { ...MIRA, from, forwarded: '203.0.113.99, 198.51.100.7' })).statusCode).toBe(429)
  expect((await login(made, { ...MIRA, from, forwarded: '198.51.100.8' })).statusCode).toBe(200)
})

test('row 50: of a thousand parallel guesses ten are made', async () => {
  const made = await world({ auth: 'basic' })
  const responses = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      login(made, {
        password: `x${i}`,
        from: `10.${i % 250}.0.${i % 199}`,
        forwarded: `203.0.113.${i % 255}`,
      }),
    ),
  )
  const count = (status: number) => responses.filter(({ statusCode }) => statusCode === status).length
  expect([count(401), count(429)]).toEqual([10, 990])
})

/** A registry with an open ping whose repositories need a login. */
const isPingOpen = { match: /^\/v2\/$/, fault: { kind: 'respond', status: 200, body: '{}' } } as const

test('row 50: unproven logins count too, since the registry’s later responses would confirm a guess', async () => {
  const made = await world({ auth: 'basic' })
  made.registry.faults.add(isPingOpen)
  for (let i = 0; i < 10; i++) {
    const taken = await login(made, { password: `x${i}`, from: `10.0.0.${i}` })
    expect([taken.statusCode, taken.json().verified]).toEqual([200, false])
  }
  expect((await login(made, { ...MIRA, from: '10.0.1.1' })).statusCode).toBe(429)
})

test('row 50: a proven login is uncounted, once', async () => {
  const made = await world({ auth: 'basic' })
  made.registry.faults.add(isPingOpen)
  for (let i = 0; i < 9; i++) await login(made, { password: `x${i}` })
  for (let i = 0; i < 3; i++) {
    const cookie = await made.login()
    const send = () => get(made.app, '/v2/payments/api/tags/list', { cookie })
    expect((await Promise.all([send(), send(), send()])).map(({ statusCode }) => statusCode)).toEqual([
      200, 200, 200,
    ])
  }
  expect((await login(made, { password: 'x9' })).statusCode).toBe(200)
  expect((await login(made, MIRA)).statusCode).toBe(429)
})

test('row 50: the page’s own password has the limit per address', async () => {
  const made = await world({ env: { UI_USERNAME: 'ops', UI_PASSWORD: 'right' } })
  const send = (password: string, from: string) =>
    made.app.inject({
      url: '/api/config',
      remoteAddress: from,
      headers: { authorization: `Basic ${Buffer.from(`ops:${password}`).toString('base64')}` },
    })
  for (let i = 0; i < 40; i++) expect((await send('right', '10.0.0.1')).statusCode).toBe(200)
  for (let i = 0; i < 30; i++) expect((await send('x', '10.0.0.1')).statusCode).toBe(401)
  const locked = await send('right', '10.0.0.1')
  expect(failure(locked)).toMatchObject({ status: 429, reason: 'login_limit' })
  expect(locked.headers['www-authenticate']).toBeUndefined()
  expect(Number(locked.headers['retry-after'])).toBeGreaterThan(890)
  expect((await send('right', '10.0.0.2')).statusCode).toBe(200)
  expect((await made.app.inject({ url: '/livez', remoteAddress: '10.0.0.1' })).statusCode).toBe(200)
})

test('row 50: a 429 of the token server is passed on and does not count as a wrong password', async () => {
  const made = await world()
  await made.login()
  const remove = made.tokenServer.faults.add({
    match: /./,
    fault: { kind: 'respond', status: 429, headers: { 'retry-after': '7' } },
  })
  for (let i = 0; i < 11; i++) {
    const response = await login(made, MIRA)
    expect(failure(response)).toMatchObject({
      status: 429,
      code: 'TOOMANYREQUESTS',
      reason: 'token_server_slow_down',
    })
    expect([response.headers['retry-after'], response.headers['set-cookie']]).toEqual(['7', undefined])
  }
  remove()
  expect((await login(made, MIRA)).statusCode).toBe(200)
})
