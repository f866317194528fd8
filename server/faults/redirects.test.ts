// Row 36 of the fault matrix: a registry that keeps its blobs elsewhere, and one that sends us where we must not go.

import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { expect, test, vi } from 'vitest'
import { selfSigned } from '../testing/certificates.ts'
import { createImageStore } from '../testing/image-store.ts'
import { type DemoRegistry, startRegistry } from '../testing/registry/registry.ts'
import type { World } from '../testing/world.ts'
import { closeAfterTest, failure, get, world } from '../testing/world.ts'

const SIGNATURE = 'X-Amz-Signature=canary-signature'

/** A store of blobs on a port of its own: it responds to everything with "bytes", and with headers that must not be passed on. */
async function blobStore(): Promise<DemoRegistry> {
  const store = await startRegistry({ store: createImageStore(), auth: { type: 'none' } })
  closeAfterTest(store.close)
  const headers = {
    'content-type': 'text/html',
    'set-cookie': 'a=b',
    location: `${store.origin}/?${SIGNATURE}`,
  }
  store.faults.add({ match: /./, fault: { kind: 'respond', status: 200, headers, body: 'bytes' } })
  return store
}

/** Sends requests for blobs to `location`; a place may respond differently at each hop. */
function redirect({ registry }: World, location: string, match: RegExp = /blobs/): void {
  registry.faults.add({ match, fault: { kind: 'redirect', location } })
}

test('row 36: a 307 to another host: the body arrives, the store sees no credentials, the browser no signed URL', async () => {
  const store = await blobStore()
  const made = await world()
  const cookie = await made.login()
  redirect(made, `${store.origin}/signed?${SIGNATURE}`)
  const headers = { cookie, range: 'bytes=0-1', authorization: 'Basic eA==' }
  const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`, headers)
  expect([response.statusCode, response.body]).toEqual([200, 'bytes'])
  expect(response.headers).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
  })
  expect(JSON.stringify(response.headers)).not.toMatch(/canary|127\.0\.0\.1|set-cookie/)
  expect(store.requests).toHaveLength(1)
  expect(Object.keys(store.requests[0]?.headers ?? {}).sort()).toEqual([
    'connection',
    'host',
    'range',
    'user-agent',
  ])
})

test('row 36: from the store back to the registry, the registry too sees no credentials any more', async () => {
  const store = await startRegistry({ store: createImageStore(), auth: { type: 'none' } })
  closeAfterTest(store.close)
  const made = await world()
  const cookie = await made.login()
  redirect(made, `${store.origin}/away`)
  const home = { kind: 'redirect', location: `${made.registry.origin}/v2/payments/api/tags/list` } as const
  store.faults.add({ match: /away/, fault: home })
  made.registry.requests.length = 0
  const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`, { cookie })
  expect(failure(response)).toMatchObject({ status: 502, reason: 'bad_answer' })
  const last = made.registry.requests.at(-1)
  expect([last?.url, last?.headers.authorization]).toEqual(['/v2/payments/api/tags/list', undefined])
})

test('row 36: on the registry’s own host and port, a relative redirect keeps the credentials', async () => {
  const made = await world()
  const cookie = await made.login()
  const digest = made.store.putBlob('payments/web', Buffer.from('web'))
  redirect(made, `/v2/payments/web/blobs/${digest}`, /api\/blobs/)
  const response = await get(made.app, `/v2/payments/api/blobs/${digest}`, { cookie })
  expect([response.statusCode, response.body]).toEqual([200, 'web'])
  expect(made.registry.requests.at(-1)).toMatchObject({
    url: `/v2/payments/web/blobs/${digest}`,
    headers: { authorization: expect.stringMatching(/^Bearer /) },
  })
})

test.each([
  ['the metadata service', 'http://169.254.169.254/latest/meta-data/'],
  ['its spelling in IPv6', 'http://[::ffff:169.254.169.254]/'],
  ['its spelling as a number', 'http://2852039166/'],
  ['its spelling in octal', 'http://0251.0376.0251.0376/'],
  ['link-local IPv6', 'http://[fe80::1]/'],
  ['every address', 'http://0.0.0.0/'],
  ['nowhere', 'http://'],
  ['no place at all', ''],
  ['a file', 'file:///etc/passwd'],
  ['a script', 'javascript:alert(1)'],
  ['data', 'data:text/html,x'],
])('row 36: a redirect to %s is an error that does not name its address', async (_name, location) => {
  const made = await world({ auth: 'none' })
  redirect(made, location)
  const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`)
  expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'bad_answer' })
  expect(response.body).not.toMatch(/169|passwd|alert/)
})

test('referrers follow a redirect within the registry, and no other', async () => {
  const [made, other] = [await world(), await blobStore()]
  const cookie = await made.login()
  const url = `/v2/payments/api/referrers/${made.digests.manifest}`
  redirect(made, `/v2/payments/web/referrers/${made.digests.manifest}`, /api\/referrers/)
  made.store.putBlob('payments/web', Buffer.from('web'))
  expect((await get(made.app, url, { cookie })).statusCode).toBe(200)
  made.registry.faults.clear()
  redirect(made, `${other.origin}${url}`, /referrers/)
  const response = failure(await get(made.app, url, { cookie }))
  expect(response).toMatchObject({ status: 502, reason: 'bad_answer' })
  expect(response.message).toContain('its list of referrers')
  expect(other.requests).toEqual([])
})

test.each(['http://169.254.169.254/', 'file:///etc/passwd', 'http://'])(
  'a manifest that is redirected to %s is not called a download',
  async (location) => {
    const made = await world({ auth: 'none' })
    redirect(made, location, /manifests/)
    const response = failure(await get(made.app, '/v2/payments/api/manifests/1.0'))
    expect(response.message).toContain('The registry redirects to an')
  },
)

test.each([
  ['to the metadata service', ['169.254.169.254']],
  ['there and elsewhere', ['192.0.2.1', '169.254.169.254']],
])('row 36: nor to a name that resolves %s', async (_name, addresses) => {
  const made = await world({ auth: 'none' })
  const { lookup } = dns
  const asked: string[] = []
  const found = addresses.map((address) => ({ address, family: 4 }))
  const resolve = (name: string, options: object, done: (error: null, found: object[]) => void) => {
    asked.push(name)
    return name === 'store.example' ? done(null, found) : lookup(name, options, done as never)
  }
  vi.spyOn(dns, 'lookup').mockImplementation(resolve as never)
  // agents.ts has imported the function by its name
  syncBuiltinESMExports()
  closeAfterTest(() => {
    vi.restoreAllMocks()
    syncBuiltinESMExports()
  })
  redirect(made, 'http://store.example/latest/')
  const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`)
  expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'bad_answer' })
  expect(response.body).not.toMatch(/169|store\.example/)
  expect(asked).toEqual(['store.example'])
})

test('row 36: an https registry never sends a download over plain http', async () => {
  const store = await blobStore()
  const made = await world({
    auth: 'none',
    registry: { tls: selfSigned('IP:127.0.0.1') },
    env: { SSL_VERIFY: 'false' },
  })
  redirect(made, `${store.origin}/x`)
  const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`)
  expect(failure(response)).toMatchObject({ status: 502, reason: 'bad_answer' })
  expect(store.requests).toEqual([])
})

test.each([
  ['in a circle', (url: string) => url],
  ['on and on', (url: string) => `${url}?${Math.random()}`],
])('row 36: redirects %s end after 5 hops', async (_name, next) => {
  const made = await world({ auth: 'none' })
  const url = `/v2/payments/api/blobs/${made.digests.config}`
  await get(made.app, '/v2/')
  made.registry.requests.length = 0
  redirect(made, next(url))
  expect(failure(await get(made.app, url))).toMatchObject({ status: 502, reason: 'bad_answer' })
  expect(made.registry.requests).toHaveLength(6)
})

test.each([
  [5, 200],
  [6, 502],
])('row 36: %i hops from place to place: %i', async (hops, status) => {
  const store = await blobStore()
  const made = await world({ auth: 'none' })
  redirect(made, `${store.origin}/hop/1`)
  for (let hop = 1; hop < hops; hop++)
    store.faults.add({
      match: new RegExp(`/hop/${hop}$`),
      fault: { kind: 'redirect', location: `/hop/${hop + 1}` },
    })
  const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`)
  expect([response.statusCode, store.requests.length]).toEqual([status, 5])
})

test.each([401, 403, 404, 429, 500])(
  'row 36: %i from a blob store is not the registry’s: 502, the session kept, its message not shown',
  async (status) => {
    const store = await startRegistry({ store: createImageStore(), auth: { type: 'none' } })
    closeAfterTest(store.close)
    const headers = { 'www-authenticate': 'Basic realm="phish"' }
    const body = '<Error>AccessDenied canary</Error>'
    store.faults.add({ match: /./, fault: { kind: 'respond', status, headers, body } })
    const made = await world()
    const cookie = await made.login()
    redirect(made, `${store.origin}/x?${SIGNATURE}`)
    const response = await get(made.app, `/v2/payments/api/blobs/${made.digests.config}`, { cookie })
    expect(failure(response)).toMatchObject({ status: 502, reason: 'bad_answer' })
    expect([response.headers['www-authenticate'], response.body.includes('canary')]).toEqual([
      undefined,
      false,
    ])
    expect(store.requests).toHaveLength(1)
    expect((await get(made.app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
  },
)
