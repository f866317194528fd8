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
  // configured, so that only the summaries' own requests reach the registry
  const env = options.auth === undefined ? { REGISTRY_AUTH_TYPE: 'none', ...options.env } : options.env
  const made = await startWorld({ auth: 'none', ...options, env })
  closers.push(made.close)
  return made
}

/** Images of their own, `v1` to `v<count>`; returns the tags. */
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
    .map((line) => parseSummaryLine(line) ?? expect.fail(`no row: ${line}`))
}
/** The rows of a response by tag. */
async function rowsOf(made: World, tags: readonly string[], cookie = '', repository = REPOSITORY) {
  const answer = await post(made, { tags }, cookie, repository)
  expect(answer.statusCode).toBe(200)
  const rows = parseRows(answer.body)
  expect(rows.map(({ tag }) => tag).sort()).toEqual([...new Set(tags)].sort())
  return Object.fromEntries(rows.map((row) => [row.tag, row]))
}
/** The registry's requests since the last call: `GET manifests`, `HEAD manifests`, `GET blobs`. */
function asked({ registry }: World): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { method, url } of registry.requests.splice(0)) {
    const what = `${method} ${url.split('/').at(-2)}`
    counts[what] = (counts[what] ?? 0) + 1
  }
  return counts
}

/** A client over a socket, which can disconnect. */
async function read(made: World, tags: readonly string[], cookie = '') {
  if (!made.app.server.listening) await made.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = made.app.server.address() as AddressInfo
  const headers = { 'content-type': 'application/json', cookie }
  const path = `/api/repositories/${REPOSITORY}/summaries`
  const sent = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', headers })
  sent.on('error', () => {}).end(JSON.stringify({ tags }))
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.setEncoding('utf8').on('error', () => {})
  const ended = new Promise((resolve) => answer.once('close', resolve))
  let text = ''
  answer.on('data', (chunk: string) => {
    text += chunk
  })
  return { answer, rows: () => parseRows(text), ended, leave: () => sent.destroy() }
}

test('a row has what the table shows; the response is one line per tag, never stored', async () => {
  const made = await world()
  const { digests } = made
  const answer = await post(made, { tags: ['1.0', 'none', '1.0'] })
  expect(answer.headers).toMatchObject({
    'content-type': 'application/x-ndjson; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  const rows = parseRows(answer.body)
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

test('cold, a tag costs two requests, manifest and config; warm, one HEAD', async () => {
  const made = await world()
  const tags = addImages(made, 40)
  const cold = await rowsOf(made, tags)
  expect(asked(made)).toEqual({ 'GET manifests': 40, 'GET blobs': 40 })
  expect(await rowsOf(made, tags)).toEqual(cold)
  // undici's default is a new connection, and over TLS a new handshake, for each HEAD
  expect(new Set(made.registry.requests.map(({ headers }) => headers.connection))).toEqual(
    new Set(['keep-alive']),
  )
  expect(asked(made)).toEqual({ 'HEAD manifests': 40 })
  expect(cold.v7).toMatchObject({ created: CREATED, platforms: ['linux/amd64'] })
})

test('the HEAD is conditional only where the registry’s ETags are digests', async () => {
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

test('tags of one digest share its config, and a further one needs only its manifest', async () => {
  const made = await world()
  await rowsOf(made, ['1.0', '1.1'])
  expect(asked(made)).toEqual({ 'GET manifests': 2, 'GET blobs': 1 })
  await rowsOf(made, ['1.0', '1.1', 'latest'])
  expect(asked(made)).toEqual({ 'HEAD manifests': 2, 'GET manifests': 1 })
})

test('a moved tag costs one HEAD if its new digest is known, else the manifest and its config as well', async () => {
  const made = await world()
  addImages(made, 2)
  const { v1, v2 } = await rowsOf(made, ['v1', 'v2'])
  made.store.tag(REPOSITORY, 'v1', v2?.digest ?? '')
  asked(made)
  expect((await rowsOf(made, ['v1'])).v1?.digest).toBe(v2?.digest)
  expect(asked(made)).toEqual({ 'HEAD manifests': 1 })
  const recipe = { created: '2026-01-01T00:00:00Z', steps: [{ by: 'RUN new' }] }
  made.store.tag(REPOSITORY, 'v1', buildImage(made.store, REPOSITORY, recipe).digest)
  const moved = (await rowsOf(made, ['v1'])).v1
  expect(moved).toMatchObject({ created: '2026-01-01T00:00:00Z' })
  expect(moved?.digest).not.toBe(v1?.digest)
  expect(asked(made)).toEqual({ 'HEAD manifests': 1, 'GET manifests': 1, 'GET blobs': 1 })
})

test('a deleted tag is reported as gone even if its digest is known', async () => {
  const made = await world()
  await rowsOf(made, ['1.0'])
  made.store.repository(REPOSITORY)?.tags.delete('1.0')
  expect((await rowsOf(made, ['1.0']))['1.0']?.error?.code).toBe('MANIFEST_UNKNOWN')
})

test('GET is used where HEAD has no digest or is not supported', async () => {
  const made = await world()
  await rowsOf(made, ['1.0'])
  const isHead = ({ method }: { method: string }) => method === 'HEAD'
  made.registry.faults.add({ match: isHead, times: 1, fault: { kind: 'answer', status: 200 } })
  asked(made)
  expect((await rowsOf(made, ['1.0']))['1.0']).toMatchObject({ digest: made.digests.manifest })
  expect(asked(made)).toEqual({ 'HEAD manifests': 1, 'GET manifests': 1 })
  made.registry.faults.add({ match: isHead, fault: { kind: 'answer', status: 405 } })
  expect((await rowsOf(made, ['1.0']))['1.0']).toMatchObject({ digest: made.digests.manifest })
})

test.each([400, 401, 403, 404, 405, 501])(
  'where HEAD gets %d, the rows are complete, at one GET each',
  async (status) => {
    const made = await world()
    const tags = addImages(made, 20)
    const cold = await rowsOf(made, tags)
    const isHead = ({ method }: { method: string }) => method === 'HEAD'
    made.registry.faults.add({ match: isHead, fault: { kind: 'answer', status } })
    await rowsOf(made, ['v1'])
    asked(made)
    expect(await rowsOf(made, tags)).toEqual(cold)
    expect(asked(made)).toEqual({ 'GET manifests': 20 })
    made.store.repository(REPOSITORY)?.tags.delete('v1')
    expect((await rowsOf(made, ['v1'])).v1?.error?.code).toBe('MANIFEST_UNKNOWN')
  },
)

test('a useless HEAD is remembered for a while, for its repository only', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const made = await world()
  addImages(made, 1, 'payments/web')
  const both = async () => {
    asked(made)
    await rowsOf(made, ['1.0'])
    await rowsOf(made, ['v1'], '', 'payments/web')
    return asked(made)
  }
  await both()
  const match = ({ method, url }: { method: string; url: string }) =>
    method === 'HEAD' && url.includes(REPOSITORY)
  made.registry.faults.add({ match, times: 1, fault: { kind: 'answer', status: 404 } })
  expect(await both()).toEqual({ 'HEAD manifests': 2, 'GET manifests': 1 })
  expect(await both()).toEqual({ 'HEAD manifests': 1, 'GET manifests': 1 })
  vi.setSystemTime(Date.now() + 10 * 60_000 + 1)
  expect(await both()).toEqual({ 'HEAD manifests': 2 })
})

test('an index: its images are requested once, attestations never', async () => {
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
  expect(asked(made)).toEqual({ 'GET manifests': 3, 'GET blobs': 1 })
  await rowsOf(made, ['multi'])
  expect(asked(made)).toEqual({ 'HEAD manifests': 1 })
})

test('an index with missing images is partial, and requested again', async () => {
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

test('an index too large for one row has an unknown total size, which is cached', async () => {
  const made = await world()
  const { store } = made
  const images: ReturnType<typeof buildImage>[] = []
  for (let n = 0; n < 64; n++) {
    const platform = { os: 'linux', architecture: `a${n}` }
    const steps = [{ by: `RUN ${n}` }]
    const annotations = { padding: 'x'.repeat(2 * 1024 * 1024) }
    images.push(buildImage(store, REPOSITORY, { created: CREATED, platform, steps, annotations }))
    // Gantry runs in this process too, and would report an overload
    await setImmediate()
  }
  store.tag(REPOSITORY, 'huge', buildIndex(store, REPOSITORY, images).digest)
  const { huge } = await rowsOf(made, ['huge'])
  expect(huge).toMatchObject({ created: CREATED, size: expect.any(Number), partial: true })
  expect(huge).not.toHaveProperty('totalSize')
  expect(huge).toHaveProperty('platforms.length', 64)
  // of 128 MiB no more than the budget's 16, and the responses in flight
  expect(asked(made)['GET manifests']).toBeLessThanOrEqual(1 + 8 + 4)
  expect((await rowsOf(made, ['huge'])).huge).toEqual(huge)
  expect(asked(made)).toEqual({ 'HEAD manifests': 1 })
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
  expect(asked(made)).toEqual({ 'GET manifests': 1 })
})

const json = (body: string | Buffer, headers = {}) =>
  ({ kind: 'answer', status: 200, headers: { 'content-type': OCI_MANIFEST, ...headers }, body }) as const
const html = {
  kind: 'answer',
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: '<h1>Hi</h1>',
} as const

test.each([
  ['a web page', html, 'UNAVAILABLE', 'bad_answer'],
  ['half a document', { kind: 'truncate', bytes: 20 }, 'UNAVAILABLE', 'bad_answer'],
  ['half a response', { kind: 'cut', bytes: 20, end: 'disconnect' }, 'UNAVAILABLE', 'bad_answer'],
  [
    'a document that was changed',
    { kind: 'json', alter: () => ({ layers: [] }) },
    'UNAVAILABLE',
    'bad_answer',
  ],
  [
    'another document than its digest',
    json('{}', { 'docker-content-digest': digestOf(Buffer.from('x')) }),
    'UNAVAILABLE',
    'bad_answer',
  ],
  [
    'a digest that cannot be checked',
    json('{}', { 'docker-content-digest': 'blake3:abc' }),
    'UNAVAILABLE',
    'bad_answer',
  ],
  [
    'another document that is said to be schema 1',
    json('{"schemaVersion":2}', {
      'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'docker-content-digest': digestOf(Buffer.from('x')),
    }),
    'UNAVAILABLE',
    'bad_answer',
  ],
  ['no manifest', json('{"layers":7}'), 'MANIFEST_INVALID', undefined],
  ['no object', json('[1]'), 'MANIFEST_INVALID', undefined],
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
  ['an invalid HTTP response', { kind: 'raw', bytes: 'nonsense\r\n\r\n' }, 'UNAVAILABLE', 'bad_answer'],
  ['a reset', { kind: 'disconnect' }, 'UNAVAILABLE', 'registry_down'],
  ['an internal error', { kind: 'answer', status: 500 }, 'UNAVAILABLE', 'bad_answer'],
  ['a redirect to nowhere', { kind: 'redirect', location: 'http://[' }, 'UNAVAILABLE', 'bad_answer'],
  ['a response without content', { kind: 'answer', status: 204 }, 'UNAVAILABLE', 'bad_answer'],
  ['a 403', { kind: 'answer', status: 403 }, 'DENIED', undefined],
] as const)('%s in response to one tag affects only its row', async (_name, fault, code, reason) => {
  const made = await world({ env: { ALLOW_REGISTRY_LOGIN: 'false' } })
  const tags = addImages(made, 12)
  made.registry.faults.add({ match: /manifests\/v5$/, times: 1, fault })
  const rows = await rowsOf(made, tags)
  expect(Object.values(rows).filter(({ error }) => error !== undefined)).toHaveLength(1)
  expect(rows.v5?.error).toMatchObject({ code, ...(reason && { detail: { reason } }) })
  // none of it is cached
  expect((await rowsOf(made, tags)).v5).toMatchObject({ created: CREATED })
})

test.each([
  ['is cut off', { kind: 'truncate', bytes: 10 }, 'UNAVAILABLE'],
  ['is another', { kind: 'json', alter: () => ({ created: CREATED }) }, 'UNAVAILABLE'],
] as const)('a config that %s spoils its row, which keeps its digest', async (_name, fault, code) => {
  const made = await world()
  made.registry.faults.add({ match: /blobs/, times: 1, fault })
  const { '1.0': row } = await rowsOf(made, ['1.0'])
  expect(row).toMatchObject({ digest: made.digests.manifest, mediaType: OCI_MANIFEST, error: { code } })
  expect((await rowsOf(made, ['1.0']))['1.0']?.error).toBeUndefined()
})

test('an image without its config is partial', async () => {
  const made = await world()
  made.store.repository(REPOSITORY)?.blobs.delete(made.digests.config)
  expect((await rowsOf(made, ['1.0']))['1.0']).toMatchObject({ size: 42, partial: true, platforms: [] })
})

test('rows are sent as they become known: a slow tag does not delay the others', async () => {
  const made = await world()
  const tags = addImages(made, 30)
  made.registry.faults.add({ match: /manifests\/v1$/, fault: { kind: 'silence' } })
  const reader = await read(made, tags)
  await expect.poll(() => reader.rows()).toHaveLength(29)
  reader.leave()
})

test('the header is sent before any row', async () => {
  const made = await world()
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const reader = await read(made, ['1.0'])
  expect([reader.answer.statusCode, reader.rows()]).toEqual([200, []])
  reader.leave()
})

test('when a client disconnects, its requests are aborted and no further one begins', async () => {
  const made = await world()
  const tags = addImages(made, 200)
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const reader = await read(made, tags)
  await expect.poll(() => made.registry.openRequests(), { timeout: 10_000 }).toBe(16)
  reader.leave()
  await expect.poll(() => made.registry.openRequests()).toBe(0)
  // requests that began in their place would arrive before a later one is answered
  await made.app.inject({ method: 'GET', url: '/v2/_catalog' })
  expect(asked(made)).toEqual({ 'GET manifests': 16, 'GET v2': 1 })
})

test('a config that two clients need is requested once; when the first disconnects, the second requests it', async () => {
  const made = await world()
  made.registry.faults.add({ match: /blobs/, times: 1, fault: { kind: 'silence' } })
  const first = await read(made, ['1.0'])
  await expect.poll(() => made.registry.requests.map(({ method }) => method)).toHaveLength(2)
  const second = await read(made, ['1.1'])
  // the second manifest has arrived, and the one open request is the first client's for the config
  await expect.poll(() => made.registry.requests).toHaveLength(3)
  await expect.poll(() => made.registry.openRequests()).toBe(1)
  expect(asked(made)).toEqual({ 'GET manifests': 2, 'GET blobs': 1 })
  first.leave()
  await second.ended
  expect(second.rows()).toMatchObject([{ tag: '1.1', platforms: ['linux/amd64'] }])
  expect(asked(made)).toEqual({ 'GET blobs': 1 })
})

test('a config denied to the first client is requested by the second with its own rights', async () => {
  const made = await world({ auth: 'token' })
  const [admin, mira] = [await made.login('admin'), await made.login('mira')]
  await rowsOf(made, ['none'], mira)
  made.registry.faults.add({ match: /blobs/, times: 1, fault: { kind: 'delay', milliseconds: 300 } })
  made.registry.faults.add({ match: /blobs/, times: 1, fault: { kind: 'answer', status: 403 } })
  const first = read(made, ['1.0'], admin)
  await expect.poll(() => made.registry.requests.at(-1)?.url).toMatch(/blobs/)
  made.registry.requests.length = 0
  const second = await rowsOf(made, ['1.1'], mira)
  const reader = await first
  await reader.ended
  expect(reader.rows()).toMatchObject([{ tag: '1.0', error: { code: 'DENIED' } }])
  expect(second['1.1']).toMatchObject({ platforms: ['linux/amd64'] })
  expect(asked(made)).toEqual({ 'GET manifests': 1, 'GET blobs': 1 })
})

test('a client that the registry denies sees nothing that others may see', async () => {
  const made = await world({ auth: 'token' })
  const tags = addImages(made, 30, 'secret/store')
  const [admin, mira] = [await made.login('admin'), await made.login('mira')]
  await rowsOf(made, tags, admin, 'secret/store')
  made.registry.requests.length = 0
  const refused = await post(made, { tags }, mira, 'secret/store')
  const rows = parseRows(refused.body)
  expect(rows).toHaveLength(30)
  expect(new Set(rows.map(({ error }) => error?.code))).toEqual(new Set(['DENIED']))
  expect(refused.body).not.toMatch(/sha256|linux|2025/)
  // and there is not a request for each of them
  expect(made.registry.requests.length).toBeLessThan(60)
})

test('a digest’s cached data is not shown in another repository that lacks its documents', async () => {
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

test('each session proves its own access, once per tag', async () => {
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

test('a guest where a login is required: every row has that error, after few requests', async () => {
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

test('a session that has ended gets 401 and no stream; one that ends meanwhile gets UNAUTHORIZED rows at once', async () => {
  const made = await world({ auth: 'token' })
  const cookie = await made.login()
  await rowsOf(made, ['1.0'], cookie)
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
  const reader = await read(made, addImages(made, 50), cookie)
  await expect.poll(() => made.registry.openRequests(), { timeout: 10_000 }).toBe(16)
  await made.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie } })
  await reader.ended
  expect(reader.rows()).toHaveLength(50)
  expect(reader.rows()[0]?.error).toMatchObject({ code: 'UNAUTHORIZED', detail: { reason: 'session_ended' } })
  await expect.poll(() => made.registry.openRequests()).toBe(0)
  const late = await post(made, { tags: ['1.0'] }, cookie)
  expect([late.statusCode, late.json().errors[0].detail.reason]).toEqual([401, 'session_ended'])
})

test('a registry that is down: every row has that error, after few attempts', async () => {
  const made = await world()
  const tags = addImages(made, 300)
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'disconnect' } })
  const rows = Object.values(await rowsOf(made, tags))
  expect(new Set(rows.map(({ error }) => error?.code))).toEqual(new Set(['UNAVAILABLE']))
  expect(made.registry.requests.length).toBeLessThan(60)
})

test('asked to slow down, Gantry does, and every row arrives', async () => {
  const made = await world()
  const tags = addImages(made, 60)
  const fault = { kind: 'answer', status: 429, headers: { 'retry-after': '1' } } as const
  made.registry.faults.add({ match: /manifests/, times: 10, fault })
  const rows = Object.values(await rowsOf(made, tags))
  expect(rows.filter(({ error }) => error !== undefined)).toEqual([])
  expect(made.registry.requests).toHaveLength(60 + 60 + 10)
})

test('asked for a long wait, Gantry reports how long and sends no more requests', async () => {
  const made = await world()
  const tags = addImages(made, 300)
  const fault = { kind: 'answer', status: 429, headers: { 'retry-after': '60' } } as const
  made.registry.faults.add({ match: /manifests/, fault })
  const rows = Object.values(await rowsOf(made, tags))
  expect(rows).toHaveLength(300)
  expect(rows[0]?.error).toMatchObject({ code: 'TOOMANYREQUESTS', detail: { retryAfterSeconds: 60 } })
  expect(made.registry.requests.length).toBeLessThan(40)
})

const tagsBody = (count: number) => ({ tags: Array.from({ length: count }, (_, n) => `v${n}`) })
test.each([
  ['no list', {}, 'REQUEST_INVALID'],
  ['no object', [], 'REQUEST_INVALID'],
  ['an empty list', { tags: [] }, 'REQUEST_INVALID'],
  ['more than 500 tags', tagsBody(MAX_SUMMARIES + 1), 'REQUEST_INVALID'],
  ['a number', { tags: ['a', 1] }, 'REQUEST_INVALID'],
  ['no tag', { tags: ['a', '../b'] }, 'REQUEST_INVALID'],
  ['a digest', { tags: [digestOf(Buffer.from('x'))] }, 'REQUEST_INVALID'],
  ['a long tag', { tags: ['a'.repeat(129)] }, 'REQUEST_INVALID'],
  ['something else', { tags: ['a'], more: 1 }, 'REQUEST_INVALID'],
])('%s is 400, before any request to the registry', async (_name, body, code) => {
  const made = await world()
  const answer = await post(made, body)
  expect([answer.statusCode, answer.json().errors[0].code]).toEqual([400, code])
  expect(made.registry.requests).toEqual([])
})

test('the position of an invalid tag is named, and 500 tags are accepted', async () => {
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
  const answer = await app.inject({ method: 'POST', url, payload: { tags: ['a'] } })
  expect([answer.statusCode, answer.json().errors[0].code]).toEqual([status, code])
})

test('another site’s request is rejected', async () => {
  const { app } = await world()
  const headers = { 'sec-fetch-site': 'cross-site' }
  const url = '/api/repositories/payments/api/summaries'
  expect((await app.inject({ method: 'POST', url, headers, payload: { tags: ['1.0'] } })).statusCode).toBe(
    403,
  )
})
