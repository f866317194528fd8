import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
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
const get = (app: World['app'], url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers })
const entry = (answer: { body: string }) => JSON.parse(answer.body).errors[0]

test('the whole read API is passed on to those whom the registry allows it', async () => {
  const { app, login, digests } = await world()
  const cookie = await login('admin')
  expect((await get(app, '/v2/', { cookie })).json()).toEqual({})
  expect((await get(app, '/v2/_catalog', { cookie })).json()).toEqual({
    repositories: ['base/debian', 'payments/api', 'secret/store', 'tools/a', 'tools/b'],
  })
  expect((await get(app, '/v2/payments/api/tags/list', { cookie })).json()).toEqual({
    name: 'payments/api',
    tags: ['1.0', '1.1', 'latest'],
  })
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const manifest = await get(app, '/v2/payments/api/manifests/1.0', { cookie, accept })
  expect(manifest.headers).toMatchObject({
    'docker-content-digest': digests.manifest,
    etag: `"${digests.manifest}"`,
    'content-type': accept,
  })
  const blob = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie, range: 'bytes=2-3' })
  expect([blob.statusCode, blob.body, blob.headers['content-range']]).toEqual([206, 'os', 'bytes 2-3/37'])
  const referrers = await get(app, `/v2/payments/api/referrers/${digests.manifest}?artifactType=x`, {
    cookie,
  })
  expect(referrers.json()).toMatchObject({ manifests: [] })
  const head = await app.inject({
    method: 'HEAD',
    url: '/v2/payments/api/manifests/1.0',
    headers: { cookie, accept },
  })
  expect([head.statusCode, head.body, head.headers['docker-content-digest']]).toEqual([
    200,
    '',
    digests.manifest,
  ])
})

test('warm, a request costs one request to the registry and none to the token server', async () => {
  const { app, login, registry, tokenServer } = await world()
  const cookie = await login()
  await get(app, '/v2/payments/api/tags/list', { cookie })
  const before = [registry.requests.length, tokenServer.requests.length]
  await get(app, '/v2/payments/api/tags/list', { cookie })
  expect([registry.requests.length, tokenServer.requests.length]).toEqual([(before[0] ?? 0) + 1, before[1]])
})

test('caching: digests indefinitely but only for this cookie, tags by ETag, lists and errors never', async () => {
  const { app, login, digests } = await world()
  const cookie = await login()
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const immutable = { 'cache-control': 'private, max-age=31536000, immutable', vary: 'Cookie' }
  expect(
    (await get(app, `/v2/payments/api/manifests/${digests.manifest}`, { cookie, accept })).headers,
  ).toMatchObject(immutable)
  const blob = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie })
  expect(blob.headers).toMatchObject({ ...immutable, 'content-disposition': 'attachment' })
  expect(
    (await get(app, '/v2/payments/api/manifests/1.0', { cookie, accept })).headers['cache-control'],
  ).toBe('private, no-cache')
  const unchanged = await get(app, '/v2/payments/api/manifests/1.0', {
    cookie,
    accept,
    'if-none-match': `"${digests.manifest}"`,
  })
  expect([unchanged.statusCode, unchanged.body]).toEqual([304, ''])
  expect((await get(app, '/v2/payments/api/tags/list', { cookie })).headers['cache-control']).toBe('no-store')
  const missing = await get(app, '/v2/payments/api/manifests/none', { cookie, accept })
  expect([missing.statusCode, missing.headers['cache-control'], entry(missing).code]).toEqual([
    404,
    'no-store',
    'MANIFEST_UNKNOWN',
  ])
})

test('a 304 that carries the length of a body it does not send is passed on', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  const etag = `"${digests.manifest}"`
  const headers = { 'content-length': '500', etag }
  registry.faults.add({ match: /manifests/, fault: { kind: 'respond', status: 304, headers } })
  for (let times = 0; times < 3; times++) {
    const answer = await get(app, '/v2/payments/api/manifests/1.0', { 'if-none-match': etag })
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', etag])
    expect(answer.headers).not.toHaveProperty('content-length')
  }
})

test.each<[string, object]>([
  ['/v2/payments/api/manifests/1.0', { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }],
  ['/v2/payments/api/tags/list', { 'content-type': 'application/json' }],
  ['/v2/_catalog', { 'content-type': 'application/json' }],
])('%s that arrives compressed is decompressed, its digest and ETag kept', async (path, type) => {
  const { app, registry } = await world({ auth: 'none' })
  const body = Buffer.from('{"name":"payments/api","tags":["1.0"],"repositories":[]}')
  const kept = { etag: '"x"', 'docker-content-digest': `sha256:${'a'.repeat(64)}` }
  for (const [encoding, packed] of [
    ['gzip', gzipSync(body)],
    ['X-GZIP', gzipSync(body)],
    ['br', brotliCompressSync(body)],
    ['identity, gzip', gzipSync(body)],
  ] as const) {
    const headers = { ...type, ...kept, 'content-encoding': encoding, 'content-length': packed.length }
    const fault = { kind: 'respond', status: 200, headers, body: packed } as const
    registry.faults.add({ match: ({ url }) => url.startsWith(path), times: 1, fault })
    const answer = await get(app, path, { accept: '*/*', 'accept-encoding': 'gzip' })
    expect([answer.statusCode, answer.body]).toEqual([200, String(body)])
    expect(answer.headers).toMatchObject(kept)
    expect(answer.headers).not.toHaveProperty('content-encoding')
    expect(answer.headers['content-length'] ?? String(body.length)).toBe(String(body.length))
  }
  expect(registry.requests.map(({ headers }) => headers['accept-encoding'])).toContain('identity')
})

test.each<[string, string, Buffer]>([
  ['in an unknown way', 'compress', Buffer.from('{}')],
  ['twice', 'gzip, br', Buffer.from('{}')],
  ['but is not', 'gzip', Buffer.from('{"tags":[]}')],
])('a list that claims to be compressed %s is an error with a message', async (_name, encoding, body) => {
  const { app, registry } = await world({ auth: 'none' })
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
  registry.faults.add({ match: /tags/, fault: { kind: 'respond', status: 200, headers, body } })
  const answer = await get(app, '/v2/payments/api/tags/list')
  expect([answer.statusCode, entry(answer).detail]).toEqual([502, { reason: 'bad_answer' }])
  expect(entry(answer).message).toContain('compressed')
})

test('a compressed error response keeps the registry’s message', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const body = gzipSync('{"errors":[{"code":"NAME_UNKNOWN","message":"gone for good"}]}')
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
  registry.faults.add({ match: /tags/, fault: { kind: 'respond', status: 404, headers, body } })
  expect(entry(await get(app, '/v2/payments/api/tags/list')).message).toBe('gone for good')
})

test('a blob passes with its Content-Encoding, byte for byte', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  const body = gzipSync('a layer')
  const headers = { 'content-encoding': 'gzip', 'content-length': body.length }
  registry.faults.add({ match: /blobs/, fault: { kind: 'respond', status: 200, headers, body } })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`)
  expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(body.length) })
  expect(answer.rawPayload).toEqual(body)
})

/** The registry's query in our own Link, which must be one of our paths and nothing else. */
function signedQuery(link: unknown, path: string): string | undefined {
  const [, at, next = ''] = /^<([^?>]+)\?next=([\w-]*)\.[\w-]{43}>; rel="next"$/.exec(String(link)) ?? []
  return at === path ? Buffer.from(next, 'base64url').toString() : undefined
}

test.each(['', '/gantry'])('the next page is linked as one of our paths (BASE_PATH %j)', async (basePath) => {
  const { app, login, registry } = await world({ env: { BASE_PATH: basePath } })
  const cookie = await login('admin')
  for (const path of [`${basePath}/v2/_catalog`, '/v2/_catalog']) {
    const { link } = (await get(app, `${path}?n=2`, { cookie })).headers
    expect(signedQuery(link, `${basePath}/v2/_catalog`)).toBe('last=payments%2Fapi&n=2')
    const next = /<(.+)>/.exec(String(link))?.[1] ?? ''
    expect((await get(app, next, { cookie })).json()).toEqual({ repositories: ['secret/store', 'tools/a'] })
    expect(registry.requests.at(-1)?.url).toBe('/v2/_catalog?last=payments%2Fapi&n=2')
  }
})

const SUBJECT = `sha256:${'a'.repeat(64)}`
const referrers = (path: string, query = 'last=x') => `</v2/payments/api/${path}?${query}>; rel="next"`

test.each([
  ['as it is', referrers(`referrers/${SUBJECT}`), 'last=x'],
  ['the digest’s colon encoded', referrers(`referrers/${SUBJECT.replace(':', '%3A')}`), 'last=x'],
  ['in lower case', referrers(`referrers/${SUBJECT.replace(':', '%3a')}`), 'last=x'],
  [
    'the type encoded',
    referrers(`referrers/${SUBJECT}`, 'artifactType=a%2Fb%2Bjson&last=x'),
    'artifactType=a%2Fb%2Bjson&last=x',
  ],
  [
    'the type as it is',
    referrers(`referrers/${SUBJECT}`, 'artifactType=a/b&last=x'),
    'artifactType=a/b&last=x',
  ],
  ['an encoded slash, which is the same path', referrers(`referrers%2F${SUBJECT}`), 'last=x'],
  ['another digest', referrers(`referrers/${SUBJECT.replace(':a', ':b')}`), undefined],
  ['another endpoint, encoded', referrers(`referrers/%2e%2e/manifests/${SUBJECT}`), undefined],
  ['encoded twice', referrers(`referrers/${SUBJECT.replace(':', '%253A')}`), undefined],
  ['broken encoding', referrers(`referrers/${SUBJECT.replace(':', '%3')}`), undefined],
])('a Link to more referrers is compared decoded: %s', async (_name, link, query) => {
  const { app, registry, login } = await world()
  registry.faults.add({ match: /referrers/, fault: { kind: 'headers', headers: { link } } })
  const answer = await get(app, `/v2/payments/api/referrers/${SUBJECT}`, { cookie: await login('admin') })
  expect(answer.statusCode).toBe(200)
  expect(signedQuery(answer.headers.link, `/v2/payments/api/referrers/${SUBJECT}`)).toBe(query)
  expect(answer.headers['x-gantry-list']).toBe(query === undefined ? 'incomplete' : undefined)
})

test.each<[string, (w: World) => Promise<unknown> | unknown, number, string, string]>([
  [
    'registry resets',
    (w) => w.registry.faults.add({ match: /./, fault: { kind: 'disconnect' } }),
    502,
    'registry_down',
    'REGISTRY_HOST',
  ],
  [
    'registry speaks no HTTP',
    (w) => w.registry.faults.add({ match: /./, fault: { kind: 'raw', bytes: 'SSH-2.0-OpenSSH\r\n' } }),
    502,
    'bad_answer',
    'HTTP',
  ],
])(
  '%s: an error message without an address, and the session is kept',
  async (_name, breakIt, status, reason, words) => {
    const made = await world({ env: { REGISTRY_TIMEOUT: '1' } })
    const cookie = await made.login()
    await breakIt(made)
    const answer = await get(made.app, '/v2/payments/api/tags/list', { cookie })
    expect([answer.statusCode, entry(answer).code, entry(answer).detail.reason]).toEqual([
      status,
      'UNAVAILABLE',
      reason,
    ])
    expect(entry(answer).message).toContain(words)
    expect(answer.body).not.toMatch(/127\.0\.0\.1|ECONN|localhost/)
    expect((await get(made.app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
  },
)

test('a guest is asked to log in, without a native password prompt', async () => {
  for (const auth of ['token', 'basic'] as const) {
    const { app } = await world({ auth })
    const answer = await get(app, '/v2/payments/api/tags/list')
    expect([answer.statusCode, entry(answer).detail.reason, answer.headers['www-authenticate']]).toEqual([
      401,
      'login_required',
      undefined,
    ])
  }
})

test.each([
  ['text/html', {}, 'application/octet-stream'],
  ['text/javascript', {}, 'application/octet-stream'],
  ['multipart/byteranges; boundary=x', { range: 'bytes=0-1,3-4' }, 'multipart/byteranges; boundary=x'],
])('a blob of type %s is an attachment of bytes', async (contentType, fields, expected) => {
  const { app, login, registry, digests } = await world()
  const cookie = await login()
  const headers = { 'content-type': contentType, 'content-disposition': 'inline' }
  registry.faults.add({ match: /blobs/, fault: { kind: 'headers', headers } })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie, ...fields })
  expect([answer.headers['content-type'], answer.headers['content-disposition']]).toEqual([
    expected,
    'attachment',
  ])
})

test('a client that disconnects while a token is fetched causes no further request to the registry', async () => {
  const { app, registry, tokenServer, login } = await world({ auth: 'token' })
  const cookie = await login()
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  tokenServer.faults.add({ match: () => true, times: 1, fault: { kind: 'delay', milliseconds: 200 } })
  tokenServer.requests.length = 0
  registry.requests.length = 0
  const path = '/v2/payments/api/tags/list'
  const leaving = httpRequest({ host: '127.0.0.1', port, path, headers: { cookie } })
  leaving.on('error', () => {}).end()
  await expect.poll(() => tokenServer.requests.length).toBe(1)
  leaving.destroy()
  // the token still arrives, and serves the next request
  expect((await get(app, path, { cookie })).statusCode).toBe(200)
  expect([tokenServer.requests.length, registry.requests.length]).toEqual([1, 1])
})

test('a registry’s own 403 asks guests to log in, and not those who are logged in', async () => {
  const { app, login, registry } = await world({ registry: { guardPing: false } })
  registry.faults.add({ match: /tags/, fault: { kind: 'respond', status: 403, body: '{}' } })
  const guest = await get(app, '/v2/payments/api/tags/list')
  expect([guest.statusCode, entry(guest).detail.reason]).toEqual([401, 'login_required'])
  const person = await get(app, '/v2/payments/api/tags/list', { cookie: await login() })
  expect([person.statusCode, entry(person).code]).toEqual([403, 'DENIED'])
})

test('an account that may pull but not list gets an error that fits beside the image', async () => {
  const { app, login, registry } = await world()
  const cookie = await login()
  registry.faults.add({ match: /tags/, fault: { kind: 'respond', status: 403, body: '{}' } })
  const list = await get(app, '/v2/payments/api/tags/list', { cookie })
  expect([list.statusCode, entry(list).code]).toEqual([403, 'DENIED'])
  expect(entry(list).message).toContain('may not list the tags')
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  expect((await get(app, '/v2/payments/api/manifests/1.0', { cookie, accept })).statusCode).toBe(200)
})

test.each<[string, WorldOptions]>([
  ['a ping without credentials succeeds', { registry: { guardPing: false } }],
  ['a configured type', { registry: { guardPing: false }, env: { REGISTRY_AUTH_TYPE: 'token' } }],
  ['no login at all', { auth: 'none' }],
])('nothing is deleted without credentials for a logged-in user: %s', async (_name, options) => {
  const made = await world({
    ...options,
    env: { REGISTRY_ALLOW_DELETE: 'true', ...options.env },
    registry: { deleteEnabled: true, ...options.registry },
  })
  const cookie = await made.login('admin')
  made.registry.requests.length = 0
  const answer = await made.app.inject({
    method: 'DELETE',
    url: '/v2/payments/api/manifests/1.0',
    headers: { cookie, host: 'localhost' },
  })
  expect(answer.statusCode).toBe(202)
  const deletes = made.registry.requests.filter((request) => request.method === 'DELETE')
  expect(deletes.filter((request) => request.headers.authorization === undefined)).toEqual([])
})

test('one path that requires Basic on a token registry ends no session and does not affect other paths', async () => {
  const { app, login, registry } = await world()
  const cookie = await login()
  const challenge = { 'www-authenticate': 'Basic realm="odd"' }
  registry.faults.add({ match: /odd/, fault: { kind: 'respond', status: 401, headers: challenge } })
  expect((await get(app, '/v2/payments/odd/tags/list', { cookie })).statusCode).toBe(403)
  registry.requests.length = 0
  expect((await get(app, '/v2/payments/api/tags/list', { cookie })).statusCode).toBe(200)
  expect(registry.requests[0]?.headers.authorization).toMatch(/^Bearer /)
})

test('a ping that drips holds a request no longer than REGISTRY_TIMEOUT', async () => {
  const { app, registry } = await world({ env: { REGISTRY_TIMEOUT: '1' } })
  // for longer than a test may run
  const drip = async function* () {
    for (;;) {
      yield ' '
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  registry.faults.add({
    match: /^\/v2\/$/,
    fault: { kind: 'respond', status: 200, body: drip },
  })
  expect((await get(app, '/v2/payments/api/tags/list')).statusCode).toBeGreaterThan(400)
  await expect.poll(() => registry.openRequests()).toBe(0)
})

test('a registry that responds to the ping with 503 is unavailable, and its Retry-After is passed on', async () => {
  const { app, registry } = await world()
  registry.faults.add({
    match: /^\/v2\/$/,
    fault: { kind: 'respond', status: 503, headers: { 'retry-after': '7' } },
  })
  const answer = await get(app, '/v2/payments/api/tags/list')
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '7'])
})

test('probes never wait for a silent registry', async () => {
  const { app, registry } = await world({ env: { REGISTRY_TIMEOUT: '30' } })
  registry.faults.add({ match: /./, fault: { kind: 'silence' } })
  expect((await get(app, '/readyz')).json()).toMatchObject({ status: 'ready', registry: 'unknown' })
})

test('every error response under /v2 is sandboxed, whatever its source', async () => {
  const { app } = await world({
    env: { UI_USERNAME: 'ui', UI_PASSWORD: 'pw', PUBLIC_URL: 'https://gantry.example' },
  })
  const sandbox = "sandbox; default-src 'none'"
  const refused = await get(app, '/v2/x/tags/list', { host: 'gantry.example' })
  expect([refused.statusCode, entry(refused).code, refused.headers['content-security-policy']]).toEqual([
    401,
    'UNAUTHORIZED',
    sandbox,
  ])
  const authorization = `Basic ${Buffer.from('ui:pw').toString('base64')}`
  const foreign = await get(app, '/v2/x/tags/list', { host: 'evil.example', authorization })
  expect([foreign.statusCode, foreign.headers['content-security-policy']]).toEqual([421, sandbox])
})

test('the limiter’s slot is released whatever the response: one visitor sends more requests than there are slots', async () => {
  const { app, login, digests, registry } = await world()
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const sent = { cookie: await login('admin'), accept }
  const large = Buffer.alloc(256 * 1024, 'x')
  const headers = { 'content-type': 'application/octet-stream', 'content-length': large.length }
  registry.faults.add({
    match: new RegExp(`blobs/${digests.config}`),
    fault: {
      kind: 'respond',
      status: 200,
      headers,
      body: async function* () {
        yield large
      },
    },
  })
  const responses = [
    ['GET', '/v2/payments/api/tags/list', 200],
    ['HEAD', '/v2/payments/api/manifests/1.0', 200],
    ['GET', '/v2/payments/api/manifests/none', 404],
    ['GET', `/v2/payments/api/blobs/${digests.config}`, 200],
  ] as const
  for (const [method, url, status] of responses) {
    const all = Array.from({ length: 140 }, () => app.inject({ method, url, headers: sent }))
    expect(new Set((await Promise.all(all)).map(({ statusCode }) => statusCode))).toEqual(new Set([status]))
  }
})
