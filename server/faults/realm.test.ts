// Row 35 of the fault matrix: a challenge decides where the password is sent.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type * as Dns from 'node:dns'
import { expect, test, vi } from 'vitest'
import { selfSigned } from '../testing/certificates.ts'
import { createFaults } from '../testing/faults.ts'
import { type DemoServer, startServer } from '../testing/http-server.ts'
import type { World } from '../testing/world.ts'
import { closeAfterTest, failure, get, world } from '../testing/world.ts'

/** Names that lead where they should not. The first address is one the evil host really listens on. */
const NAMES: Record<string, string[]> = {
  'rebinding.example': ['127.0.0.1', '169.254.169.254'],
  'metadata.example': ['169.254.169.254'],
  'mapped.example': ['::ffff:169.254.169.254'],
}
vi.mock('node:dns', async (original) => {
  const dns = await original<typeof Dns>()
  const lookup = (name: string, options: never, done: (error: unknown, found: unknown) => void) => {
    const addresses = NAMES[name]
    if (addresses === undefined) return dns.lookup(name, options, done as never)
    const family = (address: string) => (address.includes(':') ? 6 : 4)
    return done(
      null,
      addresses.map((address) => ({ address, family: family(address) })),
    )
  }
  return { ...dns, lookup }
})

const TAGS = '/v2/payments/api/tags/list'
const MIRA = { username: 'mira', password: 'mira-secret' }
/** The hosts that connections are begun to, from now on. */
function watchConnections(): ReadonlySet<string> {
  const hosts = new Set<string>()
  const note = (message: unknown) => {
    hosts.add((message as { connectParams: { host: string } }).connectParams.host)
  }
  subscribe('undici:client:beforeConnect', note)
  closeAfterTest(() => unsubscribe('undici:client:beforeConnect', note))
  return hosts
}

const port = (server: DemoServer) => new URL(server.origin).port

/** Listens for passwords, on http and on https. */
async function evil(tls?: { key: string; cert: string }): Promise<DemoServer> {
  const server = await startServer({
    port: 0,
    tls,
    faults: createFaults(),
    record: true,
    handle: () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"token":"evil"}',
    }),
  })
  closeAfterTest(server.close)
  return server
}

const challenge = (realm: string) => ({
  'www-authenticate': `Bearer realm="${realm}",service="registry.demo",scope="repository:payments/api:pull"`,
})

/** From now on the registry names another token server, in this part of its paths. */
function swapRealm({ registry }: World, realm: string, match = /tags/): void {
  registry.faults.add({ match, fault: { kind: 'respond', status: 401, headers: challenge(realm) } })
}

test.each<[string, (evil: DemoServer) => string]>([
  ['another origin', ({ origin }) => `${origin}/auth`],
  ['a user name that looks like the host', (e) => `http://127.0.0.1:5001@localhost:${port(e)}/auth`],
  ['another spelling of the host', (e) => `http://127.1:${port(e)}/auth`],
  ['a path-relative jump to another host', (e) => `//127.0.0.1:${port(e)}/auth`],
  ['a backslash', (e) => `http:\\\\127.0.0.1:${port(e)}\\auth`],
  ['another scheme', () => 'ftp://127.0.0.1/auth'],
  ['no address', () => 'https://'],
])('row 35: realm swapped for %s: rejected, the evil host’s log empty', async (_name, realmOf) => {
  const made = await world()
  const thief = await evil()
  const cookie = await made.login()
  await get(made.app, TAGS, { cookie })
  made.tokenServer.requests.length = 0
  swapRealm(made, realmOf(thief))
  const response = await get(made.app, TAGS, { cookie })
  expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'realm_refused' })
  expect(response.body).not.toMatch(/127\.|localhost/)
  expect([thief.requests, made.tokenServer.requests]).toEqual([[], []])
})

test('row 35: a first realm that the operator has not listed gets no password at login', async () => {
  const thief = await evil()
  const made = await world({ env: { TOKEN_REALM_ALLOW: 'http://auth.example' } })
  swapRealm(made, `${thief.origin}/auth`, /./)
  const response = await made.app.inject({ method: 'POST', url: '/api/session', payload: MIRA })
  expect(failure(response)).toMatchObject({ status: 502, reason: 'realm_refused' })
  expect([thief.requests, made.tokenServer.requests]).toEqual([[], []])
})

test('row 35: http downgrade by a registry on https: rejected, the evil host’s log empty', async () => {
  const tls = selfSigned('IP:127.0.0.1')
  const thief = await evil()
  const made = await world({ registry: { tls }, env: { SSL_VERIFY: 'false' } })
  swapRealm(made, `${thief.origin}/auth`, /./)
  const response = await made.app.inject({ method: 'POST', url: '/api/session', payload: MIRA })
  expect(failure(response)).toMatchObject({ status: 502, reason: 'realm_refused' })
  expect(thief.requests).toEqual([])
})

/** A registry that is not on loopback by name: 0.0.0.0 reaches the same socket. */
async function awayFromLoopback(): Promise<World> {
  const probe = await evil()
  await probe.close()
  const registryPort = Number(port(probe))
  return world({
    registry: { port: registryPort },
    env: { REGISTRY_URL: `http://0.0.0.0:${registryPort}` },
  })
}

test.each([
  '127.0.0.1',
  'localhost',
  'LOCALHOST.',
  'a.localhost',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  // ①②⑦.0.0.1
  '%E2%91%A0%E2%91%A1%E2%91%A6.0.0.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
])('row 35: loopback as %s, of a registry on another host: rejected, no request sent', async (host) => {
  const thief = await evil()
  const made = await awayFromLoopback()
  swapRealm(made, `http://${host}:${port(thief)}/auth`, /./)
  const response = await made.app.inject({ method: 'POST', url: '/api/session', payload: MIRA })
  expect(failure(response)).toMatchObject({ status: 502, reason: 'realm_refused' })
  expect(failure(response).message).toContain('loopback')
  expect(thief.requests).toEqual([])
})

test.each([
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0251.0376.0251.0376',
  '169.254.43518',
  // ①⑥⑨.254.169.254
  '%E2%91%A0%E2%91%A5%E2%91%A8.254.169.254',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '168.63.129.16',
  '0.0.0.0',
  '0',
  '[::]',
  '224.0.0.1',
  '255.255.255.255',
])(
  'row 35: link-local, metadata or unspecified as %s: rejected before anything is sent, even if listed',
  async (host) => {
    for (const env of [{}, { TOKEN_REALM_ALLOW: `http://${host}` }]) {
      const made = await world({ env })
      swapRealm(made, `http://${host}/latest/meta-data`, /./)
      const connected = watchConnections()
      const response = await made.app.inject({ method: 'POST', url: '/api/session', payload: MIRA })
      expect(failure(response)).toMatchObject({ status: 502, reason: 'realm_refused' })
      expect(failure(response).message).toContain('never uses')
      expect([...connected]).toEqual([new URL(made.registry.origin).host])
    }
  },
)

test.each(Object.keys(NAMES))(
  'row 35: %s resolves to a metadata address: rejected, even if listed',
  async (name) => {
    const thief = await evil()
    const origin = `http://${name}:${port(thief)}`
    for (const env of [{}, { TOKEN_REALM_ALLOW: origin }, { TOKEN_SERVER_URL: `${origin}/auth` }]) {
      const made = await world({ env })
      swapRealm(made, `${origin}/auth`, /./)
      const response = await made.app.inject({ method: 'POST', url: '/api/session', payload: MIRA })
      expect(failure(response)).toMatchObject({ status: 502, reason: 'realm_refused' })
    }
    expect(thief.requests).toEqual([])
  },
)

test.each([301, 302, 303, 307, 308])(
  'row 35: the token server itself sends the password on with %i: not followed, the evil host’s log empty',
  async (status) => {
    const made = await world()
    const thief = await evil()
    const cookie = await made.login()
    made.tokenServer.faults.add({
      match: /./,
      fault: { kind: 'redirect', status, location: `${thief.origin}/auth` },
    })
    expect(failure(await get(made.app, TAGS, { cookie }))).toMatchObject({
      status: 502,
      reason: 'bad_answer',
    })
    expect(thief.requests).toEqual([])
    expect((await get(made.app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
  },
)
