// Rows 37 and 39 to 41 of the fault matrix: which header fields pass between browser and registry, and which never do.

import { expect, test } from 'vitest'
import type { RecordedRequest } from '../testing/http-server.ts'
import { listen, rawExchange } from '../testing/wire.ts'
import { failure, get, world } from '../testing/world.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

test.each([
  ['another repository', '</v2/secret/store/tags/list>; rel="next"', 'incomplete'],
  ['a path outside /v2', '</admin?n=2>; rel="next"', 'incomplete'],
  ['a path that climbs', '</v2/_catalog/../admin>; rel="next"', 'incomplete'],
  ['no URL', '<http://[>; rel="next"', 'incomplete'],
  ['a script', '<javascript:alert(1)>; rel="next"', 'incomplete'],
  ['another relation', '</v2/_catalog?n=2>; rel="prev"', undefined],
  ['nothing, though it is there', '', undefined],
  ['an address of 9 KB', `</v2/_catalog?last=${'x'.repeat(9000)}>; rel="next"`, 'incomplete'],
  ['a cursor longer than any', `</v2/_catalog?last=${'x'.repeat(5000)}>; rel="next"`, 'incomplete'],
])('row 37: a Link to %s: no next page, and only the one request', async (_name, link, list) => {
  const { app, registry } = await world({ auth: 'none' })
  await get(app, '/v2/')
  registry.requests.length = 0
  registry.faults.add({ match: /_catalog/, fault: { kind: 'headers', headers: { link } } })
  const { statusCode, headers } = await get(app, '/v2/_catalog?n=2')
  expect([statusCode, headers.link, headers['x-gantry-list']]).toEqual([200, undefined, list])
  expect(registry.requests).toHaveLength(1)
})

test.each([
  'https://evil.example/v2/_catalog?last=x',
  '//evil.example/v2/_catalog?last=x',
  'http://user:canary@evil.example:1/v2/_catalog?last=x#canary',
])(
  'row 37: a Link to another host, %s, is read for its query only: no other host is contacted',
  async (url) => {
    const { app, registry } = await world({ auth: 'none' })
    registry.faults.add({
      match: /_catalog$/,
      fault: { kind: 'headers', headers: { link: `<${url}>; rel="next"` } },
    })
    const { link } = (await get(app, '/v2/_catalog')).headers
    expect(link).toMatch(/^<\/v2\/_catalog\?next=[\w.-]+>; rel="next"$/)
    expect((await get(app, /<(.+)>/.exec(String(link))?.[1] ?? '')).statusCode).toBe(200)
    expect(registry.requests.at(-1)?.url).toBe('/v2/_catalog?last=x')
  },
)

/** Header fields that identify a user or an address, or change how the registry reads a request. */
const OF_THE_BROWSER = {
  cookie: 'other=canary',
  authorization: 'Basic Y2FuYXJ5OmNhbmFyeQ==',
  'proxy-authorization': 'Basic Y2FuYXJ5OmNhbmFyeQ==',
  'proxy-connection': 'canary',
  forwarded: 'for=127.0.0.1;host=canary',
  'x-forwarded-for': '127.0.0.1',
  'x-forwarded-host': 'canary.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-prefix': '/canary',
  'x-real-ip': '127.0.0.1',
  x_forwarded_for: '127.0.0.1',
  'x-original-url': '/canary',
  'x-rewrite-url': '/canary',
  'x-http-method-override': 'DELETE',
  origin: 'https://canary.example',
  referer: 'https://canary.example/',
  te: 'trailers',
  'keep-alive': 'timeout=999',
  'accept-encoding': 'gzip',
  'accept-language': 'de',
  'if-range': '"x"',
  'user-agent': 'Mozilla/5.0 canary',
  'sec-fetch-site': 'same-origin',
}

/** The fields of our own: the three that pass are none of OF_THE_BROWSER. */
function expectOwnFieldsOnly(requests: readonly RecordedRequest[], host: string): void {
  const passed = ['accept', 'if-none-match', 'range']
  const allowed = [...passed, 'accept-encoding', 'authorization', 'connection', 'host', 'user-agent']
  for (const { headers } of requests) {
    expect(Object.keys(headers).filter((name) => !allowed.includes(name))).toEqual([])
    expect(JSON.stringify(headers)).not.toMatch(/canary|Y2FuYXJ5/)
    expect(headers).toMatchObject({ host, connection: 'keep-alive', 'accept-encoding': 'identity' })
  }
}

test('row 39: of the browser’s header fields, registry and token server see only three', async () => {
  const { app, login, registry, tokenServer } = await world()
  const cookie = await login()
  registry.requests.length = 0
  tokenServer.requests.length = 0
  const headers = {
    ...OF_THE_BROWSER,
    cookie: `${cookie}; ${OF_THE_BROWSER.cookie}`,
    accept: 'application/json',
    range: 'bytes=0-',
    'if-none-match': '"x"',
    connection: 'authorization, accept',
  }
  const response = await get(app, '/v2/payments/api/tags/list?n=5&from=canary&mount=canary', headers)
  expect(response.statusCode).toBe(200)
  const rows = await app.inject({
    method: 'POST',
    url: '/api/repositories/payments/api/summaries',
    headers: { ...headers, connection: 'keep-alive' },
    payload: { tags: ['1.0'] },
  })
  expect(rows.json()).toMatchObject({ tag: '1.0', digest: expect.any(String) })

  expect(registry.requests[0]).toMatchObject({
    url: '/v2/payments/api/tags/list?n=5',
    headers: {
      accept: 'application/json',
      range: 'bytes=0-',
      'if-none-match': '"x"',
      'user-agent': 'gantry',
    },
  })
  expect(registry.requests.length).toBeGreaterThan(2)
  for (const { headers: sent } of registry.requests) expect(sent.authorization).toMatch(/^Bearer /)
  expectOwnFieldsOnly(registry.requests, new URL(registry.origin).host)
  expect(tokenServer.requests).toHaveLength(1)
  expectOwnFieldsOnly(tokenServer.requests, new URL(tokenServer.origin).host)
  expect(tokenServer.requests[0]?.user).toBe('mira')
})

test.each([
  ['two lengths', 'content-length: 0\r\ncontent-length: 5'],
  ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked'],
  ['a folded field', 'x-a: b\r\n canary'],
  ['a field without a name', ': canary'],
  ['a blank before the colon', 'host : canary'],
])('row 39: over the wire, %s is 400 and not forwarded', async (_name, fields) => {
  const { app, registry } = await world({ auth: 'none' })
  const port = await listen(app)
  const text = await rawExchange(
    port,
    `GET /v2/_catalog HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${fields}\r\n\r\n`,
  )
  expect(text).toMatch(/^HTTP\/1\.1 400 .*"errors":\[/s)
  expect(text).not.toContain('canary')
  expect(registry.requests).toEqual([])
})

/** What a registry might say to the browser behind our back, or about our own origin. */
const OF_THE_REGISTRY = {
  'set-cookie': ['a=canary', '__Host-gantry-x=canary'],
  'www-authenticate': 'Basic realm="canary"',
  'proxy-authenticate': 'Basic realm="canary"',
  'clear-site-data': '"*"',
  location: 'https://canary.example/',
  'content-location': 'https://canary.example/',
  'access-control-allow-origin': 'https://canary.example',
  'access-control-allow-credentials': 'true',
  'strict-transport-security': 'max-age=777',
  'service-worker-allowed': '/canary',
  'reporting-endpoints': 'a="https://canary.example"',
  nel: '{"report_to":"canary"}',
  'alt-svc': 'h2="canary.example:443"',
  'x-powered-by': 'canary',
  server: 'canary',
  via: '1.1 canary',
  refresh: '0;url=https://canary.example',
  sourcemap: '/canary',
  'x-accel-redirect': '/canary',
  'content-security-policy': "default-src 'unsafe-inline' canary.example",
  'x-content-type-options': 'canary',
  'x-frame-options': 'ALLOWALL',
  'cache-control': 'public, max-age=777',
  expires: 'Fri, 01 Jan 2100 00:00:00 GMT',
  vary: 'canary',
  'keep-alive': 'timeout=777',
  warning: '299 - "old"',
}

test.each([
  ['a list', '/v2/payments/api/tags/list', 200],
  ['an error', '/v2/payments/api/manifests/none', 404],
  ['a challenge without end', '/v2/secret/store/tags/list', 403],
  ['a blob', undefined, 200],
])(
  'row 40: of the registry’s header fields with %s, the browser sees none that is not listed',
  async (_name, path, status) => {
    const { app, login, registry, tokenServer, digests } = await world()
    const cookie = await login()
    const { 'www-authenticate': _challenge, ...others } = OF_THE_REGISTRY
    // the registry's own challenge is what Gantry lives by
    registry.faults.add({
      match: /./,
      fault: { kind: 'headers', headers: status === 200 ? OF_THE_REGISTRY : others },
    })
    tokenServer.faults.add({ match: /./, fault: { kind: 'headers', headers: OF_THE_REGISTRY } })
    const response = await get(app, path ?? `/v2/payments/api/blobs/${digests.config}`, { cookie })
    expect(response.statusCode).toBe(status)
    // ours, and random: any three digits may be in it
    const { 'x-request-id': _id, ...received } = response.headers
    expect(JSON.stringify(received)).not.toMatch(/canary|777|2100|ALLOWALL|"\*"/)
    for (const name of ['set-cookie', 'www-authenticate', 'clear-site-data', 'location'])
      expect(response.headers[name], name).toBeUndefined()
    expect(response.headers).toMatchObject({
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      ...(status === 200 && { warning: '299 - "old"' }),
    })
  },
)

test('row 40: nor does a login response carry any header field of registry or token server', async () => {
  const { app, registry, tokenServer } = await world()
  const { 'www-authenticate': _challenge, ...others } = OF_THE_REGISTRY
  for (const { faults } of [registry, tokenServer])
    faults.add({ match: /./, fault: { kind: 'headers', headers: others } })
  for (const [password, status] of [
    ['mira-secret', 200],
    ['wrong', 401],
  ] as const) {
    const payload = { username: 'mira', password }
    const response = await app.inject({ method: 'POST', url: '/api/session', payload })
    expect(response.statusCode).toBe(status)
    const { 'x-request-id': _id, 'set-cookie': _cookie, ...received } = response.headers
    expect(response.cookies.some(({ value }) => value.includes('canary'))).toBe(false)
    expect(JSON.stringify([received, response.body])).not.toMatch(/canary|777|www-authenticate/)
  }
})

const DIGEST = `sha256:${'a'.repeat(64)}`
const DELETE_ON = { REGISTRY_ALLOW_DELETE: 'true' }

test.each<[string, string, number, object?]>([
  ['PUT', '/v2/payments/api/manifests/1.0', 405],
  ['POST', '/v2/payments/api/blobs/uploads/', 405],
  ['POST', `/v2/payments/api/blobs/uploads/?mount=${DIGEST}&from=secret/store`, 405],
  ['PATCH', '/v2/payments/api/blobs/uploads/x', 405],
  ['OPTIONS', '/v2/', 405],
  ['TRACE', '/v2/', 405],
  ['PUT', '/v2/payments/api/manifests/1.0', 405, DELETE_ON],
  ['DELETE', '/v2/payments/api/manifests/1.0', 405],
  ['DELETE', `/v2/payments/api/manifests/${DIGEST}`, 405],
  ['DELETE', `/v2/payments/api/blobs/${DIGEST}`, 405, DELETE_ON],
  ['DELETE', '/v2/payments/api/blobs/uploads/x', 404, DELETE_ON],
  ['DELETE', '/v2/payments/api/tags/list', 405, DELETE_ON],
  ['DELETE', `/v2/payments/api/referrers/${DIGEST}`, 405, DELETE_ON],
  ['DELETE', '/v2/payments/api', 404, DELETE_ON],
  ['DELETE', '/v2/payments/api/manifests/', 404, DELETE_ON],
  ['DELETE', '/v2/_catalog', 405, DELETE_ON],
  ['DELETE', '/v2/', 405, DELETE_ON],
  ['GET', '/v2/payments/api/blobs/uploads/x', 404],
])(
  'row 41: %s %s is %i, and not one request reaches registry or token server',
  async (method, url, status, env = {}) => {
    const { app, login, registry, tokenServer } = await world({
      env: { ...env },
      registry: { deleteEnabled: true },
    })
    const cookie = await login('admin')
    registry.requests.length = 0
    tokenServer.requests.length = 0
    const response = await app.inject({
      method: method as 'PUT',
      url,
      headers: { cookie, host: 'localhost', ...(method === 'PUT' && JSON_HEADERS) },
      ...(method === 'PUT' && { payload: '{}' }),
    })
    expect(failure(response)).toMatchObject({
      status,
      code: status === 405 ? 'UNSUPPORTED' : 'NAME_INVALID',
    })
    expect(response.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined)
    expect([registry.requests, tokenServer.requests]).toEqual([[], []])
  },
)

test('row 41: with deleting on, a manifest is deleted: the rows above do not fail for another reason', async () => {
  const { app, login, registry } = await world({ env: DELETE_ON, registry: { deleteEnabled: true } })
  const headers = { cookie: await login('admin'), host: 'localhost' }
  const response = await app.inject({ method: 'DELETE', url: '/v2/payments/api/manifests/1.0', headers })
  expect(response.statusCode).toBe(202)
  expect(registry.requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/v2/payments/api/manifests/1.0' })
})

test('row 41: HTTP methods unknown to the router are rejected too', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const port = await listen(app)
  for (const method of ['PROPFIND', 'SEARCH', 'LOCK', 'MKCOL', 'PURGE', 'CONNECT', 'canary', 'get']) {
    const text = await rawExchange(
      port,
      `${method} /v2/_catalog HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
    )
    // Node ends a CONNECT without a response
    expect([method, text]).toEqual([method, expect.stringMatching(/^(?:HTTP\/1\.1 4\d\d |$)/)])
  }
  expect(registry.requests).toEqual([])
})
