// Rows 10, 12, 49 and 56 of the fault matrix: responses that are invalid, too large, or unusual and valid.

import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { OCI_INDEX, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import type { FaultyRequest } from '../testing/faults.ts'
import { digestOf } from '../testing/image-store.ts'
import { failure, get, world } from '../testing/world.ts'

const JSON_TYPE = 'application/json'
const PAGE = '<!doctype html><script>alert("canary")</script>'

/** Name, media type and body. */
test.each([
  ['an HTML page', 'text/html', PAGE],
  ['a long HTML page', 'text/html', PAGE + 'x'.repeat(5_000_000)],
  ['an HTML page that says it is JSON', JSON_TYPE, PAGE],
  ['an HTML page that says it is a manifest', OCI_MANIFEST, PAGE],
  ['a page in XHTML', 'application/xhtml+xml', PAGE],
  ['a page under a vendor’s name', 'application/vnd.evil+xml', PAGE],
  ['a picture with a script', 'image/svg+xml', PAGE],
  ['JSON of a wrong type', 'text/html', '{"canary":1}'],
  ['JSON of a foreign type', 'application/javascript', '{"canary":1}'],
  ['JSON without a type', undefined, '{"canary":1}'],
  ['JSON with two types', ['text/html', JSON_TYPE], '{"canary":1}'],
  ['text', JSON_TYPE, 'canary'],
  ['a list where an object should be', JSON_TYPE, '["canary"]'],
  ['a byte order mark before it', JSON_TYPE, '\uFEFF{"canary":1}'],
  ['one in UTF-16', JSON_TYPE, Buffer.from('\uFEFF{"canary":1}', 'utf16le')],
  ['nothing', JSON_TYPE, ''],
  ['nothing but blanks that stream', JSON_TYPE, blanks],
])('row 10: %s: 502 bad_answer, nothing of it passed on', async (_name, type, body) => {
  const { app, registry, digests } = await world({ auth: 'none' })
  await get(app, '/v2/')
  const headers = type === undefined ? {} : { 'content-type': type }
  registry.faults.add({ match: /./, fault: { kind: 'respond', status: 200, headers, body } })
  for (const path of [
    'manifests/1.0',
    `manifests/${digests.manifest}`,
    'tags/list',
    `referrers/${digests.manifest}`,
    '../../_catalog',
  ]) {
    const response = await get(app, new URL(`http://x/v2/payments/api/${path}`).pathname)
    expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'bad_answer' })
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(response.body).not.toMatch(/canary|script/)
  }
  await expect.poll(() => registry.openRequests()).toBe(0)
})

async function* blanks() {
  yield ''
}

test('row 10: a list is accepted as text/plain; a compressed one is unpacked, and a partial one is not inspected', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const body = ' \r\n\t{"tags":["1.0"]}'
  const respondWith = async (headers: object, status = 200, sent: string | Buffer = body) => {
    const remove = registry.faults.add({
      match: /tags/,
      fault: { kind: 'respond', status, headers: { ...headers }, body: sent },
    })
    const response = await get(app, '/v2/payments/api/tags/list')
    remove()
    return response
  }
  const plain = await respondWith({ 'content-type': 'text/plain; charset=utf-8' })
  expect([plain.statusCode, plain.body, plain.headers['x-content-type-options']]).toEqual([
    200,
    body,
    'nosniff',
  ])
  const manifest = { kind: 'respond', status: 200, headers: { 'content-type': 'text/plain' }, body } as const
  registry.faults.add({ match: /manifests/, fault: manifest })
  expect(failure(await get(app, '/v2/payments/api/manifests/1.0'))).toMatchObject({ status: 502 })
  const gzip = { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' }
  expect((await respondWith(gzip, 200, gzipSync(body))).body).toBe(body)
  expect((await respondWith(gzip, 200, gzipSync('<html>'))).statusCode).toBe(502)
  expect((await respondWith(gzip, 206, Buffer.from([0x1f, 0x8b]))).statusCode).toBe(206)
  expect((await respondWith({ 'content-type': JSON_TYPE }, 206, '1.0"]}')).statusCode).toBe(206)
})

test('row 10: a page instead of a ping or a blob is served as a download, never as a page', async () => {
  const { app, registry, digests } = await world({ auth: 'none' })
  for (const type of [
    'text/html',
    'image/svg+xml',
    'application/xhtml+xml',
    'text/javascript',
    'application/pdf',
  ]) {
    registry.faults.clear()
    registry.faults.add({
      match: /./,
      fault: { kind: 'respond', status: 200, headers: { 'content-type': type }, body: PAGE },
    })
    for (const url of ['/v2/', `/v2/payments/api/blobs/${digests.config}`])
      expect((await get(app, url)).headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'x-content-type-options': 'nosniff',
        'content-security-policy': "sandbox; default-src 'none'",
      })
  }
})

test('row 10: an error page is not shown either, and a registry’s error message is text', async () => {
  const { app, registry } = await world({ auth: 'none' })
  for (const body of [
    PAGE,
    '\uFEFF{}',
    '{"errors":"canary"}',
    '{"errors":[{"code":1,"message":"canary"}]}',
    '[[[[',
  ]) {
    registry.faults.clear()
    registry.faults.add({
      match: /tags/,
      fault: { kind: 'respond', status: 404, headers: { 'content-type': 'text/html' }, body },
    })
    const response = await get(app, '/v2/payments/api/tags/list')
    expect(failure(response)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' })
    expect(response.body).not.toContain('canary')
  }
})

const LARGE_HEADERS: readonly [string, Record<string, string | string[]>][] = [
  ['20 KB in one field', { 'x-canary': 'c'.repeat(20_000) }],
  ['20 KB in a field that is listed', { warning: `299 - "${'c'.repeat(20_000)}"` }],
  [
    '20 KB of challenge',
    { 'www-authenticate': `Bearer realm="https://canary.example/${'c'.repeat(20_000)}"` },
  ],
  [
    '1000 fields',
    Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-canary-${i}`, 'some value'])),
  ],
  ['1000 fields of one name', { 'set-cookie': Array.from({ length: 1000 }, (_, i) => `canary${i}=value`) }],
]

test.each(LARGE_HEADERS)(
  'row 12: %s from the registry or the token server: 502 in the envelope, the session kept',
  async (_name, headers) => {
    const { app, login, registry, tokenServer, digests } = await world()
    const cookie = await login()
    for (const [server, match, url] of [
      [tokenServer, /./, '/v2/payments/api/tags/list'],
      [registry, /tags/, '/v2/payments/api/tags/list'],
      [registry, /blobs/, `/v2/payments/api/blobs/${digests.config}`],
    ] as const) {
      const remove = server.faults.add({ match, fault: { kind: 'headers', headers } })
      const response = await get(app, url, { cookie })
      remove()
      expect(failure(response)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'bad_answer' })
      expect(JSON.stringify([response.headers, response.body])).not.toContain('canary')
    }
    expect((await get(app, '/v2/payments/api/tags/list', { cookie })).statusCode).toBe(200)
  },
)

test('row 12: 1000 fields that fit are read, and none of them passed on', async () => {
  const { app, registry } = await world({ auth: 'none' })
  const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`c${i}`, '1']))
  registry.faults.add({ match: /tags/, fault: { kind: 'headers', headers } })
  const response = await get(app, '/v2/payments/api/tags/list')
  expect([response.statusCode, Object.keys(response.headers).filter((name) => /^c\d/.test(name))]).toEqual([
    200,
    [],
  ])
})

test.each([
  ['bytes above ASCII', 200, 'warning: 299 - "日本"\r\netag: "日本"'],
  ['a control byte', 502, 'etag: "\u0001"'],
  ['a DEL byte', 502, 'etag: "\u007f"'],
  ['a field without a name', 502, ': canary'],
  ['a folded field', 502, 'etag: a\r\n canary'],
  ['two lengths', 502, 'content-length: 3'],
  ['a length and chunks', 502, 'transfer-encoding: chunked'],
])('row 12: a header with %s is %i, and no 500', async (_name, status, field) => {
  const { app, registry } = await world({ auth: 'none' })
  await get(app, '/v2/')
  const bytes = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n${field}\r\n\r\n{"tags":[]}`
  registry.faults.add({ match: /tags/, fault: { kind: 'raw', bytes } })
  const response = await get(app, '/v2/payments/api/tags/list')
  expect(response.statusCode).toBe(status)
  if (status !== 200) expect(failure(response)).toMatchObject({ code: 'UNAVAILABLE', reason: 'bad_answer' })
})

/** Follows the Links as a client does; gives up after 50 pages. */
async function walk(
  app: Parameters<typeof get>[0],
  first: string,
  between: (page: number) => void = () => {},
) {
  const pages: string[][] = []
  let next: string | undefined = first
  while (next !== undefined && pages.length < 50) {
    const response: Awaited<ReturnType<typeof get>> = await get(app, next)
    expect(response.statusCode).toBe(200)
    pages.push(response.json().repositories)
    between(pages.length)
    next = /^<([^>]+)>/.exec(String(response.headers.link ?? ''))?.[1]
  }
  return pages
}

test('row 49: names come and go while the catalog is paged: no duplicates, no name lost that stayed, and it ends', async () => {
  const { app, store } = await world({ auth: 'none' })
  const there = store.repositories()
  const pages = await walk(app, '/v2/_catalog?n=1', (page) => {
    // before the cursor: never seen; behind it: seen
    store.addRepository(`a/${page}`)
    if (page < 5) store.addRepository(`z/${page}`)
  })
  const names = pages.flat()
  expect(new Set(names).size).toBe(names.length)
  expect(names).toEqual([...there, 'z/1', 'z/2', 'z/3', 'z/4'])
})

test('row 49: an empty page with a Link is passed on: the next pages are found', async () => {
  const { app, registry, store } = await world({ auth: 'none' })
  registry.faults.add({
    match: /_catalog\?n=2$/,
    fault: { kind: 'json', alter: () => ({ repositories: [] }) },
  })
  const [first, ...others] = await walk(app, '/v2/_catalog?n=2')
  expect(first).toEqual([])
  expect(others.flat()).toEqual(store.repositories().slice(2))
})

test('row 56: names of 255 characters, tags of 128 and sha512 digests are 200 everywhere, not 414', async () => {
  const { app, registry, store } = await world({ auth: 'none' })
  const name = `${'a'.repeat(100)}/${'b'.repeat(154)}`
  const tag = 't'.repeat(128)
  const layer = Buffer.from('layer')
  const sha512 = digestOf(layer, 'sha512')
  const config = store.putBlob(name, Buffer.from('{"os":"linux","architecture":"amd64"}'))
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 37 },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: sha512, size: 5 }],
  }
  const { bytes } = store.putManifest(name, OCI_MANIFEST, manifest, tag)
  const manifest512 = digestOf(bytes, 'sha512')
  const repository = store.repository(name)
  repository?.blobs.set(sha512, layer)
  repository?.manifests.set(manifest512, { digest: manifest512, mediaType: OCI_MANIFEST, bytes })
  for (const [path, type] of [
    [`tags/list?last=${'s'.repeat(128)}`, JSON_TYPE],
    [`manifests/${tag}`, OCI_MANIFEST],
    [`manifests/${manifest512}`, OCI_MANIFEST],
    [`blobs/${sha512}`, 'application/octet-stream'],
    [`referrers/${manifest512}`, OCI_INDEX],
  ] as const) {
    const response = await get(app, `/v2/${name}/${path}`, { accept: OCI_MANIFEST })
    expect([path, response.statusCode, response.headers['content-type']]).toEqual([
      path,
      200,
      expect.stringContaining(type),
    ])
    expect(registry.requests.at(-1)?.url).toBe(`/v2/${name}/${path}`)
  }
  const url = `/api/repositories/${name}/summaries`
  const row = (await app.inject({ method: 'POST', url, payload: { tags: [tag] } })).json()
  expect(row).toMatchObject({ tag, platforms: expect.any(Array) })
  expect((await get(app, `/r/${name}@${manifest512}`, { accept: 'text/html' })).statusCode).toBe(200)
})

test.each(['compress', 'gzip, gzip'])(
  'a 401 in an unknown encoding (%s) is still a 401, and its challenge is answered',
  async (encoding) => {
    const made = await world()
    const headers = { 'content-encoding': encoding }
    const refused = ({ headers: { authorization } }: FaultyRequest) => authorization === undefined
    for (const faults of [made.registry.faults, made.tokenServer.faults])
      faults.add({ match: refused, fault: { kind: 'headers', headers } })
    const cookie = await made.login()
    expect((await get(made.app, '/v2/payments/api/tags/list', { cookie })).statusCode).toBe(200)
    made.registry.faults.add({ match: /manifests|tags/, fault: { kind: 'headers', headers } })
    const response = await get(made.app, '/v2/payments/api/manifests/none', { cookie })
    expect(failure(response)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' })
    // an unreadable document is an error
    const unread = await get(made.app, '/v2/payments/api/tags/list', { cookie })
    expect(failure(unread)).toMatchObject({ status: 502, reason: 'bad_answer' })
  },
)
