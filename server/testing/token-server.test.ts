import { afterEach, describe, expect, test } from 'vitest'
import { type DemoTokenServer, startTokenServer, type TokenServerOptions } from './token-server.ts'

const USERS = {
  mira: {
    password: 'pässword',
    access: [
      { type: 'repository', name: 'payments/*', actions: ['pull'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
    ],
  },
}

let server: DemoTokenServer
afterEach(() => server.close())

async function start(options: Partial<TokenServerOptions> = {}) {
  server = await startTokenServer({ service: 'demo', users: USERS, ...options })
}

function ask(query: string, userinfo?: string) {
  const authorization = `Basic ${Buffer.from(userinfo ?? '').toString('base64')}`
  return fetch(`${server.realm}?${query}`, userinfo === undefined ? {} : { headers: { authorization } })
}

async function accessFor(query: string, userinfo?: string) {
  const { token } = (await (await ask(query, userinfo)).json()) as { token: string }
  return server.verifyToken(token)
}

const MIRA = 'mira:pässword'

describe('like docker_auth', () => {
  test.each([
    ['nothing asked', '', []],
    ['granted', '&scope=repository:payments/api:pull', [['payments/api', ['pull']]]],
    ['partly granted', '&scope=repository:payments/api:pull,delete', [['payments/api', ['pull']]]],
    ['not granted', '&scope=repository:web/shop:pull', [['web/shop', []]]],
    ['a name that only begins the same', '&scope=repository:payments:pull', [['payments', []]]],
    [
      'several parameters',
      '&scope=registry:catalog:*&scope=repository:payments/api:pull',
      [
        ['catalog', ['*']],
        ['payments/api', ['pull']],
      ],
    ],
    [
      'several in one parameter',
      '&scope=registry:catalog:*%20repository:payments/a:pull',
      [
        ['catalog', ['*']],
        ['payments/a', ['pull']],
      ],
    ],
    ['a host with a port in the name', '&scope=repository:host:5000/x:pull', [['host:5000/x', []]]],
  ])('grants the intersection: %s', async (_name, query, expected) => {
    await start()
    const access = await accessFor(`service=demo${query}`, MIRA)
    expect(access?.map(({ name, actions }) => [name, actions])).toEqual(expected)
  })

  test.each([
    ['wrong password', 'service=demo', 'mira:wrong', 401],
    ['unknown user', 'service=demo', 'nobody:x', 401],
    ['a property of objects as the name', 'service=demo', 'constructor:x', 401],
    ['nobody', 'service=demo', undefined, 401],
    ['another account', 'service=demo&account=carl', MIRA, 400],
    ['the same account', 'service=demo&account=mira&client_id=docker', MIRA, 200],
    ['another service', 'service=other', MIRA, 400],
    ['an invalid scope', 'service=demo&scope=payments', MIRA, 400],
  ])('status: %s', async (_name, query, userinfo, status) => {
    await start()
    expect((await ask(query, userinfo)).status).toBe(status)
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]?.user).toBe(userinfo?.split(':')[0])
  })

  test('a guest gets what guests may have', async () => {
    await start({ anonymous: [{ type: 'repository', name: 'public/*', actions: ['pull'] }] })
    const access = await accessFor('service=demo&scope=repository:public/hello:pull')
    expect(access).toEqual([{ type: 'repository', name: 'public/hello', actions: ['pull'] }])
  })

  test.each([
    ['not said', undefined, undefined],
    ['said', 300, 300],
  ])('the lifetime: %s', async (_name, expiresInSeconds, expected) => {
    await start({ expiresInSeconds })
    const response = (await (await ask('service=demo', MIRA)).json()) as Record<string, unknown>
    expect(response.expires_in).toBe(expected)
    expect(response.access_token).toBe(response.token)
  })
})

describe('like registry-oauth-server', () => {
  const PULL = 'scope=repository:payments/api:pull'
  test.each([
    ['any password', `service=x&${PULL}`, 'mira:whatever', 200],
    ['no credentials', `service=x&${PULL}`, undefined, 401],
    ['no scope', 'service=x', MIRA, 200],
    ['four parts', 'service=x&scope=repository:host:5000/a:pull', MIRA, 400],
    ['two parts', 'service=x&scope=repository:a', MIRA, 400],
    ['four parts in the second', `service=x&${PULL}&scope=a:b:c:d`, MIRA, 200],
  ])('status: %s', async (_name, query, userinfo, status) => {
    await start({ model: 'registry-oauth-server' })
    const response = await ask(query, userinfo)
    expect(response.status).toBe(status)
    expect(response.headers.has('www-authenticate')).toBe(status === 401)
  })

  test('reads only the first scope and says nothing of the lifetime', async () => {
    await start({ model: 'registry-oauth-server', expiresInSeconds: 300 })
    const response = (await (await ask(`${PULL}&scope=registry:catalog:*`, MIRA)).json()) as { token: string }
    expect(Object.keys(response)).toEqual(['token'])
    expect(server.verifyToken(response.token)?.map(({ name }) => name)).toEqual(['payments/api'])
  })
})

describe('tokens', () => {
  async function freshToken(): Promise<string> {
    return ((await (await ask('service=demo', MIRA)).json()) as { token: string }).token
  }

  test('name their subject, and no two are the same', async () => {
    await start()
    const token = await freshToken()
    expect(server.readToken(token)).toEqual({ subject: 'mira', access: [] })
    expect(await freshToken()).not.toBe(token)
  })

  test.each([
    ['empty', () => ''],
    ['garbage', () => 'a.b.c'],
    ['another payload', (token: string) => token.replace(/\.[^.]+\./, `.${btoa('{"aud":"demo"}')}.`)],
    ['no signature', (token: string) => `${token.split('.').slice(0, 2).join('.')}.`],
    ['more parts', (token: string) => `${token}.x`],
  ])('are refused: %s', async (_name, forge) => {
    await start()
    expect(server.readToken(forge(await freshToken()))).toBeUndefined()
  })

  test('are refused by other servers and after their time', async () => {
    await start({ expiresInSeconds: 0 })
    expect(server.readToken(await freshToken())).toBeUndefined()
    const first = server
    await start()
    const token = await freshToken()
    expect(first.readToken(token)).toBeUndefined()
    await first.close()
  })
})
