import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { MAX_SUMMARIES, parseSummaryLine, type SummaryRow } from '../../shared/api/summaries.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import { buildArtifact, buildAttestation, buildImage, buildIndex } from '../testing/image-builder.ts'
import { digestOf } from '../testing/image-store.ts'
import { startWorld, type World, type WorldOptions } from '../testing/world.ts'

const REPOSITORY = 'payments/api'
const CREATED = '2025-05-01T12:00:00Z'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
async function world(options: WorldOptions = {}): Promise<World> {
  // configured, so that only the requests of summaries reach the registry
  const env = options.auth === undefined ? { REGISTRY_AUTH_TYPE: 'none', ...options.env } : options.env
  const made = await startWorld({ auth: 'none', ...options, env })
  closers.push(made.close)
  return made
}

/** Adds a different image for each tag `v1` to `v<count>`. @returns the tags. */
function addImages({ store }: World, count: number, repository = REPOSITORY): string[] {
  return Array.from({ length: count }, (_, n) => {
    const recipe = { created: CREATED, steps: [{ by: `RUN ${repository} ${n}` }] }
    store.tag(repository, `v${n + 1}`, buildImage(store, repository, recipe).digest)
    return `v${n + 1}`
  })
}
const post = ({ app }: World, payload: unknown, cookie = '', repository = REPOSITORY) =>
  app.inject({
    method: 'POST',
    url: `/api/repositories/${repository}/summaries`,
    headers: { cookie, 'content-type': 'application/json' },
    payload: JSON.stringify(payload),
  })
function parseRows(body: string): SummaryRow[] {
  return body
    .split('\n')
    .slice(0, -1)
    .map((line) => parseSummaryLine(line) ?? expect.fail(`not a row: ${line}`))
}
/** The rows of a response by tag. */
async function rowsOf(made: World, tags: readonly string[], cookie = '', repository = REPOSITORY) {
  const response = await post(made, { tags }, cookie, repository)
  expect(response.statusCode).toBe(200)
  const rows = parseRows(response.body)
  expect(rows.map(({ tag }) => tag).sort()).toEqual([...new Set(tags)].sort())
  return Object.fromEntries(rows.map((row) => [row.tag, row]))
}
/** Counts the registry's requests since the last call: `GET manifests`, `HEAD manifests`, `GET blobs`. */
function requestCounts({ registry }: World): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, url } of registry.requests.splice(0)) {
    const key = `${method} ${url.split('/').at(-2)}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** Reads rows over a socket; `leave` disconnects. */
async function openStream(made: World, tags: readonly string[], cookie = '') {
  if (!made.app.server.listening) await made.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = made.app.server.address() as AddressInfo
  const headers = { 'content-type': 'application/json', cookie }
  const path = `/api/repositories/${REPOSITORY}/summaries`
  const sent = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', headers })
  sent.on('error', () => {}).end(JSON.stringify({ tags }))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.setEncoding('utf8').on('error', () => {})
  const ended = new Promise((resolve) => response.once('close', resolve))
  let text = ''
  response.on('data', (chunk: string) => {
    text += chunk
  })
  return { response, rows: () => parseRows(text), ended, leave: () => sent.destroy() }
}

test('the response has one line for each tag, with the fields of a table, and is never stored', async () => {
  const made = await world()
  const { digests } = made
  const response = await post(made, { tags: ['1.0', 'none', '1.0'] })
  expect(response.headers).toMatchObject({
    'content-type': 'application/x-ndjson; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const rows = parseRows(response.body)
  expect(rows).toHaveLength(2)
  expect(rows).toContainEqual({
    tag: '1.0',
    digest: digests.manifest,
    mediaType: OCI_MANIFEST,
    size: 42,
    totalSize: 42,
    platforms: ['linux/amd64'],
    config: digests.config,
  })
  expect(rows).toContainEqual({
    tag: 'none',
    error: {
      code: 'MANIFEST_UNKNOWN',
      message: 'manifest unknown',
      detail: { reason: 'manifest_unknown', registryCode: 'MANIFEST_UNKNOWN' },
    },
  })
})

test('a tag costs its manifest and its config, and one HEAD once it is cached', async () => {
  const made = await world()
  const tags = addImages(made, 40)
  const cold = await rowsOf(made, tags)
  expect(requestCounts(made)).toEqual({ 'GET manifests': 40, 'GET blobs': 40 })
  expect(await rowsOf(made, tags)).toEqual(cold)
  // undici's default is a new connection, and over TLS a new handshake, for each HEAD
  expect(new Set(made.registry.requests.map(({ headers }) => headers.connection))).toEqual(
    new Set(['keep-alive']),
  )
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 40 })
  expect(cold.v7).toMatchObject({ created: CREATED, platforms: ['linux/amd64'] })
})

test('the HEAD is conditional only if the registry’s ETags are digests', async () => {
  const made = await world()
  const [tag = ''] = addImages(made, 1)
  const cold = await rowsOf(made, [tag])
  made.registry.requests.length = 0
  await rowsOf(made, [tag])
  const { digest } = made.store.repository(REPOSITORY)?.manifests.get(cold[tag]?.digest ?? '') ?? {}
  expect(made.registry.requests[0]?.headers['if-none-match']).toBe(`"${digest}"`)

  const other = await world()
  other.registry.faults.add({ match: /manifests/, fault: { kind: 'headers', headers: { etag: '"7"' } } })
  await rowsOf(other, ['1.0'])
  other.registry.requests.length = 0
  expect((await rowsOf(other, ['1.0']))['1.0']).toMatchObject({ digest: other.digests.manifest })
  expect(other.registry.requests.map(({ method, headers }) => [method, headers['if-none-match']])).toEqual([
    ['HEAD', undefined],
  ])
})

test('tags of one digest share its config, and a new one needs its manifest only', async () => {
  const made = await world()
  await rowsOf(made, ['1.0', '1.1'])
  expect(requestCounts(made)).toEqual({ 'GET manifests': 2, 'GET blobs': 1 })
  await rowsOf(made, ['1.0', '1.1', 'latest'])
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 2, 'GET manifests': 1 })
})

test('a moved tag costs one HEAD if its digest is cached, and else that manifest and its config', async () => {
  const made = await world()
  addImages(made, 2)
  const { v1, v2 } = await rowsOf(made, ['v1', 'v2'])
  made.store.tag(REPOSITORY, 'v1', v2?.digest ?? '')
  requestCounts(made)
  expect((await rowsOf(made, ['v1'])).v1?.digest).toBe(v2?.digest)
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 1 })
  const recipe = { created: '2026-01-01T00:00:00Z', steps: [{ by: 'RUN new' }] }
  made.store.tag(REPOSITORY, 'v1', buildImage(made.store, REPOSITORY, recipe).digest)
  const moved = (await rowsOf(made, ['v1'])).v1
  expect(moved).toMatchObject({ created: '2026-01-01T00:00:00Z' })
  expect(moved?.digest).not.toBe(v1?.digest)
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 1, 'GET manifests': 1, 'GET blobs': 1 })
})

test('a deleted tag is MANIFEST_UNKNOWN although its digest is cached', async () => {
  const made = await world()
  await rowsOf(made, ['1.0'])
  made.store.repository(REPOSITORY)?.tags.delete('1.0')
  expect((await rowsOf(made, ['1.0']))['1.0']?.error?.code).toBe('MANIFEST_UNKNOWN')
})

test('GET replaces a HEAD that has no digest or is not supported', async () => {
  const made = await world()
  await rowsOf(made, ['1.0'])
  const isHead = ({ method }: { method: string }) => method === 'HEAD'
  made.registry.faults.add({ match: isHead, times: 1, fault: { kind: 'respond', status: 200 } })
  requestCounts(made)
  expect((await rowsOf(made, ['1.0']))['1.0']).toMatchObject({ digest: made.digests.manifest })
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 1, 'GET manifests': 1 })
  made.registry.faults.add({ match: isHead, fault: { kind: 'respond', status: 405 } })
  expect((await rowsOf(made, ['1.0']))['1.0']).toMatchObject({ digest: made.digests.manifest })
})

test.each([400, 401, 403, 404, 405, 501])(
  'a registry that responds to HEAD with %d has the same rows, for one GET each',
  async (status) => {
    const made = await world()
    const tags = addImages(made, 20)
    const cold = await rowsOf(made, tags)
    const isHead = ({ method }: { method: string }) => method === 'HEAD'
    made.registry.faults.add({ match: isHead, fault: { kind: 'respond', status } })
    await rowsOf(made, ['v1'])
    requestCounts(made)
    expect(await rowsOf(made, tags)).toEqual(cold)
    expect(requestCounts(made)).toEqual({ 'GET manifests': 20 })
    made.store.repository(REPOSITORY)?.tags.delete('v1')
    expect((await rowsOf(made, ['v1'])).v1?.error?.code).toBe('MANIFEST_UNKNOWN')
  },
)

test('a useless HEAD is remembered for ten minutes, and for its repository only', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const made = await world()
  addImages(made, 1, 'payments/web')
  const both = async () => {
    requestCounts(made)
    await rowsOf(made, ['1.0'])
    await rowsOf(made, ['v1'], '', 'payments/web')
    return requestCounts(made)
  }
  await both()
  const match = ({ method, url }: { method: string; url: string }) =>
    method === 'HEAD' && url.includes(REPOSITORY)
  made.registry.faults.add({ match, times: 1, fault: { kind: 'respond', status: 404 } })
  expect(await both()).toEqual({ 'HEAD manifests': 2, 'GET manifests': 1 })
  expect(await both()).toEqual({ 'HEAD manifests': 1, 'GET manifests': 1 })
  vi.setSystemTime(Date.now() + 10 * 60_000 + 1)
  expect(await both()).toEqual({ 'HEAD manifests': 2 })
})

test('the images of an index are requested once, its attestations never', async () => {
  const made = await world()
  const { store } = made
  const build = (architecture: string) =>
    buildImage(store, REPOSITORY, {
      created: CREATED,
      platform: { os: 'linux', architecture },
      steps: [{ by: `RUN ${architecture}` }],
    })
  const [arm64, amd64] = [build('arm64'), build('amd64')]
  const attestation = buildAttestation(store, REPOSITORY, amd64, { 'https://slsa.dev/provenance/v1': {} })
  const index = buildIndex(store, REPOSITORY, [arm64, amd64, attestation])
  store.tag(REPOSITORY, 'multi', index.digest)
  store.tag(REPOSITORY, 'multi-arm64', arm64.digest)
  const { multi } = await rowsOf(made, ['multi'])
  expect(multi).toMatchObject({
    digest: index.digest,
    mediaType: OCI_INDEX,
    created: CREATED,
    platforms: ['linux/amd64', 'linux/arm64'],
    image: amd64.digest,
    config: expect.stringMatching(/^sha256:/),
  })
  expect(multi).not.toHaveProperty('partial')
  expect(requestCounts(made)).toEqual({ 'GET manifests': 3, 'GET blobs': 1 })
  await rowsOf(made, ['multi'])
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 1 })
})

test('an index with missing images has a partial row, which is not cached', async () => {
  const made = await world()
  const { store } = made
  const recipe = { created: CREATED, steps: [{ by: 'RUN x' }] }
  const amd64 = buildImage(store, REPOSITORY, recipe)
  const arm64 = buildImage(store, REPOSITORY, { ...recipe, platform: { os: 'linux', architecture: 'arm64' } })
  store.tag(REPOSITORY, 'sparse', buildIndex(store, REPOSITORY, [amd64, arm64]).digest)
  const { manifests } = store.repository(REPOSITORY) ?? expect.fail()
  const hidden = manifests.get(arm64.digest) ?? expect.fail()
  manifests.delete(arm64.digest)
  expect((await rowsOf(made, ['sparse'])).sparse).toMatchObject({ created: CREATED, partial: true })
  manifests.set(arm64.digest, hidden)
  expect((await rowsOf(made, ['sparse'])).sparse).not.toHaveProperty('partial')
})

test('an index beyond the budget of one row has no total size, and its row is cached', async () => {
  const made = await world()
  const { store } = made
  const images: ReturnType<typeof buildImage>[] = []
  for (let n = 0; n < 64; n++) {
    const platform = { os: 'linux', architecture: `a${n}` }
    const steps = [{ by: `RUN ${n}` }]
    const annotations = { padding: 'x'.repeat(2 * 1024 * 1024) }
    images.push(buildImage(store, REPOSITORY, { created: CREATED, platform, steps, annotations }))
    // Gantry runs in this process as well, and would consider itself overloaded
    await setImmediate()
  }
  store.tag(REPOSITORY, 'huge', buildIndex(store, REPOSITORY, images).digest)
  const { huge } = await rowsOf(made, ['huge'])
  expect(huge).toMatchObject({ created: CREATED, size: expect.any(Number), partial: true })
  expect(huge).not.toHaveProperty('totalSize')
  expect(huge).toHaveProperty('platforms.length', 64)
  // the budget's 16 MiB of all 128 MiB, and the requests in flight
  expect(requestCounts(made)['GET manifests']).toBeLessThanOrEqual(1 + 8 + 4)
  expect((await rowsOf(made, ['huge'])).huge).toEqual(huge)
  expect(requestCounts(made)).toEqual({ 'HEAD manifests': 1 })
})

test('an artifact has a type, and its config is not requested', async () => {
  const made = await world()
  const layers = [{ mediaType: 'a/b', bytes: Buffer.from('x') }]
  const recipe = {
    artifactType: 'application/vnd.example.sbom',
    layers,
    annotations: { 'org.opencontainers.image.created': CREATED },
  }
  made.store.tag(REPOSITORY, 'sbom', buildArtifact(made.store, REPOSITORY, recipe).digest)
  const { sbom } = await rowsOf(made, ['sbom'])
  expect(sbom).toMatchObject({ artifactType: recipe.artifactType, created: CREATED, size: 3, platforms: [] })
  expect(requestCounts(made)).toEqual({ 'GET manifests': 1 })
})

const json = (body: string | Buffer, headers = {}) =>
  ({ kind: 'respond', status: 200, headers: { 'content-type': OCI_MANIFEST, ...headers }, body }) as const
const html = {
  kind: 'respond',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<h1>Hi</h1>',
} as const

test.each([
  ['a web page', html, 'UNAVAILABLE', 'bad_answer'],
  ['half a document', { kind: 'truncate', bytes: 20 }, 'UNAVAILABLE', 'bad_answer'],
  ['half a response', { kind: 'cut', bytes: 20, end: 'disconnect' }, 'UNAVAILABLE', 'bad_answer'],
  ['an altered document', { kind: 'json', alter: () => ({ layers: [] }) }, 'UNAVAILABLE', 'bad_answer'],
  [
    'a document that does not match its digest',
    json('{}', { 'docker-content-digest': digestOf(Buffer.from('x')) }),
    'UNAVAILABLE',
    'bad_answer',
  ],
  [
    'a digest of an unknown algorithm',
    json('{}', { 'docker-content-digest': 'blake3:abc' }),
    'UNAVAILABLE',
    'bad_answer',
  ],
  [
    'another document labelled as schema 1',
    json('{"schemaVersion":2}', {
      'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'docker-content-digest': digestOf(Buffer.from('x')),
    }),
    'UNAVAILABLE',
    'bad_answer',
  ],
  ['JSON that is not a manifest', json('{"layers":7}'), 'MANIFEST_INVALID', undefined],
  ['JSON that is not an object', json('[1]'), 'MANIFEST_INVALID', undefined],
  [
    'schema 1',
    json('{"schemaVersion":1}', {
      'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'docker-content-digest': digestOf(Buffer.from('x')),
    }),
    'UNSUPPORTED',
    undefined,
  ],
  ['more than 4 MiB', json(Buffer.alloc(4 * 1024 * 1024 + 1, ' ')), 'UNAVAILABLE', 'bad_answer'],
  ['bytes that are not HTTP', { kind: 'raw', bytes: 'nonsense\r\n\r\n' }, 'UNAVAILABLE', 'bad_answer'],
  ['a reset', { kind: 'disconnect' }, 'UNAVAILABLE', 'registry_down'],
  ['an internal error', { kind: 'respond', status: 500 }, 'UNAVAILABLE', 'bad_answer'],
  ['an invalid redirect', { kind: 'redirect', location: 'http://[' }, 'UNAVAILABLE', 'bad_answer'],
  ['a response without content', { kind: 'respond', status: 204 }, 'UNAVAILABLE', 'bad_answer'],
  ['a denial', { kind: 'respond', status: 403 }, 'DENIED', undefined],
] as const)(
  'a registry that responds to one tag with %s fails one row',
  async (_name, fault, code, reason) => {
    const made = await world({ env: { ALLOW_REGISTRY_LOGIN: 'false' } })
    const tags = addImages(made, 12)
    made.registry.faults.add({ match: /manifests\/v5$/, times: 1, fault })
    const rows = await rowsOf(made, tags)
    expect(Object.values(rows).filter(({ error }) => error !== undefined)).toHaveLength(1)
    expect(rows.v5?.error).toMatchObject({ code, ...(reason && { detail: { reason } }) })
    // the failure is not cached
    expect((await rowsOf(made, tags)).v5).toMatchObject({ created: CREATED })
  },
)

test.each([
  ['is cut off', { kind: 'truncate', bytes: 10 }, 'UNAVAILABLE'],
  ['is altered', { kind: 'json', alter: () => ({ created: CREATED }) }, 'UNAVAILABLE'],
] as const)('a config that %s fails its row, which still has the digest', async (_name, fault, code) => {
  const made = await world()
  made.registry.faults.add({ match: /blobs/, times: 1, fault })
  const { '1.0': row } = await rowsOf(made, ['1.0'])
  expect(row).toMatchObject({ digest: made.digests.manifest, mediaType: OCI_MANIFEST, error: { code } })
  expect((await rowsOf(made, ['1.0']))['1.0']?.error).toBeUndefined()
})

test('an image without its config has a partial row', async () => {
  const made = await world()
  made.store.repository(REPOSITORY)?.blobs.delete(made.digests.config)
  expect((await rowsOf(made, ['1.0']))['1.0']).toMatchObject({ size: 42, partial: true, platforms: [] })
})

test('each row is sent as soon as it is known: a slow tag does not delay the others', async () => {
  const made = await world()
  const tags = addImages(made, 30)
  made.registry.faults.add({ match: /manifests\/v1$/, fault: { kind: 'silence' } })
  const reader = await openStream(made, tags)
  await expect.poll(() => reader.rows()).toHaveLength(29)
  reader.leave()
})

test('the header is sent before any row', async () => {
  const made = await world()
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const reader = await openStream(made, ['1.0'])
  expect([reader.response.statusCode, reader.rows()]).toEqual([200, []])
  reader.leave()
})

test('when the client disconnects, its requests end, and no further one starts', async () => {
  const made = await world()
  const tags = addImages(made, 200)
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const reader = await openStream(made, tags)
  await expect.poll(() => made.registry.openRequests(), { timeout: 10_000 }).toBe(16)
  reader.leave()
  await expect.poll(() => made.registry.openRequests()).toBe(0)
  // further requests would have been sent before this one
  await made.app.inject({ method: 'GET', url: '/v2/_catalog' })
  expect(requestCounts(made)).toEqual({ 'GET manifests': 16, 'GET v2': 1 })
})

test('two clients share the request for a config; when the first disconnects, the second sends its own', async () => {
  const made = await world()
  made.registry.faults.add({ match: /blobs/, times: 1, fault: { kind: 'silence' } })
  const first = await openStream(made, ['1.0'])
  await expect.poll(() => made.registry.requests.map(({ method }) => method)).toHaveLength(2)
  const second = await openStream(made, ['1.1'])
  // the second manifest has arrived; the open request is the first client's for the config
  await expect.poll(() => made.registry.requests).toHaveLength(3)
  await expect.poll(() => made.registry.openRequests()).toBe(1)
  expect(requestCounts(made)).toEqual({ 'GET manifests': 2, 'GET blobs': 1 })
  first.leave()
  await second.ended
  expect(second.rows()).toMatchObject([{ tag: '1.1', platforms: ['linux/amd64'] }])
  expect(requestCounts(made)).toEqual({ 'GET blobs': 1 })
})

test('if a shared request for a config is denied, the second subject sends its own', async () => {
  const made = await world({ auth: 'token' })
  const [admin, mira] = [await made.login('admin'), await made.login('mira')]
  await rowsOf(made, ['none'], mira)
  made.registry.faults.add({ match: /blobs/, times: 1, fault: { kind: 'delay', milliseconds: 300 } })
  made.registry.faults.add({ match: /blobs/, times: 1, fault: { kind: 'respond', status: 403 } })
  const first = openStream(made, ['1.0'], admin)
  await expect.poll(() => made.registry.requests.at(-1)?.url).toMatch(/blobs/)
  made.registry.requests.length = 0
  const second = await rowsOf(made, ['1.1'], mira)
  const reader = await first
  await reader.ended
  expect(reader.rows()).toMatchObject([{ tag: '1.0', error: { code: 'DENIED' } }])
  expect(second['1.1']).toMatchObject({ platforms: ['linux/amd64'] })
  expect(requestCounts(made)).toEqual({ 'GET manifests': 1, 'GET blobs': 1 })
})

test('a subject without access sees nothing that is cached for others', async () => {
  const made = await world({ auth: 'token' })
  const tags = addImages(made, 200, 'secret/store')
  const [admin, mira] = [await made.login('admin'), await made.login('mira')]
  await rowsOf(made, tags, admin, 'secret/store')
  made.registry.requests.length = 0
  const refused = await post(made, { tags }, mira, 'secret/store')
  const rows = parseRows(refused.body)
  expect(rows).toHaveLength(200)
  expect(new Set(rows.map(({ error }) => error?.code))).toEqual(new Set(['DENIED']))
  expect(refused.body).not.toMatch(/sha256|linux|2025/)
  // and not every tag is requested: no more than are in flight at a time until the eighth denial is seen
  const requested = new Set(
    made.registry.requests.map(({ url }) => url).filter((url) => /manifests/.test(url)),
  )
  expect(requested.size).toBeLessThan(100)
})

test('a digest cached for one repository reveals nothing in another that lacks its documents', async () => {
  const made = await world({ auth: 'token' })
  const image = buildImage(made.store, 'secret/store', { created: CREATED, steps: [{ by: 'RUN secret' }] })
  const index = buildIndex(made.store, 'secret/store', [image])
  made.store.tag('secret/store', 'a', index.digest)
  await rowsOf(made, ['a'], await made.login('admin'), 'secret/store')
  // pushed by somebody who knows only the digest
  const stolen = made.store.repository('secret/store')?.manifests.get(index.digest) ?? expect.fail()
  made.store.putManifest(REPOSITORY, OCI_INDEX, stolen.bytes, 'a')
  const { a } = await rowsOf(made, ['a'], await made.login('mira'))
  expect(a).toEqual({
    tag: 'a',
    digest: index.digest,
    mediaType: OCI_INDEX,
    platforms: ['linux/amd64'],
    partial: true,
  })
})

test('each session sends its own request for each tag', async () => {
  const made = await world({ auth: 'token' })
  const [admin, mira] = [await made.login('admin'), await made.login('mira')]
  await rowsOf(made, ['1.0'], admin)
  await rowsOf(made, ['1.0'], mira)
  made.registry.requests.length = 0
  await rowsOf(made, ['1.0'], admin)
  await rowsOf(made, ['1.0'], mira)
  const [first, second] = made.registry.requests
  expect(made.registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD'])
  expect(first?.headers.authorization).toMatch(/^Bearer /)
  expect(second?.headers.authorization).not.toBe(first?.headers.authorization)
})

test('if a login is needed, every row of a guest says so, after few requests', async () => {
  const made = await world({ auth: 'token' })
  const tags = addImages(made, 300)
  const rows = Object.values(await rowsOf(made, tags))
  expect(rows).toHaveLength(300)
  expect(new Set(rows.map(({ error }) => JSON.stringify(error)))).toEqual(
    new Set([
      '{"code":"UNAUTHORIZED","message":"The registry asks for a login.","detail":{"reason":"login_required"}}',
    ]),
  )
  expect(made.registry.requests.length).toBeLessThan(60)
})

test('a session that ends gets UNAUTHORIZED rows at once, and later 401 without a stream', async () => {
  const made = await world({ auth: 'token' })
  const cookie = await made.login()
  await rowsOf(made, ['1.0'], cookie)
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const reader = await openStream(made, addImages(made, 50), cookie)
  await expect.poll(() => made.registry.openRequests(), { timeout: 10_000 }).toBe(16)
  await made.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
  await reader.ended
  expect(reader.rows()).toHaveLength(50)
  expect(reader.rows()[0]?.error).toMatchObject({ code: 'UNAUTHORIZED', detail: { reason: 'session_ended' } })
  await expect.poll(() => made.registry.openRequests()).toBe(0)
  const late = await post(made, { tags: ['1.0'] }, cookie)
  expect([late.statusCode, late.json().errors[0].detail.reason]).toEqual([401, 'session_ended'])
})

test('if the registry is down, every row says so, after few requests', async () => {
  const made = await world()
  const tags = addImages(made, 300)
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'disconnect' } })
  const rows = Object.values(await rowsOf(made, tags))
  expect(new Set(rows.map(({ error }) => error?.code))).toEqual(new Set(['UNAVAILABLE']))
  expect(made.registry.requests.length).toBeLessThan(60)
})

test('a registry that limits the rate still serves every row', async () => {
  const made = await world()
  const tags = addImages(made, 60)
  const fault = { kind: 'respond', status: 429, headers: { 'retry-after': '1' } } as const
  made.registry.faults.add({ match: /manifests/, times: 10, fault })
  const rows = Object.values(await rowsOf(made, tags))
  expect(rows.filter(({ error }) => error !== undefined)).toEqual([])
  expect(made.registry.requests).toHaveLength(60 + 60 + 10)
})

test('a long Retry-After fails the rows, which pass it on, after few requests', async () => {
  const made = await world()
  const tags = addImages(made, 300)
  const fault = { kind: 'respond', status: 429, headers: { 'retry-after': '60' } } as const
  made.registry.faults.add({ match: /manifests/, fault })
  const rows = Object.values(await rowsOf(made, tags))
  expect(rows).toHaveLength(300)
  expect(rows[0]?.error).toMatchObject({ code: 'TOOMANYREQUESTS', detail: { retryAfterSeconds: 60 } })
  expect(made.registry.requests.length).toBeLessThan(40)
})

const tagsBody = (count: number) => ({ tags: Array.from({ length: count }, (_, n) => `v${n}`) })
test.each([
  ['a missing list', {}, 'REQUEST_INVALID'],
  ['an array', [], 'REQUEST_INVALID'],
  ['an empty list', { tags: [] }, 'REQUEST_INVALID'],
  ['more than 500 tags', tagsBody(MAX_SUMMARIES + 1), 'REQUEST_INVALID'],
  ['a number', { tags: ['a', 1] }, 'REQUEST_INVALID'],
  ['an invalid tag', { tags: ['a', '../b'] }, 'REQUEST_INVALID'],
  ['a digest', { tags: [digestOf(Buffer.from('x'))] }, 'REQUEST_INVALID'],
  ['a long tag', { tags: ['a'.repeat(129)] }, 'REQUEST_INVALID'],
  ['an unknown field', { tags: ['a'], more: 1 }, 'REQUEST_INVALID'],
])('%s is 400, without a request to the registry', async (_name, body, code) => {
  const made = await world()
  const response = await post(made, body)
  expect([response.statusCode, response.json().errors[0].code]).toEqual([400, code])
  expect(made.registry.requests).toEqual([])
})

test('the error gives the position of an invalid tag, and 500 tags are accepted', async () => {
  const made = await world()
  expect((await post(made, { tags: ['a', '../b'] })).json().errors[0].message).toBe(
    'Number 2 in the list is not a tag.',
  )
  const many = await post(made, { tags: Array.from({ length: 500 }, (_, n) => `${n}`.padStart(128, 'v')) })
  expect([many.statusCode, parseRows(many.body).length]).toEqual([200, 500])
})

test.each([
  ['/api/repositories/Payments/summaries', 400, 'NAME_INVALID'],
  ['/api/repositories/a%2F..%2Fb/summaries', 400, 'NAME_INVALID'],
  ['/api/repositories/summaries', 404, 'NAME_UNKNOWN'],
  ['/api/repositories//summaries', 400, 'NAME_INVALID'],
  ['/api/repositories/a/b', 404, 'NAME_UNKNOWN'],
])('%s is %i %s', async (url, status, code) => {
  const { app } = await world()
  const response = await app.inject({ method: 'POST', url, payload: { tags: ['a'] } })
  expect([response.statusCode, response.json().errors[0].code]).toEqual([status, code])
})

test('a cross-site request is rejected', async () => {
  const { app } = await world()
  const headers = { 'sec-fetch-site': 'cross-site' }
  const url = '/api/repositories/payments/api/summaries'
  expect((await app.inject({ method: 'POST', url, headers, payload: { tags: ['1.0'] } })).statusCode).toBe(
    403,
  )
})
