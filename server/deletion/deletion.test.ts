import { afterEach, expect, test } from 'vitest'
import type { DeletionPlan, DeletionPlanLine, DeletionRequest } from '../../shared/api.ts'
import { buildImage } from '../demo/image-builder.ts'
import { createLayer, noise } from '../demo/layers.ts'
import type { RegistryOptions } from '../demo/registry.ts'
import { startWorld, type World, type WorldOptions } from '../demo/world.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const REPOSITORY = 'payments/api'
const entry = ({ body }: { body: string }) => JSON.parse(body).errors[0]

interface Deletable extends World {
  readonly cookie: string
  plan(...tags: string[]): Promise<DeletionPlan>
  planLines(tags: readonly string[]): Promise<readonly DeletionPlanLine[]>
  remove(reference: string, request?: DeletionRequest): ReturnType<typeof inject>
  tags(): readonly string[]
}
const inject = (app: World['app'], url: string, cookie: string, payload: DeletionRequest | undefined) =>
  app.inject({ method: 'DELETE', url, headers: { cookie }, ...(payload && { payload }) })

/** The world, deletable; `1.0`, `1.1` and `latest` are one image, `2.0` another that shares a layer with `3.0`. */
async function start(
  tagDeletion: RegistryOptions['tagDeletion'] = 'single',
  options: WorldOptions = {},
): Promise<Deletable> {
  const made = await startWorld({
    ...options,
    registry: { deleteEnabled: true, tagDeletion, ...options.registry },
    env: { REGISTRY_ALLOW_DELETE: 'true', ...options.env },
  })
  closers.push(made.close)
  const created = '2025-01-01T00:00:00Z'
  const shared = { by: 'RUN shared', layer: createLayer({ shared: noise('shared', 1000) }) }
  const tag = (name: string, own: number) =>
    made.store.tag(
      REPOSITORY,
      name,
      buildImage(made.store, REPOSITORY, {
        created,
        steps: [shared, { by: `RUN ${name}`, layer: createLayer({ own: noise(name, own) }) }],
      }).digest,
    )
  tag('2.0', 500)
  tag('3.0', 700)
  const cookie = options.auth === 'none' ? '' : await made.login('admin')
  const planLines = async (tags: readonly string[]) => {
    const { body } = await made.app.inject({
      method: 'POST',
      url: `/api/repositories/${REPOSITORY}/deletion-plan`,
      headers: { cookie },
      payload: { tags },
    })
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line): DeletionPlanLine => JSON.parse(line))
  }
  return {
    ...made,
    cookie,
    planLines,
    async plan(...tags) {
      const last = (await planLines(tags)).at(-1)
      if (last?.plan === undefined) throw new Error(`no plan: ${JSON.stringify(last)}`)
      return last.plan
    },
    remove: (reference, request) =>
      inject(made.app, `/v2/${REPOSITORY}/manifests/${reference}`, cookie, request),
    tags: () => [...(made.store.repository(REPOSITORY)?.tags.keys() ?? [])].sort(),
  }
}

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
  expect((await made.remove('broken')).statusCode).toBe(202)
})

test('a plan is whole or there is none: a registry that fails for one tag spoils it', async () => {
  const made = await start('refused')
  made.registry.faults.add({ match: /\/manifests\/3\.0$/, fault: { kind: 'answer', status: 500 } })
  const lines = await made.planLines(['1.0'])
  expect(lines.at(-1)).toMatchObject({ error: { code: 'UNAVAILABLE' } })
})

test('a tag that was moved since is refused, and nothing deleted', async () => {
  const made = await start('single')
  made.store.tag(REPOSITORY, '1.0', String((await made.plan('2.0')).manifests[0]?.digest))
  const byTag = await made.remove('1.0', { digest: made.digests.manifest })
  expect([byTag.statusCode, entry(byTag)]).toMatchObject([
    409,
    { code: 'CONFLICT', detail: { reason: 'tag_moved', tag: '1.0' } },
  ])
  const byDigest = await made.remove(made.digests.manifest, { tags: ['1.1', '1.0'] })
  expect([byDigest.statusCode, entry(byDigest).code]).toEqual([409, 'CONFLICT'])
  expect(made.tags()).toEqual(['1.0', '1.1', '2.0', '3.0', 'latest'])
  const deletes = made.registry.requests.filter(
    ({ method, url }) => method === 'DELETE' && !url.includes('gantry-probe'),
  )
  expect(deletes).toEqual([])
})

test('a registry that takes siblings along is found out by the first deletion', async () => {
  const made = await start('with-manifest')
  expect((await made.plan('1.0')).mode).toBe('tag')
  const answer = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['1.1', 'latest'] })
  expect([answer.statusCode, entry(answer)]).toMatchObject([
    409,
    { detail: { reason: 'siblings_gone', tags: ['1.1', 'latest'] } },
  ])
  expect((await made.plan('2.0')).mode).toBe('digest')
})

test.each([
  ['a body that is none', { digest: 'x' } as DeletionRequest],
  ['too many tags', { tags: Array.from({ length: 901 }, (_tag, n) => `${n}`) }],
])('%s is 400, and reaches nobody', async (_name, request) => {
  const made = await start('single')
  made.registry.requests.length = 0
  const answer = await made.remove('1.0', request)
  expect([answer.statusCode, entry(answer).code]).toEqual([400, 'REQUEST_INVALID'])
  expect(made.registry.requests.filter(({ method }) => method === 'DELETE')).toEqual([])
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

test('the registry’s refusals are told with what to change', async () => {
  const off = await start('single', { registry: { deleteEnabled: false } })
  const refused = await off.remove(off.digests.manifest)
  expect([refused.statusCode, entry(refused).code]).toEqual([405, 'UNSUPPORTED'])
  expect(entry(refused).message).toContain('REGISTRY_STORAGE_DELETE_ENABLED')

  const mira = await start('single')
  const cookie = await mira.login('mira')
  const denied = await inject(mira.app, `/v2/${REPOSITORY}/manifests/1.0`, cookie, undefined)
  expect([denied.statusCode, entry(denied).code]).toEqual([403, 'DENIED'])
  expect(entry(denied).message).toContain('“delete”')

  const byDigest = await start('refused')
  const single = await byDigest.remove('1.0')
  expect([single.statusCode, entry(single).code]).toEqual([405, 'UNSUPPORTED'])
  expect(entry(single).message).toContain('by their digest')
})
