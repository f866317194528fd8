// Rows of documents that real registries hold and send, with the in-process registry.

import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import { parseSummaryLine } from '../../shared/api/summaries.ts'
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import { zeroValueManifests } from '../../shared/oci/zero-values.test-data.ts'
import { startWorld, type World } from '../testing/world.ts'

const REPOSITORY = 'payments/api'
const CREATED = 'org.opencontainers.image.created'
const GO_ZERO = '0001-01-01T00:00:00Z'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function world(): Promise<World> {
  const made = await startWorld({ auth: 'none', env: { REGISTRY_AUTH_TYPE: 'none' } })
  closers.push(made.close)
  return made
}

async function rowOf({ app }: World, tag: string): Promise<SummaryRow> {
  const url = `/api/repositories/${REPOSITORY}/summaries`
  const response = await app.inject({ method: 'POST', url, payload: { tags: [tag] } })
  return parseSummaryLine(response.body.trim()) ?? expect.fail(response.body)
}

/** Stores bytes. @returns a descriptor's digest and size. */
function put({ store }: World, content: string) {
  const bytes = Buffer.from(content)
  return { digest: store.putBlob(REPOSITORY, bytes), size: bytes.length }
}

function putImage(made: World, tag: string, config: string, more: object = {}) {
  const content = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, ...put(made, config) },
    layers: [],
    ...more,
  }
  const { digest, bytes } = made.store.putManifest(REPOSITORY, OCI_MANIFEST, content, tag)
  return { digest, size: bytes.length }
}

test('manifests with Go’s zero values have rows like any other', async () => {
  const made = await world()
  const [config, layer] = [put(made, '{"os":"linux","architecture":"amd64"}'), put(made, 'a layer')]
  const image = putImage(made, 'whole', '{"os":"linux","architecture":"amd64"}', {
    config: { mediaType: OCI_CONFIG, ...config },
    layers: [{ mediaType: OCI_LAYER_GZIP, ...layer }],
  })
  for (const { name, mediaType, content, row } of zeroValueManifests(config, layer, image)) {
    made.store.putManifest(REPOSITORY, mediaType, content, name)
    const actual = await rowOf(made, name)
    if (actual.error !== undefined) expect.fail(`${name}: ${actual.error.message}`)
    const { size, sizeAtLeast, platforms, partial } = actual
    expect([name, { size, sizeAtLeast, platforms, partial }]).toEqual([name, row])
  }
})

test('a layer or an entry without a valid digest is skipped, and the row is partial', async () => {
  const made = await world()
  const layer = { mediaType: OCI_LAYER_GZIP, ...put(made, 'a layer') }
  const image = putImage(made, 'layer', '{}', { layers: [layer, { ...layer, digest: 'sha256:../x' }] })
  expect(await rowOf(made, 'layer')).toMatchObject({ sizeAtLeast: 2 + 7, partial: true })
  const platform = { os: 'linux', architecture: 'amd64' }
  const manifests = [{ mediaType: OCI_MANIFEST, ...image, platform }, { digest: 7 }]
  made.store.putManifest(REPOSITORY, OCI_INDEX, { schemaVersion: 2, manifests }, 'entry')
  expect(await rowOf(made, 'entry')).toMatchObject({ platforms: ['linux/amd64'], partial: true })
})

test.each<[string, string, object, string | undefined]>([
  [
    'an empty date, and a label',
    JSON.stringify({ created: '', config: { Labels: { [CREATED]: '2024-05-06T07:08:09Z' } } }),
    {},
    '2024-05-06T07:08:09Z',
  ],
  [
    'a date with twelve decimals',
    '{"created":"2024-05-06T07:08:09.123456789012Z"}',
    {},
    '2024-05-06T07:08:09.123456789012Z',
  ],
  [
    'Go’s zero time, and an annotation',
    `{"created":"${GO_ZERO}"}`,
    { annotations: { [CREATED]: '2024-05-06T07:08:09Z' } },
    '2024-05-06T07:08:09Z',
  ],
  [
    'Go’s zero time everywhere',
    `{"created":"${GO_ZERO}"}`,
    { annotations: { [CREATED]: GO_ZERO } },
    undefined,
  ],
])('the date of an image with %s is that of its page', async (_name, config, more, created) => {
  const made = await world()
  putImage(made, 'dated', config, more)
  const row = await rowOf(made, 'dated')
  expect(row.error === undefined && row.created).toBe(created)
})

test.each(['', 'not JSON', '[]', 'null'])(
  'a config that is %j makes the row partial, not fail',
  async (config) => {
    const made = await world()
    const image = putImage(made, 'config', config)
    const row = { digest: image.digest, size: config.length, platforms: [], partial: true }
    expect(await rowOf(made, 'config')).toMatchObject(row)
    // and it is cached, since a digest never changes: one HEAD confirms the tag
    made.registry.requests.length = 0
    expect(await rowOf(made, 'config')).toMatchObject(row)
    expect(made.registry.requests.map(({ method }) => method)).toEqual(['HEAD'])
  },
)

test.each([
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('a manifest and a config that are sent as %s without being asked for', async (encoding, pack) => {
  const made = await world()
  const document = made.store.repository(REPOSITORY)?.manifests.get(made.digests.manifest)
  const config = made.store.repository(REPOSITORY)?.blobs.get(made.digests.config)
  const compressed = (bytes: Buffer | undefined, type: string) => ({
    kind: 'respond' as const,
    status: 200,
    headers: { 'content-type': type, 'content-encoding': encoding },
    body: pack(bytes ?? ''),
  })
  made.registry.faults.add({ match: /manifests/, fault: compressed(document?.bytes, OCI_MANIFEST) })
  made.registry.faults.add({ match: /blobs/, fault: compressed(config, 'application/octet-stream') })
  expect(await rowOf(made, '1.0')).toMatchObject({
    digest: made.digests.manifest,
    platforms: ['linux/amd64'],
  })
  expect(made.registry.requests.map(({ headers }) => headers['accept-encoding'])).toEqual(
    made.registry.requests.map(() => 'identity'),
  )
})

test.each([
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v1+json',
])('an index that is labelled %s is read as an index', async (type) => {
  const made = await world()
  const platform = { os: 'linux', architecture: 'amd64' }
  const manifests = [{ mediaType: OCI_MANIFEST, ...putImage(made, 'image', '{}'), platform }]
  made.store.putManifest(
    REPOSITORY,
    OCI_INDEX,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    'index',
  )
  made.registry.faults.add({
    match: /manifests/,
    fault: { kind: 'headers', headers: { 'content-type': type } },
  })
  expect(await rowOf(made, 'index')).toMatchObject({ platforms: ['linux/amd64'] })
})

test('a config that is labelled as compressed, but is not, is verified as it was sent', async () => {
  const made = await world()
  made.registry.faults.add({
    match: /blobs/,
    fault: { kind: 'headers', headers: { 'content-encoding': 'gzip' } },
  })
  expect(await rowOf(made, '1.0')).toMatchObject({ platforms: ['linux/amd64'] })
})
