// Rows 1 to 9 of the fault matrix: the registry is away, slow, cut off or overloaded.

import { expect, test } from 'vitest'
import { OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import type { Fault } from '../testing/faults.ts'
import { listen, receive } from '../testing/wire.ts'
import { failure, get, world } from '../testing/world.ts'

const TAGS = '/v2/payments/api/tags/list'
const MIB = 1024 * 1024

/** Longer than any test may take: a test that waits for it fails. */
const FOREVER = { REGISTRY_TIMEOUT: '60' }

test('row 1: registry down: 502 registry_down without waiting, the session kept', async () => {
  const { app, registry, login } = await world({ env: FOREVER })
  const cookie = await login()
  await registry.close()
  const response = await get(app, TAGS, { cookie })
  expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'registry_down' })
  expect(failure(response).message).toContain('REGISTRY_HOST')
  expect(response.body).not.toMatch(/127\.0\.0\.1|ECONN/)
  expect((await get(app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
})

test('row 2: the registry’s name does not resolve: 502 registry_down, without the name', async () => {
  const { app } = await world({ env: { REGISTRY_URL: 'http://no-such.invalid:5000' } })
  const payload = { username: 'mira', password: 'mira-secret' }
  for (const response of [
    await get(app, TAGS),
    await app.inject({ method: 'POST', url: '/api/session', payload }),
  ]) {
    expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'registry_down' })
    expect(response.body).not.toMatch(/no-such|ENOTFOUND|EAI_AGAIN/)
  }
})

test.each([
  ['at the ping', true],
  ['at a warm request', false],
])(
  'row 3: the registry accepts and never responds, %s: 504 after REGISTRY_TIMEOUT, and the request ended',
  async (_name, cold) => {
    const { app, registry, login } = await world({ env: { REGISTRY_TIMEOUT: '1' } })
    const cookie = cold ? undefined : await login()
    if (!cold) await get(app, TAGS, { cookie: cookie ?? '' })
    registry.faults.add({ match: /./, fault: { kind: 'silence' } })
    const response = await get(app, TAGS, cookie === undefined ? {} : { cookie })
    expect(failure(response)).toMatchObject({ status: 504, code: 'UNAVAILABLE', reason: 'timeout' })
    expect(failure(response).message).toContain('REGISTRY_TIMEOUT')
    await expect.poll(() => registry.openRequests()).toBe(0)
    registry.faults.clear()
    expect((await get(app, '/api/session', cookie === undefined ? {} : { cookie })).statusCode).toBe(200)
  },
)

test('row 3: a response before REGISTRY_TIMEOUT is waited for', async () => {
  const { app, registry } = await world({ auth: 'none', env: FOREVER })
  registry.faults.add({ match: /tags/, fault: { kind: 'delay', milliseconds: 1500 } })
  expect((await get(app, TAGS)).statusCode).toBe(200)
})

test('row 4: one slow repository: 200 requests of others are answered first, then its own', async () => {
  const { app, registry, login } = await world()
  const [slow, other] = [await login('admin'), await login('mira')]
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  async function* body() {
    await released
    yield '{"name":"secret/store","tags":["1.0"]}'
  }
  const headers = { 'content-type': 'application/json' }
  registry.faults.add({ match: /secret\/store/, fault: { kind: 'respond', status: 200, headers, body } })
  const waiting = Array.from({ length: 60 }, () => get(app, '/v2/secret/store/tags/list', { cookie: slow }))
  await expect.poll(() => registry.openRequests()).toBe(60)
  for (let n = 0; n < 200; n++) expect((await get(app, TAGS, { cookie: other })).statusCode).toBe(200)
  expect(registry.openRequests()).toBe(60)
  release()
  for (const response of await Promise.all(waiting)) expect(response.json().tags).toEqual(['1.0'])
})

test.each<[string, string, number | undefined]>([
  ['a blob of 1 MiB', '/blobs/', MIB],
  ['a manifest of 1 MiB', '/manifests/1.0', MIB],
  ['a list of unknown length', '/tags/list', undefined],
])(
  'row 5: %s stalls after 1 KB: broken off at REGISTRY_TIMEOUT, never a clean end',
  async (_name, path, length) => {
    const { app, registry, digests } = await world({ auth: 'none', env: { REGISTRY_TIMEOUT: '1' } })
    const headers = {
      'content-type': OCI_MANIFEST,
      ...(length !== undefined && { 'content-length': length }),
    }
    async function* whole() {
      yield `{${' '.repeat(MIB - 1)}`
    }
    const match = new RegExp(path)
    registry.faults.add({ match, fault: { kind: 'respond', status: 200, headers, body: whole } })
    registry.faults.add({ match, fault: { kind: 'cut', bytes: 1024, end: 'stall' } })
    const url = `/v2/payments/api${path}${path === '/blobs/' ? digests.config : ''}`
    const response = await receive(await listen(app), url)
    expect(response).toMatchObject({ statusCode: 200, bytes: 1024, end: 'broken' })
    await expect.poll(() => registry.openRequests()).toBe(0)
  },
)

test.each<[string, Fault, object]>([
  [
    'and resets the connection',
    { kind: 'cut', bytes: 100, end: 'disconnect' },
    { status: 502, code: 'UNAVAILABLE' },
  ],
  [
    'before its first byte',
    { kind: 'cut', bytes: 0, end: 'disconnect' },
    { status: 502, code: 'UNAVAILABLE' },
  ],
  ['before its header', { kind: 'disconnect' }, { status: 502, reason: 'registry_down' }],
])('row 6: the registry truncates a manifest %s: 502 and nothing of it', async (_name, fault, expected) => {
  const { app, registry, digests } = await world({ auth: 'none' })
  registry.faults.add({ match: /manifests/, fault })
  for (const reference of ['1.0', digests.manifest]) {
    const response = await get(app, `/v2/payments/api/manifests/${reference}`, { accept: OCI_MANIFEST })
    expect(failure(response)).toMatchObject(expected)
    expect(response.body).not.toContain('schemaVersion')
    const { 'docker-content-digest': digest, etag, vary, 'cache-control': cache } = response.headers
    expect([digest, etag, vary, cache]).toEqual([undefined, undefined, undefined, 'no-store'])
  }
})

test('row 6: a large document that breaks off has no clean end', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  const headers = { 'content-type': 'application/json', 'content-length': 200_000 }
  const body = `{${' '.repeat(199_999)}`
  registry.faults.add({ match: /blobs|tags/, fault: { kind: 'respond', status: 200, headers, body } })
  registry.faults.add({ match: /blobs|tags/, fault: { kind: 'cut', bytes: 100_000, end: 'disconnect' } })
  const port = await listen(app)
  for (const path of [TAGS, `/v2/payments/api/blobs/${digests.config}`])
    expect(await receive(port, path)).toMatchObject({ statusCode: 200, end: 'broken' })
})

test('row 6: half a manifest in well-formed HTTP does not have its digest: its row says so, and nothing is kept', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const remove = registry.faults.add({ match: /manifests/, fault: { kind: 'truncate', bytes: 100 } })
  const summary = async () => {
    const url = '/api/repositories/payments/api/summaries'
    return (await app.inject({ method: 'POST', url, payload: { tags: ['1.0'] } })).json()
  }
  const broken = await summary()
  expect(broken).toMatchObject({
    tag: '1.0',
    error: { code: 'UNAVAILABLE', detail: { reason: 'bad_answer' } },
  })
  expect(broken.digest).toBeUndefined()
  remove()
  expect(await summary()).toMatchObject({ tag: '1.0', platforms: expect.any(Array) })
})

test.each([
  [500, 502, 'bad_answer'],
  [502, 502, 'registry_down'],
  [504, 504, 'timeout'],
  [599, 502, 'bad_answer'],
])(
  'row 7: a registry’s %i is %i/%s: one upstream hit for each request, whatever it asks for',
  async (status, expected, reason) => {
    const { app, registry, digests } = await world({ auth: 'none', env: { REGISTRY_ALLOW_DELETE: 'true' } })
    await get(app, '/v2/')
    registry.faults.add({ match: /./, fault: { kind: 'respond', status, body: '<h1>canary</h1>' } })
    const manifest = '/v2/payments/api/manifests/1.0'
    for (const [method, url] of [
      ['GET', '/v2/'],
      ['GET', '/v2/_catalog'],
      ['GET', TAGS],
      ['GET', manifest],
      ['HEAD', manifest],
      ['DELETE', manifest],
      ['GET', `/v2/payments/api/blobs/${digests.config}`],
      ['GET', `/v2/payments/api/referrers/${digests.manifest}`],
    ] as const) {
      registry.requests.length = 0
      const response = await app.inject({ method, url, headers: { host: 'localhost' } })
      expect([method, url, response.statusCode, registry.requests.length]).toEqual([method, url, expected, 1])
      if (method === 'HEAD') continue
      expect(failure(response)).toMatchObject({ code: 'UNAVAILABLE', reason })
      expect(response.body).not.toContain('canary')
    }
  },
)

test('row 8: 503 with Retry-After and 2 MB: one hit each, the 2 s passed on, and 10 healthy requests succeed after', async () => {
  const { app, registry } = await world({ auth: 'none', env: FOREVER })
  await get(app, '/v2/')
  registry.requests.length = 0
  const body = Buffer.alloc(2_000_000, 'x')
  const fault = { kind: 'respond', status: 503, headers: { 'retry-after': '2' }, body } as const
  const remove = registry.faults.add({ match: /tags/, fault })
  // more than the pool has connections (128): an unread body would keep its connection
  const responses = await Promise.all(Array.from({ length: 150 }, () => get(app, TAGS)))
  for (const response of responses) {
    expect(failure(response)).toMatchObject({ status: 503, code: 'UNAVAILABLE', reason: 'registry_down' })
    expect(response.headers['retry-after']).toBe('2')
  }
  expect(registry.requests).toHaveLength(150)
  await expect.poll(() => registry.openRequests()).toBe(0)
  remove()
  const healthy = await Promise.all(Array.from({ length: 10 }, () => get(app, TAGS)))
  expect(healthy.map(({ statusCode }) => statusCode)).toEqual(Array(10).fill(200))
})

test.each([
  ['seconds', '7', '7'],
  ['a date', new Date(Date.now() + 1_000_000).toUTCString(), expect.stringMatching(/^(?:9\d\d|1000)$/)],
  ['a date gone by', 'Mon, 01 Jan 2001 00:00:00 GMT', '0'],
  ['garbage', 'soon 5', undefined],
  ['a negative number', '-1', undefined],
  ['a fraction', '1.5', undefined],
  ['nothing', '', undefined],
  ['1e9 in full', '1000000000', '3600'],
  ['1e9 as it is written here', '1e9', undefined],
  ['more digits than a number has', '9'.repeat(400), '3600'],
])(
  'row 9: 429 with Retry-After as %s: passed on or capped at an hour, after one hit',
  async (_name, value, expected) => {
    const { app, registry, login } = await world()
    const cookie = await login()
    await get(app, TAGS, { cookie })
    registry.requests.length = 0
    const fault = { kind: 'respond', status: 429, headers: { 'retry-after': value } } as const
    registry.faults.add({ match: /tags/, fault })
    const response = await get(app, TAGS, { cookie })
    expect(failure(response)).toMatchObject({ status: 429, code: 'TOOMANYREQUESTS' })
    expect(response.headers['retry-after']).toEqual(expected)
    expect(registry.requests).toHaveLength(1)
    expect((await get(app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
  },
)
