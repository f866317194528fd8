import { expect, onTestFinished, test, vi } from 'vitest'
import type { DeletionPlan } from '../../shared/api/deletion.ts'
import { OCI_INDEX, OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import { type Deletable, REPOSITORY, start } from '../testing/deletable-world.ts'
import type { FaultRule } from '../testing/faults.ts'
import { buildArtifact, buildImage, buildIndex, createLayer, noise } from '../testing/image-builder.ts'

test('by tag: the plan lists the tags that stay, and only requested ones are deleted', async () => {
  const made = await start('single')
  const plan = await made.plan('1.0')
  expect(plan).toMatchObject({
    mode: 'tag',
    manifests: [{ digest: made.digests.manifest, asked: ['1.0'], others: ['1.1', 'latest'], referrers: [] }],
    bytes: 0,
    tagCount: 5,
  })
  const response = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['1.1'] })
  expect(response.statusCode).toBe(202)
  expect(made.tags()).toEqual(['1.1', '2.0', '3.0', 'latest'])
})

test('by digest: the plan lists every deleted tag, requested or not', async () => {
  const made = await start('refused')
  const plan = await made.plan('1.0')
  expect(plan).toMatchObject({
    mode: 'digest',
    manifests: [{ digest: made.digests.manifest, asked: ['1.0'], others: ['1.1', 'latest'] }],
    bytes: 42,
  })
  const response = await made.remove(made.digests.manifest, { tags: ['1.0', '1.1', 'latest'] })
  expect(response.statusCode).toBe(202)
  expect(made.tags()).toEqual(['2.0', '3.0'])
})

test('the probe deletes nothing, and is sent once', async () => {
  const made = await start('single')
  const before = made.tags()
  await made.plan('1.0')
  const probes = () => made.registry.requests.filter(({ method }) => method === 'DELETE')
  expect(probes()).toHaveLength(1)
  expect(probes()[0]?.url).toMatch(/\/manifests\/gantry-probe-[0-9a-f]{24}$/)
  await made.plan('2.0')
  expect(probes()).toHaveLength(1)
  expect(made.tags()).toEqual(before)
})

test.each([
  ['404 NAME_UNKNOWN, which is about the repository', 404, 'NAME_UNKNOWN', 'digest'],
  ['404 MANIFEST_UNKNOWN', 404, 'MANIFEST_UNKNOWN', 'tag'],
  ['500 UNKNOWN, as distribution 3 on some storage', 500, 'UNKNOWN', 'tag'],
  ['400 DIGEST_INVALID, as distribution 2.8', 400, 'DIGEST_INVALID', 'digest'],
  ['405 UNSUPPORTED', 405, 'UNSUPPORTED', 'digest'],
  ['501', 501, 'UNSUPPORTED', 'digest'],
  ['500 of another kind', 500, 'INTERNAL', 'digest'],
  ['502', 502, 'UNKNOWN', 'digest'],
])('a registry that responds to the probe with %s deletes by %s', async (_name, status, code, mode) => {
  const made = await start('single')
  made.registry.faults.add({
    match: ({ method }) => method === 'DELETE',
    fault: {
      kind: 'respond',
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ errors: [{ code, message: 'x' }] }),
    },
  })
  expect((await made.plan('1.0')).mode).toBe(mode)
})

test('bytes: shared layers count once, and only if no other tag uses them', async () => {
  const made = await start('refused')
  const [alone, both] = [await made.plan('2.0'), await made.plan('2.0', '3.0')]
  const size = (digest: string | undefined) =>
    made.store.repository(REPOSITORY)?.blobs.get(digest ?? '')?.length
  const blobs = new Map<string, number>()
  for (const { digest } of both.manifests) {
    const bytes = made.store.repository(REPOSITORY)?.manifests.get(digest)?.bytes
    const { config, layers } = JSON.parse(String(bytes))
    for (const { digest: blob } of [config, ...layers]) blobs.set(blob, size(blob) ?? Number.NaN)
  }
  expect(both.bytes).toBe([...blobs.values()].reduce((sum, bytes) => sum + bytes, 0))
  expect(alone.bytes).toBeLessThan(both.bytes)
  expect(alone.bytes).toBeGreaterThan(0)
})

test('referrers of a deleted manifest are listed, those of a kept one are not', async () => {
  const made = await start('single')
  const hex = made.digests.manifest.slice('sha256:'.length)
  made.store.tag(REPOSITORY, `sha256-${hex}.sig`, made.digests.manifest)
  const all = await made.plan('1.0', '1.1', 'latest', `sha256-${hex}.sig`)
  expect(all.manifests[0]?.referrers).toEqual([])
  made.store.tag(REPOSITORY, `sha256-${hex}.sig`, String((await made.plan('3.0')).manifests[0]?.digest))
  const signed = await made.plan('1.0', '1.1', 'latest')
  expect(signed.manifests[0]?.referrers).toEqual([{ type: 'cosign signature', tag: `sha256-${hex}.sig` }])
  expect((await made.plan('1.0')).manifests[0]?.referrers).toEqual([])
})

test('broken and missing tags are listed apart from manifests', async () => {
  const made = await start('single')
  made.store.tag(REPOSITORY, 'broken', `sha256:${'0'.repeat(64)}`)
  const plan = await made.plan('broken', 'never-was', '2.0')
  expect(plan).toMatchObject({ broken: ['broken'], gone: ['never-was'], tagCount: 6 })
  expect(plan.manifests.map(({ asked }) => asked)).toEqual([['2.0']])
  made.store.tag(REPOSITORY, 'broken', made.digests.manifest)
  // pushed again since: the plan no longer holds
  expect((await made.remove('broken', { digest: null })).statusCode).toBe(409)
  made.store.tag(REPOSITORY, 'broken', `sha256:${'0'.repeat(64)}`)
  expect((await made.remove('broken', { digest: null })).statusCode).toBe(202)
})

test('a plan is complete or fails: one tag that cannot be resolved fails it', async () => {
  const made = await start('refused')
  made.registry.faults.add({ match: /\/manifests\/3\.0$/, fault: { kind: 'respond', status: 500 } })
  const lines = await made.planLines(['1.0'])
  expect(lines.at(-1)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
})

test('deletion switched off: neither a plan nor a deletion', async () => {
  const made = await start('single', { env: { REGISTRY_ALLOW_DELETE: 'false' } })
  expect((await made.remove('1.0')).statusCode).toBe(405)
  const plan = await made.app.inject({
    method: 'POST',
    url: `/api/repositories/${REPOSITORY}/deletion-plan`,
    headers: { cookie: made.cookie },
    payload: { tags: ['1.0'] },
  })
  expect(plan.statusCode).toBe(405)
})

/** Tags `arm`, an image, and `multi`, an index with that image and an untagged one. */
function addIndex({ store }: Deletable) {
  const image = (architecture: string) =>
    buildImage(store, REPOSITORY, {
      created: '2025-01-01T00:00:00Z',
      platform: { os: 'linux', architecture },
      steps: [{ by: 'RUN', layer: createLayer({ own: noise(architecture, 300) }) }],
    })
  const [amd, arm] = [image('amd64'), image('arm64')]
  const index = buildIndex(store, REPOSITORY, [amd, arm])
  store.tag(REPOSITORY, 'arm', arm.digest)
  store.tag(REPOSITORY, 'multi', index.digest)
  return { amd, arm, index }
}

test('by digest: a kept index that loses an image is listed, and frees no bytes', async () => {
  const made = await start('refused')
  addIndex(made)
  expect(await made.plan('arm')).toMatchObject({
    manifests: [{ asked: ['arm'], others: [], imageOf: ['multi'] }],
    bytes: 0,
  })
  const both = await made.plan('arm', 'multi')
  expect(both.manifests.map(({ imageOf }) => imageOf)).toEqual([undefined, undefined])
  expect(both.bytes).toBeGreaterThan(0)
})

test('by tag: a kept index keeps its image and the image’s referrers', async () => {
  const made = await start('single')
  const { arm, index } = addIndex(made)
  const signature = `sha256-${arm.digest.slice('sha256:'.length)}.sig`
  made.store.tag(REPOSITORY, signature, made.digests.manifest)
  expect((await made.plan('arm')).manifests[0]).toMatchObject({ imageOf: ['multi'], referrers: [] })
  // the image still has a tag of its own
  expect((await made.plan('multi')).manifests[0]).toMatchObject({ digest: index.digest, referrers: [] })
  const both = await made.plan('multi', 'arm')
  expect(both.manifests.map(({ referrers }) => referrers)).toEqual([
    [{ type: 'cosign signature', tag: signature }],
    [{ type: 'cosign signature', tag: signature }],
  ])
})

test('manifests are in the order requested, not in the registry’s', async () => {
  const made = await start('single')
  const plan = await made.plan('3.0', 'latest', '2.0', '1.0')
  expect(plan.manifests.map(({ asked }) => asked)).toEqual([['3.0'], ['1.0', 'latest'], ['2.0']])
})

test.each([
  ['to another path', '</elsewhere/v2/payments/api/tags/list?last=3.0>; rel="next"'],
  ['in circles', '</v2/payments/api/tags/list>; rel="next"'],
])('a tag list that links %s fails the plan: some tags may be missing', async (_name, link) => {
  const made = await start('refused')
  made.registry.faults.add({ match: /tags\/list/, fault: { kind: 'headers', headers: { link } } })
  const last = (await made.planLines(['1.0'])).at(-1)
  expect(last).toMatchObject({ error: { code: 'UNAVAILABLE', detail: { reason: 'bad_answer' } } })
})

const LIST = '/v2/payments/api/tags/list'
/** Serves these pages of the tag list, by query, each with its Link field. */
function serveTagPages({ registry }: Deletable, pages: Readonly<Record<string, [string[], string?]>>) {
  registry.faults.add({
    match: ({ url }) => url.split('?', 1)[0] === LIST,
    fault({ url }) {
      const [tags, link] = pages[url.slice(LIST.length)] ?? [[]]
      const headers = { 'content-type': 'application/json', ...(link !== undefined && { link }) }
      return { kind: 'respond', status: 200, headers, body: JSON.stringify({ tags }) }
    },
  })
}

test.each<[string, Record<string, [string[], string?]>]>([
  [
    'with query keys of its own (interop 1)',
    {
      '': [['1.0', '1.1'], `<${LIST}?last=1.1&n=2&orderby=>; rel="next"`],
      '?last=1.1&n=2&orderby=': [['2.0', '3.0', 'latest']],
    },
  ],
  [
    'with another prefix (interop 2)',
    {
      '': [['1.0', '1.1'], `<http://nexus:5002/repository/x${LIST}?last=1.1&n=2>; rel="next"`],
      '?last=1.1&n=2': [['2.0', '3.0', 'latest']],
    },
  ],
  [
    'with an empty page that links to itself (interop 18)',
    {
      '': [['1.0', '1.1', '2.0', '3.0', 'latest'], `<${LIST}?last=latest>; rel="next"`],
      '?last=latest': [[], `<${LIST}?last=latest>; rel="next"`],
    },
  ],
])('a tag list that continues %s is read to its end', async (_name, pages) => {
  const made = await start('refused')
  serveTagPages(made, pages)
  const plan = await made.plan('1.0')
  expect([plan.tagCount, plan.manifests[0]?.others]).toEqual([5, ['1.1', 'latest']])
})

test.each<[string, Record<string, [string[], string?]>]>([
  ['a Link without brackets', { '': [['1.0'], `${LIST}?last=1.0; rel="next"`] }],
  ['a Link without a relation', { '': [['1.0'], `<${LIST}?last=1.0>`] }],
  ['n=-1', { '': [['1.0'], `<${LIST}?last=1.0&n=-1>; rel="next"`] }],
  ['another list', { '': [['1.0'], '</v2/secret/store/tags/list?last=1.0>; rel="next"'] }],
  [
    'a query appended to itself (interop 16)',
    {
      '': [['1.0', '1.1'], `<${LIST}?n=2&last=1.1>; rel="next"`],
      '?n=2&last=1.1': [['2.0'], `<${LIST}?n=2&last=1.1?n=2&last=2.0>; rel="next"`],
    },
  ],
  [
    'pages that ignore last',
    {
      '': [['1.0'], `<${LIST}?last=1.0>; rel="next"`],
      '?last=1.0': [['1.0'], `<${LIST}?last=1.0&x>; rel="next"`],
    },
  ],
  [
    'a loop through an empty page',
    {
      '': [['1.0'], `<${LIST}?last=1.0>; rel="next"`],
      '?last=1.0': [[], `<${LIST}>; rel="next"`],
    },
  ],
])('a tag list that cannot be read to its end fails the plan: %s', async (_name, pages) => {
  const made = await start('refused')
  serveTagPages(made, pages)
  expect((await made.planLines(['1.0'])).at(-1)).toMatchObject({
    error: { code: 'UNAVAILABLE', message: expect.stringContaining('some may be missing') },
  })
})

test('endless empty pages fail the plan after ten requests', async () => {
  const made = await start('refused')
  let page = 0
  made.registry.faults.add({
    match: /tags\/list/,
    fault: () => ({
      kind: 'respond',
      status: 200,
      headers: { 'content-type': 'application/json', link: `<${LIST}?token=${++page}>; rel="next"` },
      body: '{"tags":[]}',
    }),
  })
  expect((await made.planLines(['1.0'])).at(-1)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
  expect(page).toBe(10)
})

test.each([
  ['continues', '<?token=x>; rel="next"'],
  ['has a malformed Link', '?token=x; rel=next'],
])('a list of referrers that %s: the plan says that there are more', async (_name, link) => {
  const made = await start('refused')
  made.registry.faults.add({ match: /referrers/, fault: { kind: 'headers', headers: { link } } })
  expect((await made.plan('2.0')).manifests[0]?.referrers).toEqual([{ type: 'more than are listed here' }])
})

test('a list of tags or referrers is requested again if the registry is busy', async () => {
  const made = await start('refused')
  const fault = { kind: 'respond', status: 503, headers: { 'retry-after': '0' } } as const
  made.registry.faults.add({ match: /tags\/list|referrers/, times: 3, fault })
  expect((await made.plan('2.0')).manifests).toHaveLength(1)
})

test('referrers are found by the API, and those that are deleted as well are not orphaned', async () => {
  const made = await start('refused')
  const subject = (await made.plan('2.0')).manifests[0]?.digest ?? ''
  const of = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 1 }
  const referrer = (artifactType: string) =>
    buildArtifact(made.store, REPOSITORY, { artifactType, layers: [], subject: of })
  const [sbom, notes] = [referrer('application/spdx+json'), referrer('application/vnd.example.notes')]
  made.store.tag(REPOSITORY, 'notes', notes.digest)
  const digestsOf = async (...tags: string[]) =>
    (await made.plan(...tags)).manifests[0]?.referrers.map(({ digest }) => digest).sort()
  expect(await digestsOf('2.0')).toEqual([sbom.digest, notes.digest].sort())
  expect(await digestsOf('2.0', 'notes')).toEqual([sbom.digest])
})

test('referrers are found by the fallback tag if there is no API', async () => {
  const made = await start('refused', { registry: { referrersApi: false } })
  const subject = (await made.plan('2.0')).manifests[0]?.digest ?? ''
  const notes = buildArtifact(made.store, REPOSITORY, { artifactType: 'application/vnd.x', layers: [] })
  const list = buildIndex(made.store, REPOSITORY, [{ ...notes, artifactType: 'application/vnd.x' } as never])
  const tag = subject.replace(':', '-')
  made.store.tag(REPOSITORY, tag, list.digest)
  expect((await made.plan('2.0')).manifests[0]?.referrers).toEqual([
    { type: 'list of referrers', tag },
    { type: 'application/vnd.x', digest: notes.digest },
  ])
})

test('a plan ends with its session', async () => {
  const made = await start('refused')
  made.registry.faults.add({ match: /manifests\/3\.0$/, fault: { kind: 'silence' } })
  const lines = made.planLines(['1.0'])
  await expect.poll(() => made.registry.openRequests()).toBe(1)
  await made.app.inject({ method: 'DELETE', url: '/api/session', headers: { cookie: made.cookie } })
  expect((await lines).at(-1)).toMatchObject({
    error: { code: 'UNAUTHORIZED', detail: { reason: 'session_ended' } },
  })
  await expect.poll(() => made.registry.openRequests()).toBe(0)
})

/** `arm` is an image; `keep` lists it in a document made of its descriptor and that of an image that is kept. */
function keepArm(made: Deletable, content: (arm: object, other: object) => object) {
  const { arm, amd } = addIndex(made)
  made.store.repository(REPOSITORY)?.tags.delete('multi')
  made.store.putManifest(REPOSITORY, OCI_INDEX, content(arm, amd), 'keep')
  return arm
}
const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })

test.each<[string, (arm: object, other: object, made: Deletable) => object]>([
  ['annotations that Gantry does not read', (arm) => ({ ...index(arm), annotations: { x: null } })],
  [
    'an entry without a media type and a size',
    (arm) => index({ digest: (arm as { digest: string }).digest }),
  ],
  ['a platform without an OS', (arm) => index({ ...arm, platform: { architecture: 'arm64' } })],
  [
    'an attestation beside its image',
    (arm, other) => index(other, { ...arm, platform: { os: 'unknown', architecture: 'unknown' } }),
  ],
  [
    'the seventieth platform',
    (arm, other) =>
      index(
        ...Array.from({ length: 69 }, (_, n) => ({
          ...other,
          platform: { os: 'linux', architecture: `a${n}` },
        })),
        arm,
      ),
  ],
  [
    'an index in an index',
    (arm, _other, { store }) => {
      const inner = store.putManifest(REPOSITORY, OCI_INDEX, index(arm))
      return index({ mediaType: OCI_INDEX, digest: inner.digest, size: inner.bytes.length })
    },
  ],
  [
    'keys in another case, as Go reads them',
    (arm) => {
      const { mediaType, digest, size } = arm as Record<string, unknown>
      const Manifests = [{ MediaType: mediaType, Digest: digest, Size: size }]
      return { schemaVersion: 2, mediaType: OCI_INDEX, Manifests }
    },
  ],
  [
    'two digests, of which readers use either',
    (arm) => index({ ...arm, digest: 'x', Digest: (arm as { digest: string }).digest }),
  ],
  [
    'a media type that hides it',
    (arm) => index({ ...arm, mediaType: 'application/vnd.example.config.v1+json' }),
  ],
])('by digest: a kept tag that loses a part is listed: %s', async (_name, content) => {
  const made = await start('refused')
  keepArm(made, (arm, other) => content(arm, other, made))
  const plan = await made.plan('arm')
  expect(plan).toMatchObject({ manifests: [{ asked: ['arm'], others: [], imageOf: ['keep'] }], bytes: 0 })
  expect((await made.plan('arm', 'keep')).manifests.map(({ imageOf }) => imageOf)).toEqual([
    undefined,
    undefined,
  ])
})

test('a HEAD with a digest that no GET returns fails the plan', async () => {
  const made = await start('refused')
  keepArm(made, (arm) => index(arm))
  made.registry.faults.add({
    match: ({ method, url }) => method === 'HEAD' && url.endsWith('/manifests/keep'),
    fault: { kind: 'headers', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } },
  })
  expect((await made.planLines(['arm'])).at(-1)).toMatchObject({
    error: { code: 'CONFLICT', detail: { reason: 'tag_moved', tag: 'keep' } },
  })
})

test('a HEAD with the digest of one platform does not replace the index to be deleted', async () => {
  const made = await start('refused')
  const { arm, index: multi } = addIndex(made)
  made.registry.faults.add({
    match: ({ method, url }) => method === 'HEAD' && url.endsWith('/manifests/multi'),
    fault: { kind: 'headers', headers: { 'docker-content-digest': arm.digest } },
  })
  expect((await made.plan('multi')).manifests[0]).toMatchObject({ digest: multi.digest, asked: ['multi'] })
})

test('an index labelled as schema 1 is read as an index', async () => {
  const made = await start('refused')
  keepArm(made, (arm) => index(arm))
  const headers = { 'content-type': 'application/vnd.docker.distribution.manifest.v1+prettyjws' }
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'headers', headers } })
  expect((await made.plan('arm')).manifests[0]).toMatchObject({ imageOf: ['keep'] })
})

test('the subject of a kept manifest is not a part of it', async () => {
  const made = await start('refused')
  const { arm } = addIndex(made)
  const signature = buildArtifact(made.store, REPOSITORY, {
    artifactType: 'application/vnd.x',
    layers: [],
    subject: arm,
  })
  made.store.tag(REPOSITORY, 'signature', signature.digest)
  expect((await made.plan('arm')).manifests[0]).toMatchObject({ imageOf: ['multi'] })
})

/** Nests a descriptor in `depth` indexes, and tags the outermost as `deep`. */
function nested({ store }: Deletable, depth: number, innermost: object): void {
  let inner = innermost
  for (let level = 0; level < depth; level++) {
    const { digest, bytes } = store.putManifest(REPOSITORY, OCI_INDEX, index(inner))
    inner = { mediaType: OCI_INDEX, digest, size: bytes.length }
  }
  store.tag(REPOSITORY, 'deep', (inner as { digest: string }).digest)
}

test('indexes nested too deeply fail the plan, unless their tag is deleted as well', async () => {
  const made = await start('refused')
  const { arm } = addIndex(made)
  nested(made, 8, arm)
  expect((await made.plan('arm')).manifests[0]?.imageOf?.toSorted()).toEqual(['deep', 'multi'])
  nested(made, 9, arm)
  const last = (await made.planLines(['arm'])).at(-1)
  expect(last?.error).toMatchObject({
    code: 'UNSUPPORTED',
    detail: { reason: 'too_much_to_read', tag: 'deep' },
  })
  expect(last?.error?.message).toMatch(/deep.*more than 8 levels deep/)
  expect(await made.plan('arm', 'deep')).toMatchObject({
    manifests: [{ imageOf: ['multi'] }, {}],
    partial: true,
  })
})

test.each<[string, Buffer]>([
  ['is not JSON', Buffer.from('{"manifests":[')],
  ['is too large', Buffer.from(`{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`)],
])('a kept tag whose manifest %s fails the plan, which names it', async (_name, bytes) => {
  const made = await start('refused')
  made.store.putManifest(REPOSITORY, OCI_INDEX, bytes, 'odd')
  const { error } = (await made.planLines(['1.0'])).at(-1) ?? {}
  expect(error).toMatchObject({ code: 'UNAVAILABLE', detail: { reason: 'bad_answer', tag: 'odd' } })
  expect(error?.message).toMatch(/^The tag odd cannot be read/)
  // requested itself, it only makes the number of bytes a lower bound
  expect(await made.plan('odd')).toMatchObject({ manifests: [{ asked: ['odd'] }], bytes: 0, partial: true })
})

test.each([500, 403])('a kept tag that gets a %d fails the plan, which names it', async (status) => {
  const made = await start('refused')
  const { digest } = made.store.putManifest(REPOSITORY, OCI_INDEX, index(), 'odd')
  made.registry.faults.add({ match: new RegExp(digest), fault: { kind: 'respond', status } })
  const { error } = (await made.planLines(['1.0'])).at(-1) ?? {}
  expect(error).toMatchObject({
    message: expect.stringMatching(/^The tag odd cannot be read/),
    detail: { tag: 'odd' },
  })
})

test('a tag without a manifest is broken; an index without its image is not', async () => {
  const made = await start('refused')
  const { arm } = addIndex(made)
  made.store.repository(REPOSITORY)?.manifests.delete(arm.digest)
  expect(await made.plan('arm', '1.0')).toMatchObject({ broken: ['arm'], manifests: [{ asked: ['1.0'] }] })
})

test('bytes have an upper bound if a kept image cannot be read', async () => {
  const made = await start('refused')
  const odd = made.store.putManifest(REPOSITORY, OCI_MANIFEST, Buffer.from('{'))
  const child = { mediaType: OCI_MANIFEST, digest: odd.digest, size: 1 }
  made.store.putManifest(REPOSITORY, OCI_INDEX, index(child), 'half')
  expect(await made.plan('1.0')).toMatchObject({ bytes: 0, partial: true, bytesAtMost: 42 })
})

test('a registry fault on a kept image fails the plan, which names the tag', async () => {
  const made = await start('refused')
  const child = made.store.putManifest(REPOSITORY, OCI_MANIFEST, withoutSizes(made))
  made.store.putManifest(
    REPOSITORY,
    OCI_INDEX,
    index({ mediaType: OCI_MANIFEST, digest: child.digest, size: child.bytes.length }),
    'half',
  )
  made.registry.faults.add({ match: new RegExp(child.digest), fault: { kind: 'respond', status: 500 } })
  expect((await made.planLines(['1.0'])).at(-1)).toMatchObject({
    error: { message: expect.stringMatching(/^The tag half cannot be read/), detail: { tag: 'half' } },
  })
})

test('bytes are a lower bound if something deleted cannot be read', async () => {
  const made = await start('refused')
  const odd = made.store.putManifest(REPOSITORY, OCI_MANIFEST, Buffer.from('{'))
  const child = { mediaType: OCI_MANIFEST, digest: odd.digest, size: 1 }
  made.store.putManifest(REPOSITORY, OCI_INDEX, index(child), 'half')
  const plan = await made.plan('1.0', 'half')
  expect(plan).toMatchObject({ bytes: 42, partial: true })
  expect(plan).not.toHaveProperty('bytesAtMost')
})

const isHead = ({ method }: { method: string }) => method === 'HEAD'

test.each([400, 403, 404, 405, 501])(
  'plans and deletions are the same if the registry responds to HEAD with %d',
  async (status) => {
    for (const tagDeletion of ['single', 'refused'] as const) {
      const [usual, made] = [await start(tagDeletion), await start(tagDeletion)]
      made.registry.faults.add({ match: isHead, fault: { kind: 'respond', status } })
      expect(await made.plan('1.0', '2.0')).toEqual(await usual.plan('1.0', '2.0'))
      const { manifest } = made.digests
      const response =
        tagDeletion === 'single'
          ? await made.remove('1.0', { digest: manifest, siblings: ['1.1'] })
          : await made.remove(manifest, { tags: ['1.0', '1.1', 'latest'] })
      expect(response.statusCode).toBe(202)
      expect(made.tags()).toEqual(tagDeletion === 'single' ? ['1.1', '2.0', '3.0', 'latest'] : ['2.0', '3.0'])
      // found out once, by the requests in flight together
      const heads = () => made.registry.requests.filter(isHead).length
      expect(heads()).toBeLessThanOrEqual(6)
      made.registry.requests.length = 0
      await made.plan('3.0')
      expect(heads()).toBeLessThanOrEqual(1)
    }
  },
)

test('plans and deletions are the same if the registry never sends a digest', async () => {
  const made = await start('refused')
  const headers = { 'docker-content-digest': '', etag: '' }
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'headers', headers } })
  const plan = await made.plan('1.0')
  expect(plan.manifests).toMatchObject([{ digest: made.digests.manifest, others: ['1.1', 'latest'] }])
  expect((await made.remove(made.digests.manifest, { tags: ['1.0', '1.1'] })).statusCode).toBe(202)
})

test.each([400, 401, 403, 405, 500])(
  'a registry that responds to a missing tag with %d deletes by digest, and gets no probe',
  async (status) => {
    const made = await start('single')
    made.registry.faults.add({ match: /gantry-probe/, fault: { kind: 'respond', status } })
    expect((await made.plan('1.0')).mode).toBe('digest')
    expect(made.registry.requests.filter(({ method }) => method === 'DELETE')).toEqual([])
  },
)

const referrers = /\/referrers\//
const html = { 'content-type': 'text/html' }
const responds = (status: number, body = '', headers = {}): FaultRule['fault'] => ({
  kind: 'respond',
  status,
  headers,
  body,
})

test.each<[string, FaultRule['fault'], DeletionPlan['referrersUnknown']]>([
  ['404', responds(404), 'none'],
  ['405', responds(405), 'none'],
  ['406', responds(406), 'none'],
  ['501', responds(501), 'none'],
  ['401 without a challenge', responds(401), 'refused'],
  ['403', responds(403), 'refused'],
  ['400', responds(400), 'failed'],
  ['500', responds(500), 'failed'],
  ['502', responds(502), 'failed'],
  ['503', responds(503, '', { 'retry-after': '0' }), 'failed'],
  ['a page', responds(200, '<h1>Hi</h1>', html), 'failed'],
  ['another document', responds(200, '{}'), 'failed'],
  ['a broken connection', { kind: 'disconnect' }, 'failed'],
])(
  'a referrers API that responds with %s: the plan uses tags, and says so',
  async (_name, fault, unknown) => {
    for (const auth of ['none', 'basic', 'token'] as const) {
      const made = await start('refused', { auth })
      const subject = (await made.plan('2.0')).manifests[0]?.digest ?? ''
      const signature = `${subject.replace(':', '-')}.sig`
      made.store.tag(REPOSITORY, signature, made.digests.manifest)
      made.registry.faults.add({ match: referrers, fault })
      const plan = await made.plan('2.0')
      expect(plan.referrersUnknown).toBe(unknown)
      expect(plan.manifests[0]?.referrers).toEqual([{ type: 'cosign signature', tag: signature }])
      expect((await made.plan('1.0')).referrersUnknown).toBe(unknown)
    }
  },
)

test('a referrers API is not followed to another origin, whatever it would respond', async () => {
  const [made, other] = [await start('refused'), await start('refused', { auth: 'none' })]
  const location = `${other.registry.origin}/v2/payments/api/referrers/${other.digests.manifest}`
  for (const status of [undefined, 429]) {
    if (status !== undefined) other.registry.faults.add({ match: referrers, fault: responds(status) })
    made.registry.faults.add({ match: referrers, fault: { kind: 'redirect', location, status: 303 } })
    expect((await made.plan('1.0')).referrersUnknown).toBe('failed')
  }
  expect(other.registry.requests.filter(({ url }) => referrers.test(url))).toEqual([])
})

test('a missing referrers API is remembered for the repository for an hour, a denial is not', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const made = await start('refused', { auth: 'none' })
  const requests = () => made.registry.requests.filter(({ url }) => referrers.test(url)).length
  made.registry.faults.add({ match: referrers, times: 1, fault: responds(403) })
  expect((await made.plan('1.0')).referrersUnknown).toBe('refused')
  made.registry.faults.add({ match: referrers, times: 1, fault: responds(404) })
  expect((await made.plan('1.0', '2.0')).referrersUnknown).toBe('none')
  const before = requests()
  expect((await made.plan('1.0')).referrersUnknown).toBe('none')
  expect(requests()).toBe(before)
  vi.setSystemTime(Date.now() + 60 * 60_000 + 1)
  expect(await made.plan('1.0')).not.toHaveProperty('referrersUnknown')
})

test('a referrers API that denies one manifest still gets requests for others, but not for hundreds', async () => {
  const made = await start('refused', { auth: 'none' })
  const { amd, index: multi } = addIndex(made)
  const subject = { mediaType: OCI_MANIFEST, digest: amd.digest, size: 1 }
  const sbom = buildArtifact(made.store, REPOSITORY, { artifactType: 'application/x', layers: [], subject })
  made.registry.faults.add({
    match: ({ url }) => referrers.test(url) && !url.endsWith(amd.digest),
    fault: responds(403),
  })
  expect(await made.plan('multi')).toMatchObject({
    referrersUnknown: 'refused',
    manifests: [{ digest: multi.digest, referrers: [{ digest: sbom.digest }] }],
  })
  const tags = Array.from({ length: 100 }, (_, n) => `n${n}`)
  for (const tag of tags)
    made.store.putManifest(REPOSITORY, OCI_INDEX, { ...index(), annotations: { tag } }, tag)
  made.registry.requests.length = 0
  expect((await made.plan(...tags)).referrersUnknown).toBe('refused')
  expect(made.registry.requests.filter(({ url }) => referrers.test(url)).length).toBeLessThan(80)
})

test.each<[string, (other: object, made: Deletable) => object]>([
  [
    'has more platforms than are searched',
    (other) =>
      index(
        ...Array.from({ length: 65 }, (_, n) => ({
          ...other,
          platform: { os: 'linux', architecture: `a${n}` },
        })),
      ),
  ],
  [
    'lists an index',
    (other, { store }) => {
      const inner = store.putManifest(REPOSITORY, OCI_INDEX, index(other))
      return index({ mediaType: OCI_INDEX, digest: inner.digest, size: inner.bytes.length })
    },
  ],
])('an index that %s: the plan says that not all of it was searched', async (_name, content) => {
  const made = await start('refused')
  const { amd } = addIndex(made)
  made.store.repository(REPOSITORY)?.tags.delete('multi')
  made.store.putManifest(REPOSITORY, OCI_INDEX, content(amd, made), 'large')
  const note = { type: 'perhaps more: not all of its parts were asked about' }
  expect((await made.plan('large')).manifests[0]?.referrers).toEqual([note])
  expect((await made.plan('arm')).manifests[0]?.referrers).toEqual([])
})

test('a referrers API that keeps failing gets no requests for hundreds of manifests', async () => {
  const made = await start('refused', { auth: 'none' })
  const tags = Array.from({ length: 100 }, (_, n) => `n${n}`)
  for (const tag of tags)
    made.store.putManifest(REPOSITORY, OCI_INDEX, { ...index(), annotations: { tag } }, tag)
  made.registry.faults.add({ match: referrers, fault: responds(500) })
  expect((await made.plan(...tags)).referrersUnknown).toBe('failed')
  expect(made.registry.requests.filter(({ url }) => referrers.test(url)).length).toBeLessThan(80)
})

/** The image of `1.0` as Go writes it where a size is zero. */
function withoutSizes({ store, digests }: Deletable): object {
  const bytes = store.repository(REPOSITORY)?.manifests.get(digests.manifest)?.bytes
  const { config, layers, ...rest } = JSON.parse(String(bytes))
  const bare = ({ mediaType, digest }: { mediaType: string; digest: string }) => ({ mediaType, digest })
  return { ...rest, config: bare(config), layers: layers.map(bare) }
}

test('an image without sizes keeps its blobs, and frees an unknown number of bytes', async () => {
  const made = await start('refused')
  made.store.putManifest(REPOSITORY, OCI_MANIFEST, withoutSizes(made), 'bare')
  const kept = await made.plan('1.0')
  expect(kept).toMatchObject({ manifests: [{ others: ['1.1', 'latest'] }], bytes: 0 })
  expect(kept).not.toHaveProperty('partial')
  const both = await made.plan('1.0', 'bare')
  // the other image has the sizes
  expect(both).toMatchObject({ bytes: 42 })
  made.store.repository(REPOSITORY)?.manifests.delete(made.digests.manifest)
  expect(await made.plan('bare')).toMatchObject({ bytes: 0, partial: true })
})
