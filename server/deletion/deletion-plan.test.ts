import { expect, test } from 'vitest'
import { type Deletable, REPOSITORY, start } from '../demo/deletable-world.ts'
import { buildArtifact, buildImage, buildIndex } from '../demo/image-builder.ts'
import { createLayer, noise } from '../demo/layers.ts'

test('by tag: the plan names what stays, and only what was asked for goes', async () => {
  const made = await start('single')
  const plan = await made.plan('1.0')
  expect(plan).toMatchObject({
    mode: 'tag',
    manifests: [{ digest: made.digests.manifest, asked: ['1.0'], others: ['1.1', 'latest'], referrers: [] }],
    bytes: 0,
    tagCount: 5,
  })
  const answer = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['1.1'] })
  expect(answer.statusCode).toBe(202)
  expect(made.tags()).toEqual(['1.1', '2.0', '3.0', 'latest'])
})

test('by digest: the plan names every tag that goes with it, asked for or not', async () => {
  const made = await start('refused')
  const plan = await made.plan('1.0')
  expect(plan).toMatchObject({
    mode: 'digest',
    manifests: [{ digest: made.digests.manifest, asked: ['1.0'], others: ['1.1', 'latest'] }],
    bytes: 42,
  })
  const answer = await made.remove(made.digests.manifest, { tags: ['1.0', '1.1', 'latest'] })
  expect(answer.statusCode).toBe(202)
  expect(made.tags()).toEqual(['2.0', '3.0'])
})

test('finding out how the registry deletes deletes nothing, and is done once', async () => {
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
])('a registry that answers the probe with %s deletes by %s', async (_name, status, code, mode) => {
  const made = await start('single')
  made.registry.faults.add({
    match: ({ method }) => method === 'DELETE',
    fault: {
      kind: 'answer',
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ errors: [{ code, message: 'x' }] }),
    },
  })
  expect((await made.plan('1.0')).mode).toBe(mode)
})

test('bytes: shared layers count once, and not while another tag uses them', async () => {
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

test('what is about a manifest that goes is named; about one that stays, not', async () => {
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

test('tags that are broken, gone or many are told apart', async () => {
  const made = await start('single')
  made.store.tag(REPOSITORY, 'broken', `sha256:${'0'.repeat(64)}`)
  const plan = await made.plan('broken', 'never-was', '2.0')
  expect(plan).toMatchObject({ broken: ['broken'], gone: ['never-was'], tagCount: 6 })
  expect(plan.manifests.map(({ asked }) => asked)).toEqual([['2.0']])
  made.store.tag(REPOSITORY, 'broken', made.digests.manifest)
  // pushed again since: it is not what was planned any more
  expect((await made.remove('broken', { digest: null })).statusCode).toBe(409)
  made.store.tag(REPOSITORY, 'broken', `sha256:${'0'.repeat(64)}`)
  expect((await made.remove('broken', { digest: null })).statusCode).toBe(202)
})

test('a plan is whole or there is none: a registry that fails for one tag spoils it', async () => {
  const made = await start('refused')
  made.registry.faults.add({ match: /\/manifests\/3\.0$/, fault: { kind: 'answer', status: 500 } })
  const lines = await made.planLines(['1.0'])
  expect(lines.at(-1)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
})

test('turned off: neither a plan nor a deletion', async () => {
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

/** `arm` and `multi`, an index that has the image of `arm` and one without a tag. */
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

test('by digest: an index that stays and loses an image is named; nothing it holds becomes free', async () => {
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

test('by tag: an index that stays keeps its image, and what is about it', async () => {
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

test('manifests come in the order asked, whatever the registry’s', async () => {
  const made = await start('single')
  const plan = await made.plan('3.0', 'latest', '2.0', '1.0')
  expect(plan.manifests.map(({ asked }) => asked)).toEqual([['3.0'], ['1.0', 'latest'], ['2.0']])
})

test.each([
  ['elsewhere', '</elsewhere/v2/payments/api/tags/list?last=3.0>; rel="next"'],
  ['in circles', '</v2/payments/api/tags/list>; rel="next"'],
])('a list of tags that leads %s makes no plan: some tags may be missing', async (_name, link) => {
  const made = await start('refused')
  made.registry.faults.add({ match: /tags\/list/, fault: { kind: 'headers', headers: { link } } })
  const last = (await made.planLines(['1.0'])).at(-1)
  expect(last).toMatchObject({ error: { code: 'UNAVAILABLE', detail: { reason: 'bad_answer' } } })
})

const LIST = '/v2/payments/api/tags/list'
/** The pages of a list of tags, by query, each with its Link field. */
function listsTags({ registry }: Deletable, pages: Readonly<Record<string, [string[], string?]>>) {
  registry.faults.add({
    match: ({ url }) => url.split('?', 1)[0] === LIST,
    fault({ url }) {
      const [tags, link] = pages[url.slice(LIST.length)] ?? [[]]
      const headers = { 'content-type': 'application/json', ...(link !== undefined && { link }) }
      return { kind: 'answer', status: 200, headers, body: JSON.stringify({ tags }) }
    },
  })
}

test.each<[string, Record<string, [string[], string?]>]>([
  [
    'by keys of its own (interop 1)',
    {
      '': [['1.0', '1.1'], `<${LIST}?last=1.1&n=2&orderby=>; rel="next"`],
      '?last=1.1&n=2&orderby=': [['2.0', '3.0', 'latest']],
    },
  ],
  [
    'under another prefix (interop 2)',
    {
      '': [['1.0', '1.1'], `<http://nexus:5002/repository/x${LIST}?last=1.1&n=2>; rel="next"`],
      '?last=1.1&n=2': [['2.0', '3.0', 'latest']],
    },
  ],
  [
    'to an empty page that names itself (interop 18)',
    {
      '': [['1.0', '1.1', '2.0', '3.0', 'latest'], `<${LIST}?last=latest>; rel="next"`],
      '?last=latest': [[], `<${LIST}?last=latest>; rel="next"`],
    },
  ],
])('a list of tags that goes on %s is read to its end', async (_name, pages) => {
  const made = await start('refused')
  listsTags(made, pages)
  const plan = await made.plan('1.0')
  expect([plan.tagCount, plan.manifests[0]?.others]).toEqual([5, ['1.1', 'latest']])
})

test.each<[string, Record<string, [string[], string?]>]>([
  ['a Link without brackets', { '': [['1.0'], `${LIST}?last=1.0; rel="next"`] }],
  ['a Link without a relation', { '': [['1.0'], `<${LIST}?last=1.0>`] }],
  ['n=-1', { '': [['1.0'], `<${LIST}?last=1.0&n=-1>; rel="next"`] }],
  ['another list', { '': [['1.0'], '</v2/secret/vault/tags/list?last=1.0>; rel="next"'] }],
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
    'a circle through an empty page',
    {
      '': [['1.0'], `<${LIST}?last=1.0>; rel="next"`],
      '?last=1.0': [[], `<${LIST}>; rel="next"`],
    },
  ],
])('a list of tags that cannot be read to its end makes no plan: %s', async (_name, pages) => {
  const made = await start('refused')
  listsTags(made, pages)
  expect((await made.planLines(['1.0'])).at(-1)).toMatchObject({
    error: { code: 'UNAVAILABLE', message: expect.stringContaining('some may be missing') },
  })
})

test('a registry whose empty pages lead on for ever makes no plan, and is left soon', async () => {
  const made = await start('refused')
  let page = 0
  made.registry.faults.add({
    match: /tags\/list/,
    fault: () => ({
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json', link: `<${LIST}?token=${++page}>; rel="next"` },
      body: '{"tags":[]}',
    }),
  })
  expect((await made.planLines(['1.0'])).at(-1)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
  expect(page).toBe(10)
})

test.each([
  ['leads on', '<?token=x>; rel="next"'],
  ['has a malformed Link', '?token=x; rel=next'],
])('a list of referrers that %s: the plan says that there are more', async (_name, link) => {
  const made = await start('refused')
  made.registry.faults.add({ match: /referrers/, fault: { kind: 'headers', headers: { link } } })
  expect((await made.plan('2.0')).manifests[0]?.referrers).toEqual([{ type: 'more than are listed here' }])
})

test('a registry that is busy while it lists tags or referrers is asked again', async () => {
  const made = await start('refused')
  const fault = { kind: 'answer', status: 503, headers: { 'retry-after': '0' } } as const
  made.registry.faults.add({ match: /tags\/list|referrers/, times: 3, fault })
  expect((await made.plan('2.0')).manifests).toHaveLength(1)
})

test('referrers are found by the API, and those that go too do not dangle', async () => {
  const made = await start('refused')
  const subject = (await made.plan('2.0')).manifests[0]?.digest ?? ''
  const of = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: subject, size: 1 }
  const about = (artifactType: string) =>
    buildArtifact(made.store, REPOSITORY, { artifactType, layers: [], subject: of })
  const [sbom, notes] = [about('application/spdx+json'), about('application/vnd.example.notes')]
  made.store.tag(REPOSITORY, 'notes', notes.digest)
  const digestsOf = async (...tags: string[]) =>
    (await made.plan(...tags)).manifests[0]?.referrers.map(({ digest }) => digest).sort()
  expect(await digestsOf('2.0')).toEqual([sbom.digest, notes.digest].sort())
  expect(await digestsOf('2.0', 'notes')).toEqual([sbom.digest])
})

test('referrers are found by the fallback tag where there is no API', async () => {
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

test('a session that ends takes its plan with it', async () => {
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
