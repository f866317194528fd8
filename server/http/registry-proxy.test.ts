import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createFaults } from '../demo/faults.ts'
import { createImageStore } from '../demo/image-store.ts'
import { startRegistry } from '../demo/registry.ts'
import { startWorld, type World, type WorldOptions } from '../demo/world.ts'

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

test('it passes on the whole of the read API for whom the registry allows it', async () => {
  const { app, login, digests } = await world()
  const cookie = await login('admin')
  expect((await get(app, '/v2/', { cookie })).json()).toEqual({})
  expect((await get(app, '/v2/_catalog', { cookie })).json()).toEqual({
    repositories: ['base/debian', 'payments/api', 'secret/vault', 'tools/a', 'tools/b'],
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

test('warm, a request costs the registry one and the token server none', async () => {
  const { app, login, registry, tokenServer } = await world()
  const cookie = await login()
  await get(app, '/v2/payments/api/tags/list', { cookie })
  const before = [registry.requests.length, tokenServer.requests.length]
  await get(app, '/v2/payments/api/tags/list', { cookie })
  expect([registry.requests.length, tokenServer.requests.length]).toEqual([(before[0] ?? 0) + 1, before[1]])
})

test('a thousand requests on one missing token: one token request', { timeout: 60_000 }, async () => {
  const { app, login, tokenServer } = await world({ env: { REGISTRY_TIMEOUT: '50' } })
  const cookie = await login()
  const before = tokenServer.requests.length
  const answers = await Promise.all(
    Array.from({ length: 1000 }, () => get(app, '/v2/payments/api/tags/list', { cookie })),
  )
  expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([200]))
  expect(tokenServer.requests.length - before).toBe(1)
})

test('nothing of the browser but three fields reaches the registry', async () => {
  const { app, login, registry } = await world()
  const cookie = await login()
  registry.requests.length = 0
  await get(app, '/v2/payments/api/tags/list?n=5&from=evil&mount=x', {
    cookie,
    authorization: 'Basic ZXZpbDpldmls',
    accept: 'application/json',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-real-ip': '127.0.0.1',
    forwarded: 'for=127.0.0.1',
    origin: 'https://evil.example',
    referer: 'https://evil.example/',
    'proxy-authorization': 'Basic eA==',
    connection: 'authorization, accept',
    'accept-encoding': 'gzip',
    'user-agent': 'Mozilla/5.0',
  })
  const sent = registry.requests.at(-1)
  expect(sent?.url).toBe('/v2/payments/api/tags/list?n=5')
  expect(Object.keys(sent?.headers ?? {}).sort()).toEqual([
    'accept',
    'authorization',
    'connection',
    'host',
    'user-agent',
  ])
  expect(sent?.headers).toMatchObject({
    authorization: expect.stringMatching(/^Bearer /),
    'user-agent': 'gantry',
    connection: 'keep-alive',
  })
})

test('nothing of the registry but listed fields reaches the browser', async () => {
  const { app, login, registry } = await world()
  const cookie = await login()
  const headers = {
    'set-cookie': ['a=b', 'c=d'],
    'www-authenticate': 'Basic realm="phish"',
    'content-security-policy': "default-src 'unsafe-inline'",
    'clear-site-data': '"*"',
    location: 'https://evil.example/',
    'access-control-allow-origin': '*',
    'strict-transport-security': 'max-age=1',
    'x-powered-by': 'x',
    refresh: '0;url=https://evil.example',
    warning: '299 - "old"',
  }
  registry.faults.add({ match: /tags/, fault: { kind: 'headers', headers } })
  const answer = await get(app, '/v2/payments/api/tags/list', { cookie })
  expect(answer.statusCode).toBe(200)
  for (const name of [
    'set-cookie',
    'www-authenticate',
    'clear-site-data',
    'location',
    'access-control-allow-origin',
    'strict-transport-security',
    'x-powered-by',
    'refresh',
  ])
    expect(answer.headers[name], name).toBeUndefined()
  expect(answer.headers).toMatchObject({
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    warning: '299 - "old"',
  })
})

test('caching: a digest for good but for this cookie only, a tag by ETag, a list and an error never', async () => {
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

test.each([
  ['', '</v2/_catalog?n=2&last=payments%2Fapi>; rel="next"'],
  ['/gantry', '</gantry/v2/_catalog?n=2&last=payments%2Fapi>; rel="next"'],
])('the next page is named as a path of ours (BASE_PATH %j)', async (basePath, expected) => {
  const { app, login } = await world({ env: { BASE_PATH: basePath } })
  const cookie = await login('admin')
  expect((await get(app, `${basePath}/v2/_catalog?n=2`, { cookie })).headers.link).toBe(expected)
  expect((await get(app, '/v2/_catalog?n=2', { cookie })).headers.link).toBe(expected)
})

test.each([
  ['another path', '</v2/secret/vault/tags/list>; rel="next"'],
  ['a path outside /v2', '</admin?n=2>; rel="next"'],
  ['a path that climbs', '</v2/_catalog/../admin>; rel="next"'],
  ['no URL', '<http://[>; rel="next"'],
  ['another relation', '</v2/_catalog?n=2>; rel="prev"'],
])('a Link to %s is dropped', async (_name, link) => {
  const { app, registry } = await world({ auth: 'none' })
  registry.faults.add({ match: /_catalog/, fault: { kind: 'headers', headers: { link } } })
  expect((await get(app, '/v2/_catalog')).headers.link).toBeUndefined()
})

const SUBJECT = `sha256:${'a'.repeat(64)}`
const referrers = (path: string, query = 'last=x') => `</v2/payments/api/${path}?${query}>; rel="next"`

test.each([
  ['as it is', referrers(`referrers/${SUBJECT}`), 'last=x'],
  ['the digest’s colon encoded', referrers(`referrers/${SUBJECT.replace(':', '%3A')}`), 'last=x'],
  ['in small letters', referrers(`referrers/${SUBJECT.replace(':', '%3a')}`), 'last=x'],
  [
    'the type encoded',
    referrers(`referrers/${SUBJECT}`, 'artifactType=a%2Fb%2Bjson&last=x'),
    'artifactType=a%2Fb%2Bjson&last=x',
  ],
  [
    'the type as it is',
    referrers(`referrers/${SUBJECT}`, 'artifactType=a/b&last=x'),
    'artifactType=a%2Fb&last=x',
  ],
  ['a slash encoded, which names the same path', referrers(`referrers%2F${SUBJECT}`), 'last=x'],
  ['another digest', referrers(`referrers/${SUBJECT.replace(':a', ':b')}`), undefined],
  ['another end point, encoded', referrers(`referrers/%2e%2e/manifests/${SUBJECT}`), undefined],
  ['encoded twice', referrers(`referrers/${SUBJECT.replace(':', '%253A')}`), undefined],
  ['broken encoding', referrers(`referrers/${SUBJECT.replace(':', '%3')}`), undefined],
])('a Link to more referrers is compared decoded: %s', async (_name, link, query) => {
  const { app, registry, login } = await world()
  registry.faults.add({ match: /referrers/, fault: { kind: 'headers', headers: { link } } })
  const answer = await get(app, `/v2/payments/api/referrers/${SUBJECT}`, { cookie: await login('admin') })
  expect(answer.statusCode).toBe(200)
  expect(answer.headers.link).toBe(query && `</v2/payments/api/referrers/${SUBJECT}?${query}>; rel="next"`)
})

test('a Link to another host is read for its query only: we ask nobody else', async () => {
  const { app, registry } = await world({ auth: 'none' })
  registry.faults.add({
    match: /_catalog/,
    fault: { kind: 'headers', headers: { link: '<https://evil.example/v2/_catalog?last=x>; rel="next"' } },
  })
  expect((await get(app, '/v2/_catalog')).headers.link).toBe('</v2/_catalog?last=x>; rel="next"')
})

test.each([
  ['PUT', '/v2/payments/api/manifests/1.0', 405],
  ['POST', '/v2/payments/api/blobs/uploads/', 405],
  ['PATCH', '/v2/payments/api/blobs/uploads/x', 405],
  ['OPTIONS', '/v2/', 405],
  ['DELETE', '/v2/payments/api/manifests/1.0', 405],
  ['GET', '/v2/payments/api/blobs/uploads/x', 404],
  ['GET', '/v2/%61/tags/list', 404],
  ['GET', '/%76%32/_catalog', 404],
] as const)('%s %s is %i and reaches nobody', async (method, url, status) => {
  const { app, login, registry } = await world()
  const cookie = await login('admin')
  registry.requests.length = 0
  const answer = await app.inject({
    method,
    url,
    headers: { cookie },
    ...(method === 'PUT' && { payload: '{}' }),
  })
  expect([answer.statusCode, registry.requests.length]).toEqual([status, 0])
  expect(entry(answer).code).toMatch(/^[A-Z_]+$/)
  expect(answer.headers['www-authenticate']).toBeUndefined()
})

test('over the wire, a path with backslashes or dots goes nowhere', async () => {
  const { app, registry } = await world({ auth: 'none' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const status = (path: string) =>
    new Promise((resolve) =>
      httpRequest({ host: '127.0.0.1', port, path }, (answer) => resolve(answer.resume().statusCode)).end(),
    )
  for (const path of [
    '/v2/a\\..\\..\\admin',
    '/v2/a/../../admin',
    '/v2//_catalog',
    '/v2/./_catalog',
    '/v2/a%2f..%2fb/tags/list',
    '/v2/%2e%2e/admin',
    '/v2/_catalog;a=b',
    '/v2/%zz',
  ])
    expect([path, await status(path)]).toEqual([path, path === '/v2/%zz' ? 400 : 404])
  expect(registry.requests).toEqual([])
})

test.each([
  [500, 502, 'bad_answer'],
  [502, 502, 'registry_down'],
  [503, 503, 'registry_down'],
  [504, 504, 'timeout'],
])(
  'a registry’s %i is %i/%s after one request, and frees its connection',
  async (status, expected, reason) => {
    const { app, registry } = await world({ auth: 'none' })
    await get(app, '/v2/')
    registry.requests.length = 0
    const remove = registry.faults.add({
      match: /tags/,
      fault: { kind: 'answer', status, headers: { 'retry-after': '2' }, body: Buffer.alloc(2_000_000, 'x') },
    })
    const answer = await get(app, '/v2/payments/api/tags/list')
    expect([
      answer.statusCode,
      entry(answer).code,
      entry(answer).detail.reason,
      answer.headers['retry-after'],
    ]).toEqual([expected, 'UNAVAILABLE', reason, '2'])
    expect(registry.requests).toHaveLength(1)
    await Promise.all(Array.from({ length: 150 }, () => get(app, '/v2/payments/api/tags/list')))
    remove()
    expect((await get(app, '/v2/payments/api/tags/list')).statusCode).toBe(200)
  },
)

test.each([
  ['an HTML page', { 'content-type': 'text/html' }, '<script>alert(1)</script>'],
  ['a long HTML page', { 'content-type': 'text/html' }, `<script>${'x'.repeat(5_000_000)}`],
  ['no content type', {}, 'hello'],
])('%s in place of a manifest is a bad answer', async (_name, headers, body) => {
  const { app, registry } = await world({ auth: 'none' })
  registry.faults.add({ match: /manifests/, fault: { kind: 'answer', status: 200, headers, body } })
  const answer = await get(app, '/v2/payments/api/manifests/1.0')
  expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'bad_answer'])
  expect(answer.body).not.toContain('script')
})

test('a list without a type of its own is one all the same, a manifest is not', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const answer = { kind: 'answer', status: 200, headers: { 'content-type': 'text/plain' } } as const
  registry.faults.add({ match: /tags/, fault: { ...answer, body: '{"tags":["1.0"]}' } })
  registry.faults.add({ match: /manifests/, fault: { ...answer, body: '{"schemaVersion":2}' } })
  const tags = await get(app, '/v2/payments/api/tags/list')
  expect([tags.statusCode, tags.json()]).toEqual([200, { tags: ['1.0'] }])
  expect(tags.headers['x-content-type-options']).toBe('nosniff')
  expect((await get(app, '/v2/payments/api/manifests/1.0')).statusCode).toBe(502)
})

test.each<[string, (w: World) => Promise<unknown> | unknown, number, string, string]>([
  ['registry down', (w) => w.registry.close(), 502, 'registry_down', 'REGISTRY_HOST'],
  [
    'registry silent',
    (w) => w.registry.faults.add({ match: /./, fault: { kind: 'silence' } }),
    504,
    'timeout',
    'REGISTRY_TIMEOUT',
  ],
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
  [
    'registry sends 20 KB of header',
    (w) =>
      w.registry.faults.add({
        match: /./,
        fault: { kind: 'headers', headers: { 'x-big': 'x'.repeat(20_000) } },
      }),
    502,
    'bad_answer',
    'HTTP',
  ],
  ['token server down', (w) => w.tokenServer.close(), 502, 'token_server_down', 'TOKEN_SERVER_URL'],
  [
    'token server answers garbage',
    (w) => w.tokenServer.faults.add({ match: /./, fault: { kind: 'answer', status: 200, body: '<html>' } }),
    502,
    'bad_answer',
    'token',
  ],
  [
    'token server silent',
    (w) => w.tokenServer.faults.add({ match: /./, fault: { kind: 'silence' } }),
    504,
    'timeout',
    'token server',
  ],
  [
    'token server redirects',
    (w) =>
      w.tokenServer.faults.add({ match: /./, fault: { kind: 'redirect', location: 'http://127.0.0.1:1/' } }),
    502,
    'bad_answer',
    'token',
  ],
])(
  '%s: said in words, without an address, and the session is kept',
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

test('a repository that is not allowed is 403, the session kept, with at most two requests and one token', async () => {
  const { app, login, registry, tokenServer } = await world()
  const cookie = await login()
  registry.requests.length = 0
  tokenServer.requests.length = 0
  const answer = await get(app, '/v2/secret/vault/tags/list', { cookie })
  expect([answer.statusCode, entry(answer).code]).toEqual([403, 'DENIED'])
  expect(registry.requests.length).toBeLessThanOrEqual(2)
  expect(tokenServer.requests).toHaveLength(1)
  expect((await get(app, '/v2/payments/api/tags/list', { cookie })).statusCode).toBe(200)
})

test('nobody is told to log in, without a native password prompt', async () => {
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

test('downloads that are redirected arrive through us; the store sees no credentials, the browser no signed URL', async () => {
  const store = await startRegistry({ store: createImageStore(), auth: { type: 'none' } })
  closers.push(store.close)
  store.faults.add({
    match: /signed/,
    fault: {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'application/octet-stream' },
      body: 'bytes',
    },
  })
  const { app, login, registry, digests } = await world()
  const cookie = await login()
  registry.faults.add({
    match: /blobs/,
    fault: { kind: 'redirect', location: `${store.origin}/signed?X-Amz-Signature=secret` },
  })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie, range: 'bytes=0-1' })
  expect([answer.statusCode, answer.body, answer.headers.location]).toEqual([200, 'bytes', undefined])
  expect(store.requests[0]?.headers).toMatchObject({ range: 'bytes=0-1' })
  expect(store.requests[0]?.headers.authorization).toBeUndefined()
  expect(store.requests[0]?.headers.cookie).toBeUndefined()
})

test.each([
  ['text/html', {}, 'application/octet-stream'],
  ['text/javascript', {}, 'application/octet-stream'],
  ['multipart/byteranges; boundary=x', { range: 'bytes=0-1,3-4' }, 'multipart/byteranges; boundary=x'],
])('a blob that calls itself %s is an attachment of bytes', async (contentType, fields, expected) => {
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

test.each([
  ['to the metadata service', 'http://169.254.169.254/latest/meta-data/'],
  ['to its IPv6 spelling', 'http://[::ffff:169.254.169.254]/'],
  ['to nowhere', 'http://'],
  ['to another scheme', 'file:///etc/passwd'],
])('a redirect %s is not followed', async (_name, location) => {
  const { app, login, registry, digests } = await world()
  const cookie = await login()
  registry.faults.add({ match: /blobs/, fault: { kind: 'redirect', location } })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie })
  expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'bad_answer'])
  expect(answer.body).not.toContain('169.254')
})

test('redirects in circles end', async () => {
  const { app, login, registry, digests } = await world()
  const cookie = await login()
  const url = `/v2/payments/api/blobs/${digests.config}`
  registry.requests.length = 0
  registry.faults.add({ match: /blobs/, fault: { kind: 'redirect', location: url } })
  expect((await get(app, url, { cookie })).statusCode).toBe(502)
  expect(registry.requests.length).toBeLessThanOrEqual(6)
})

test('a 401 of the place redirected to is not taken for the registry’s', async () => {
  const store = await startRegistry({ store: createImageStore(), auth: { type: 'basic', users: {} } })
  closers.push(store.close)
  const { app, login, registry, digests } = await world()
  const cookie = await login()
  registry.faults.add({
    match: /blobs/,
    fault: { kind: 'redirect', location: `${store.origin}/v2/x/tags/list` },
  })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie })
  expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'bad_answer'])
  expect(store.requests).toHaveLength(1)
  expect((await get(app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
})

test('whoever leaves before the answer takes the upstream request along', { timeout: 60_000 }, async () => {
  const { app, registry } = await world({ auth: 'none', env: { REGISTRY_TIMEOUT: '60' } })
  registry.faults.add({ match: /tags/, fault: { kind: 'silence' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const leaving = Array.from({ length: 200 }, () => {
    const request = httpRequest({ host: '127.0.0.1', port, path: '/v2/payments/api/tags/list' })
    request.on('error', () => {})
    request.end()
    return request
  })
  await expect.poll(() => registry.openRequests(), { timeout: 20_000 }).toBeGreaterThan(100)
  for (const request of leaving) request.destroy()
  await expect.poll(() => registry.openRequests(), { timeout: 5000 }).toBe(0)
  expect((await get(app, '/v2/_catalog')).statusCode).toBe(200)
})

test('an answer that breaks off does not end as if it were whole', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  const answered = { kind: 'answer', status: 200, headers: { 'content-length': 200_000 } } as const
  registry.faults.add({ match: /blobs/, fault: { ...answered, body: 'x'.repeat(200_000) } })
  registry.faults.add({ match: /blobs/, fault: { kind: 'cut', bytes: 100_000, end: 'disconnect' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const ended = new Promise((resolve) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path: `/v2/payments/api/blobs/${digests.config}` },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve('whole')).on('error', () => resolve('broken'))
      },
    )
    request.on('error', () => resolve('broken')).end()
  })
  expect(await ended).toBe('broken')
})

test('a small answer that breaks off is an error of its own: nothing of it has been sent', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  registry.faults.add({ match: /blobs/, fault: { kind: 'cut', bytes: 5, end: 'disconnect' } })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`)
  expect([answer.statusCode, entry(answer).code]).toEqual([502, 'UNAVAILABLE'])
})

function selfSigned(subjectAltName: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-cert-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=gantry test',
      '-addext',
      `subjectAltName=${subjectAltName}`,
      '-keyout',
      key,
      '-out',
      cert,
    ],
    { stdio: 'ignore' },
  )
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return pair
}

test('a certificate that nobody vouches for gets not a byte; with REGISTRY_CA_FILE it is trusted, for its own name only', async () => {
  const [good, wrong] = [selfSigned('IP:127.0.0.1'), selfSigned('DNS:elsewhere.example')]
  const folder = mkdtempSync(join(tmpdir(), 'gantry-ca-'))
  closers.push(async () => rmSync(folder, { recursive: true }))
  const caFile = (pair: { cert: string }, name: string) => {
    const path = join(folder, name)
    execFileSync('tee', [path], { input: pair.cert, stdio: ['pipe', 'ignore', 'ignore'] })
    return path
  }
  const account = {
    REGISTRY_AUTH_TYPE: 'basic',
    REGISTRY_USERNAME: 'admin',
    REGISTRY_PASSWORD: 'admin-secret',
  }
  const cases: [object, { key: string; cert: string }, number, string | undefined][] = [
    [account, good, 502, 'untrusted_certificate'],
    [{ ...account, REGISTRY_CA_FILE: caFile(good, 'good.pem') }, good, 200, undefined],
    [{ ...account, REGISTRY_CA_FILE: caFile(wrong, 'wrong.pem') }, wrong, 502, 'untrusted_certificate'],
    [{ ...account, SSL_VERIFY: 'false' }, wrong, 200, undefined],
  ]
  for (const [env, tls, status, reason] of cases) {
    const { app, registry } = await world({
      auth: 'basic',
      env: { ...env },
      registry: { tls, faults: createFaults() },
    })
    const answer = await get(app, '/v2/_catalog')
    expect([answer.statusCode, status === 200 ? undefined : entry(answer).detail.reason]).toEqual([
      status,
      reason,
    ])
    if (status !== 200) expect(registry.requests).toEqual([])
  }
})

test('sha512 digests, long names and long tags are no reason for 414', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const name = `${'a'.repeat(100)}/${'b'.repeat(154)}`
  for (const url of [
    `/v2/${name}/manifests/${'t'.repeat(128)}`,
    `/v2/${name}/blobs/sha512:${'c'.repeat(128)}`,
  ])
    expect((await get(app, url)).statusCode).toBe(404)
  expect(registry.requests.filter((request) => request.url.includes(name))).toHaveLength(2)
})

test('a body that drips in holds its connection for seconds, not for ever', { timeout: 15_000 }, async () => {
  const { app } = await world({ auth: 'none' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const started = Date.now()
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        'POST /api/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
      )
    })
    const drip = setInterval(() => socket.write(' '), 500)
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => {
      clearInterval(drip)
      resolve(text)
    })
    socket.on('error', () => {})
  })
  expect(answer).toMatch(/^HTTP\/1\.1 408.*"errors":\[/s)
  expect(Date.now() - started).toBeLessThan(10_000)
})

test.each([401, 403, 404])(
  'a store that refuses a redirected download with %i is not the registry refusing',
  async (status) => {
    const store = await startRegistry({ store: createImageStore(), auth: { type: 'none' } })
    closers.push(store.close)
    store.faults.add({ match: /./, fault: { kind: 'answer', status, body: '<Error>AccessDenied</Error>' } })
    const { app, login, registry, digests } = await world()
    const cookie = await login()
    registry.faults.add({ match: /blobs/, fault: { kind: 'redirect', location: `${store.origin}/x` } })
    const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`, { cookie })
    expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'bad_answer'])
  },
)

test('a registry’s own 403 asks nobody to log in who has, and everybody else to', async () => {
  const { app, login, registry } = await world({ registry: { guardGreeting: false } })
  registry.faults.add({ match: /tags/, fault: { kind: 'answer', status: 403, body: '{}' } })
  const guest = await get(app, '/v2/payments/api/tags/list')
  expect([guest.statusCode, entry(guest).detail.reason]).toEqual([401, 'login_required'])
  const person = await get(app, '/v2/payments/api/tags/list', { cookie: await login() })
  expect([person.statusCode, entry(person).code]).toEqual([403, 'DENIED'])
})

test.each<[string, WorldOptions]>([
  ['a greeting for everybody', { registry: { guardGreeting: false } }],
  ['a type that is set', { registry: { guardGreeting: false }, env: { REGISTRY_AUTH_TYPE: 'token' } }],
  ['no login at all', { auth: 'none' }],
])('nothing is deleted unauthenticated for somebody who has logged in: %s', async (_name, options) => {
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
  expect(answer.statusCode).toBe(options.auth === 'none' ? 403 : 202)
  const deletes = made.registry.requests.filter((request) => request.method === 'DELETE')
  expect(deletes.filter((request) => request.headers.authorization === undefined)).toEqual([])
})

test('one path that asks for Basic on a token registry ends no session and changes nothing for others', async () => {
  const { app, login, registry } = await world()
  const cookie = await login()
  const challenge = { 'www-authenticate': 'Basic realm="odd"' }
  registry.faults.add({ match: /odd/, fault: { kind: 'answer', status: 401, headers: challenge } })
  expect((await get(app, '/v2/payments/odd/tags/list', { cookie })).statusCode).toBe(403)
  registry.requests.length = 0
  expect((await get(app, '/v2/payments/api/tags/list', { cookie })).statusCode).toBe(200)
  expect(registry.requests[0]?.headers.authorization).toMatch(/^Bearer /)
})

test('a greeting that drips holds nobody longer than REGISTRY_TIMEOUT', async () => {
  const { app, registry } = await world({ env: { REGISTRY_TIMEOUT: '1' } })
  const drip = async function* () {
    for (let i = 0; i < 40; i++) {
      yield ' '
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
  registry.faults.add({
    match: /^\/v2\/$/,
    fault: { kind: 'answer', status: 200, body: drip },
  })
  const started = Date.now()
  expect((await get(app, '/v2/payments/api/tags/list')).statusCode).toBeGreaterThan(400)
  expect(Date.now() - started).toBeLessThan(4000)
})

test('a registry that answers its greeting with 503 is not available, and says for how long', async () => {
  const { app, registry } = await world()
  registry.faults.add({
    match: /^\/v2\/$/,
    fault: { kind: 'answer', status: 503, headers: { 'retry-after': '7' } },
  })
  const answer = await get(app, '/v2/payments/api/tags/list')
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '7'])
})

test('probes never wait for a silent registry', async () => {
  const { app, registry } = await world({ env: { REGISTRY_TIMEOUT: '30' } })
  registry.faults.add({ match: /./, fault: { kind: 'silence' } })
  const started = Date.now()
  expect((await get(app, '/readyz')).json()).toEqual({ status: 'ready', registry: 'unknown' })
  expect(Date.now() - started).toBeLessThan(1000)
})

test('every refusal under /v2 is sandboxed, whoever refuses', async () => {
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

test('pages that cannot be asked for are said to be so, not asked for ever', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const link = '</v2/_catalog?n=2&cursor=abc>; rel="next"'
  registry.faults.add({ match: /_catalog/, fault: { kind: 'headers', headers: { link } } })
  const answer = await get(app, '/v2/_catalog?n=2')
  expect([answer.statusCode, entry(answer).detail.reason]).toEqual([502, 'bad_answer'])
})

test('a body that breaks before its first byte is the registry’s fault, not ours', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  registry.faults.add({ match: /blobs/, fault: { kind: 'cut', bytes: 0, end: 'disconnect' } })
  const answer = await get(app, `/v2/payments/api/blobs/${digests.config}`)
  expect([answer.statusCode, entry(answer).code]).toEqual([502, 'UNAVAILABLE'])
  expect([answer.headers['docker-content-digest'], answer.headers.vary]).toEqual([undefined, undefined])
})
