// Row 11 of the fault matrix: oversized documents. Their memory use is measured by the bench `hostile`.

import { expect, test } from 'vitest'
import { OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import { digestOf } from '../testing/image-store.ts'
import { listen, receive } from '../testing/wire.ts'
import type { World } from '../testing/world.ts'
import { failure, get, world } from '../testing/world.ts'

const MIB = 1024 * 1024
const JSON_HEADERS = { 'content-type': OCI_MANIFEST }
const TAGS = '/v2/payments/api/tags/list'
const MANIFEST = '/v2/payments/api/manifests/1.0'

async function summaryOf(app: World['app'], cookie?: string) {
  const url = '/api/repositories/payments/api/summaries'
  const headers = cookie === undefined ? {} : { cookie }
  return (await app.inject({ method: 'POST', url, headers, payload: { tags: ['1.0'] } })).json()
}

/** As much as may be read of each, a little less than 4 MiB. */
const MOST = 4 * MIB - 64
const HOSTILE: readonly [string, (bytes: number) => string][] = [
  ['lists in lists', (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2)],
  ['lists in lists without an end', (bytes) => `{"a":${'['.repeat(bytes)}`],
  ['objects in objects', (bytes) => `${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}`],
  ['millions of empty objects', (bytes) => `{"a":[${'{},'.repeat(bytes / 3)}{}]}`],
  ['one key again and again', (bytes) => `{${'"a":1,'.repeat(bytes / 6)}"schemaVersion":2}`],
  [
    'a key of its own for each value',
    (bytes) => `{${Array.from({ length: bytes / 13 }, (_, i) => `"k${i}":1`)}}`,
  ],
]

test.each(HOSTILE)(
  'row 11: %s, in a manifest, a token and an error: rejected, and the next request succeeds',
  async (_name, text) => {
    const { app, registry, tokenServer, login } = await world()
    const cookie = await login()
    const body = Buffer.from(text(MOST))
    const headers = { ...JSON_HEADERS, 'docker-content-digest': digestOf(body) }
    registry.faults.add({ match: /manifests/, fault: { kind: 'respond', status: 200, headers, body } })
    registry.faults.add({ match: /secret/, fault: { kind: 'respond', status: 404, body: text(64_000) } })
    tokenServer.faults.add({
      match: /catalog/,
      fault: { kind: 'respond', status: 200, body: text(MIB - 64) },
    })
    expect((await summaryOf(app, cookie)).error.code).toMatch(/^(?:UNAVAILABLE|MANIFEST_INVALID)$/)
    expect((await get(app, '/v2/payments/secret/tags/list', { cookie })).statusCode).toBe(404)
    const withoutToken = await get(app, '/v2/_catalog', { cookie })
    expect(failure(withoutToken)).toMatchObject({ status: 502, reason: 'bad_answer' })
    registry.faults.clear()
    tokenServer.faults.clear()
    expect(await summaryOf(app, cookie)).toMatchObject({ digest: expect.any(String) })
    expect((await get(app, '/v2/_catalog', { cookie })).statusCode).toBe(200)
  },
)

/** A GiB of JSON that is one string, made as it is read; `sent` counts the bytes the registry has sent. */
function gibibyte() {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const counted = { sent: 0, body }
  async function* body() {
    yield '{"repositories":["'
    for (let i = 0; i < 16 * 1024; i++) {
      counted.sent += chunk.length
      yield chunk
    }
    yield '"]}'
  }
  return counted
}

test.each([TAGS, MANIFEST, '/v2/_catalog'])(
  'row 11: 1 GiB streamed in place of %s is cut off after 32 MiB, without a clean end',
  async (path) => {
    const made = await world({ auth: 'none' })
    const { registry } = made
    const port = await listen(made.app)
    const large = gibibyte()
    registry.faults.add({
      match: /./,
      fault: { kind: 'respond', status: 200, headers: JSON_HEADERS, body: large.body },
    })
    const response = await receive(port, path)
    expect(response.end).toBe('broken')
    expect(response.bytes).toBeLessThanOrEqual(32 * MIB)
    await expect.poll(() => registry.openRequests()).toBe(0)
    expect(large.sent).toBeLessThan(48 * MIB)
  },
)

test('row 11: an announced 1 GiB is rejected before a byte of it is passed on', async () => {
  const { app, registry } = await world({ auth: 'none' })
  await get(app, '/v2/')
  const large = gibibyte()
  const headers = { ...JSON_HEADERS, 'content-length': 1024 * MIB + 21 }
  registry.faults.add({ match: /./, fault: { kind: 'respond', status: 200, headers, body: large.body } })
  for (const path of [TAGS, MANIFEST, '/v2/_catalog'])
    expect(failure(await get(app, path))).toMatchObject({ status: 502, reason: 'bad_answer' })
  await expect.poll(() => registry.openRequests()).toBe(0)
  expect(large.sent).toBeLessThan(16 * MIB)
})

type Case = readonly [name: string, match: RegExp, status: number, ask: (made: World) => Promise<unknown>]

test.each<Case>([
  [
    'a manifest that a summary reads',
    /manifests/,
    200,
    async ({ app }) => expect((await summaryOf(app)).error).toMatchObject({ code: 'UNAVAILABLE' }),
  ],
  [
    'a config that a summary reads',
    /blobs/,
    200,
    async ({ app }) =>
      expect(await summaryOf(app)).toMatchObject({ tag: '1.0', error: { code: 'UNAVAILABLE' } }),
  ],
  [
    'an error’s body',
    /tags/,
    404,
    async ({ app }) => expect(failure(await get(app, TAGS))).toMatchObject({ status: 404 }),
  ],
  [
    'a 503 with Retry-After',
    /tags/,
    503,
    async ({ app }) => expect(failure(await get(app, TAGS))).toMatchObject({ status: 503 }),
  ],
  ['the ping', /v2\/$/, 200, async ({ app }) => expect((await get(app, '/readyz')).statusCode).toBe(200)],
  [
    'the body of a redirect',
    /blobs/,
    307,
    async ({ app, digests }) =>
      expect(failure(await get(app, `/v2/payments/api/blobs/${digests.config}`))).toMatchObject({
        status: 502,
      }),
  ],
])('row 11: 1 GiB streamed as %s is not read beyond its cap', async (_name, match, status, ask) => {
  const made = await world({ auth: 'none' })
  await get(made.app, '/v2/_catalog')
  const large = gibibyte()
  made.registry.faults.add({
    match,
    fault: { kind: 'respond', status, headers: JSON_HEADERS, body: large.body },
  })
  await ask(made)
  await expect.poll(() => made.registry.openRequests()).toBe(0)
  expect(large.sent).toBeLessThan(16 * MIB)
})

test.each([200, 401, 500])(
  'row 11: 1 GiB streamed as the token server’s %i is not read beyond its cap',
  async (status) => {
    const { app, tokenServer } = await world()
    const large = gibibyte()
    tokenServer.faults.add({ match: /./, fault: { kind: 'respond', status, body: large.body } })
    const payload = { username: 'mira', password: 'mira-secret' }
    const response = await app.inject({ method: 'POST', url: '/api/session', payload })
    expect(response.statusCode).toBe(status === 401 ? 401 : 502)
    await expect.poll(() => tokenServer.openRequests()).toBe(0)
    expect(large.sent).toBeLessThan(16 * MIB)
  },
)

test('row 11: the last of two equal keys counts, for the server as for the page', async () => {
  const { app, store } = await world({ auth: 'none' })
  const twice = Buffer.from(
    `{"schemaVersion":1,"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","layers":[],"layers":[]}`,
  )
  store.putManifest('payments/api', OCI_MANIFEST, twice, '1.0')
  const response = await get(app, MANIFEST, { accept: OCI_MANIFEST })
  expect([response.statusCode, response.body]).toEqual([200, twice.toString()])
  expect((await summaryOf(app)).digest).toBe(digestOf(twice))
})
