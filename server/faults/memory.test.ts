// Row 11 of the fault matrix: documents made to be too much. A file of its own, and so a process of its own.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import { failure, get, world } from '../testing/fault-world.ts'
import { digestOf } from '../testing/image-store.ts'
import { listen, receive } from '../testing/wire.ts'
import type { World } from '../testing/world.ts'

const MIB = 1024 * 1024
setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** By how many MiB the process grows while something runs, its memory looked at every 2 ms. */
async function growthOf(run: () => Promise<unknown>): Promise<number> {
  collectGarbage()
  const before = process.memoryUsage.rss()
  let most = before
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss())
  }
  const looking = setInterval(look, 2)
  try {
    await run()
    look()
  } finally {
    clearInterval(looking)
  }
  return (most - before) / MIB
}

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
  'row 11: %s, in a manifest, a token and an error: refused; RSS grows by less than 50 MB',
  async (_name, text) => {
    const { app, registry, tokenServer, login } = await world()
    const cookie = await login()
    // what a first request costs is not what is measured
    expect(await summaryOf(app, cookie)).toMatchObject({ digest: expect.any(String) })
    const answersAre = (made: (bytes: number) => string) => {
      registry.faults.clear()
      tokenServer.faults.clear()
      const body = Buffer.from(made(MOST))
      const headers = { ...JSON_HEADERS, 'docker-content-digest': digestOf(body) }
      registry.faults.add({ match: /manifests/, fault: { kind: 'answer', status: 200, headers, body } })
      registry.faults.add({ match: /secret/, fault: { kind: 'answer', status: 404, body: made(64_000) } })
      tokenServer.faults.add({
        match: /catalog/,
        fault: { kind: 'answer', status: 200, body: made(MIB - 64) },
      })
    }
    const ask = async () => {
      expect((await summaryOf(app, cookie)).error.code).toMatch(/^(?:UNAVAILABLE|MANIFEST_INVALID)$/)
      expect((await get(app, '/v2/payments/secret/tags/list', { cookie })).statusCode).toBe(404)
      const withoutToken = await get(app, '/v2/_catalog', { cookie })
      expect(failure(withoutToken)).toMatchObject({ status: 502, reason: 'bad_answer' })
    }
    // nor what the first document of that length costs, hostile or not
    answersAre((bytes) => `{"a":"${'x'.repeat(bytes - 8)}"}`)
    await ask()
    registry.faults.clear()
    await summaryOf(app, cookie)
    answersAre(text)
    const growth = await growthOf(ask)
    expect(growth).toBeLessThan(50)
    tokenServer.faults.clear()
    expect((await get(app, '/v2/_catalog', { cookie })).statusCode).toBe(200)
  },
)

/** A GiB of JSON that is one string, made as it is read; `sent` counts what the registry got rid of. */
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

/** MiB. Node 26 lets more of a stream lie before it is collected: 52 were measured (docs/performance.md). */
const BOUND = Number.parseInt(process.versions.node, 10) < 26 ? 50 : 64

test.each([TAGS, MANIFEST, '/v2/_catalog'])(
  `row 11: 1 GiB streamed in place of %s is cut off after 32 MiB, without a clean end; RSS grows by less than ${BOUND} MB`,
  async (path) => {
    const made = await world({ auth: 'none' })
    const { registry } = made
    const port = await listen(made.app)
    // what is on its way through this process, which is all three ends of it, is there after any download too
    const blob = made.store.putBlob('payments/api', Buffer.alloc(4 * MIB, 'x'))
    await receive(port, `/v2/payments/api/blobs/${blob}`)
    const large = gibibyte()
    registry.faults.add({
      match: /./,
      fault: { kind: 'answer', status: 200, headers: JSON_HEADERS, body: large.body },
    })
    const growth = await growthOf(async () => {
      const answer = await receive(port, path)
      expect(answer.end).toBe('broken')
      expect(answer.bytes).toBeLessThanOrEqual(32 * MIB)
    })
    expect(growth).toBeLessThan(BOUND)
    await expect.poll(() => registry.openRequests()).toBe(0)
    expect(large.sent).toBeLessThan(48 * MIB)
  },
)

test('row 11: 1 GiB that is announced is refused before a byte of it is passed on', async () => {
  const { app, registry } = await world({ auth: 'none' })
  await get(app, '/v2/')
  const large = gibibyte()
  const headers = { ...JSON_HEADERS, 'content-length': 1024 * MIB + 21 }
  registry.faults.add({ match: /./, fault: { kind: 'answer', status: 200, headers, body: large.body } })
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
    'a refusal that asks to wait',
    /tags/,
    503,
    async ({ app }) => expect(failure(await get(app, TAGS))).toMatchObject({ status: 503 }),
  ],
  ['the greeting', /v2\/$/, 200, async ({ app }) => expect((await get(app, '/readyz')).statusCode).toBe(200)],
  [
    'the body of a redirect',
    /blobs/,
    307,
    async ({ app, digests }) =>
      expect(failure(await get(app, `/v2/payments/api/blobs/${digests.config}`))).toMatchObject({
        status: 502,
      }),
  ],
])(
  'row 11: 1 GiB streamed as %s is not read beyond its cap; RSS grows by less than 50 MB',
  async (_name, match, status, ask) => {
    const made = await world({ auth: 'none' })
    await get(made.app, '/v2/_catalog')
    const large = gibibyte()
    made.registry.faults.add({
      match,
      fault: { kind: 'answer', status, headers: JSON_HEADERS, body: large.body },
    })
    expect(await growthOf(() => ask(made))).toBeLessThan(50)
    await expect.poll(() => made.registry.openRequests()).toBe(0)
    expect(large.sent).toBeLessThan(16 * MIB)
  },
)

test.each([200, 401, 500])(
  'row 11: 1 GiB streamed as the token server’s %i is not read beyond its cap',
  async (status) => {
    const { app, tokenServer } = await world()
    const large = gibibyte()
    tokenServer.faults.add({ match: /./, fault: { kind: 'answer', status, body: large.body } })
    const payload = { username: 'mira', password: 'mira-secret' }
    const growth = await growthOf(async () => {
      const answer = await app.inject({ method: 'POST', url: '/api/session', payload })
      expect(answer.statusCode).toBe(status === 401 ? 401 : 502)
    })
    expect(growth).toBeLessThan(50)
    await expect.poll(() => tokenServer.openRequests()).toBe(0)
    expect(large.sent).toBeLessThan(16 * MIB)
  },
)

test('row 11: of a key that is there twice the last one counts, for the server as for the page', async () => {
  const { app, store } = await world({ auth: 'none' })
  const twice = Buffer.from(
    `{"schemaVersion":1,"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","layers":[],"layers":[]}`,
  )
  store.putManifest('payments/api', OCI_MANIFEST, twice, '1.0')
  const answer = await get(app, MANIFEST, { accept: OCI_MANIFEST })
  expect([answer.statusCode, answer.body]).toEqual([200, twice.toString()])
  expect((await summaryOf(app)).digest).toBe(digestOf(twice))
})
