// Deletion on real registries: only the planned manifests are deleted, checked with crane. No browser.

import { OCI_INDEX, OCI_MANIFEST } from '../shared/oci/media-types.ts'
import { putImage, type RegistryStorage } from './bench/storage.ts'
import { deletesTags, expect, REPOSITORY, skipWithoutTools, stateOf, test } from './deletable.ts'
import type { DeletableRegistry } from './deletable-registries.ts'
import { loginToDelete } from './deletions-client.ts'

skipWithoutTools()

const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX }

/** `1.0` and `latest` are one image, `2.0` another one. */
async function push({ crane }: DeletableRegistry): Promise<void> {
  for (const [tag, layer] of [
    ['1.0', 'package.json'],
    ['2.0', 'biome.json'],
  ] as const)
    await crane('append', '--oci-empty-base', '-f', layer, '-t', `{}/${REPOSITORY}:${tag}`)
  await crane('tag', `{}/${REPOSITORY}:1.0`, 'latest')
}

test('how it deletes is found out rightly, and nothing is deleted by it', async ({
  begin,
  deletableName,
}) => {
  const registry = await begin()
  await push(registry)
  const before = await stateOf(registry)
  expect(Object.keys(before)).toEqual(['1.0', '2.0', 'latest'])
  const admin = await loginToDelete(registry.origin, REPOSITORY)
  const plan = await admin.plan(['1.0'])
  expect(plan).toMatchObject({
    mode: deletesTags(deletableName) ? 'tag' : 'digest',
    manifests: [{ digest: before['1.0'], asked: ['1.0'], others: ['latest'] }],
    tagCount: 3,
  })
  expect(await stateOf(registry)).toEqual(before)
})

test('one tag is deleted: its siblings stay, or were named before', async ({ begin, deletableName }) => {
  const registry = await begin()
  await push(registry)
  const { latest = '', '2.0': other = '' } = await stateOf(registry)
  const admin = await loginToDelete(registry.origin, REPOSITORY)
  const outcomes = await admin.removeAll(await admin.plan(['1.0']))
  expect(outcomes.map(({ status }) => status)).toEqual([202])
  expect(await stateOf(registry)).toEqual(
    deletesTags(deletableName) ? { latest, '2.0': other } : { '2.0': other },
  )
  expect(registry.log()).toContain('"audit":"deletion","who":"admin"')
})

test('a tag moved since the plan is not deleted', async ({ begin }) => {
  const registry = await begin()
  await push(registry)
  const admin = await loginToDelete(registry.origin, REPOSITORY)
  const plan = await admin.plan(['1.0'])
  await registry.crane('tag', `{}/${REPOSITORY}:2.0`, '1.0')
  const before = await stateOf(registry)
  const [outcome] = await admin.removeAll(plan)
  expect(outcome).toMatchObject({ status: 409, error: { code: 'CONFLICT', detail: { tag: '1.0' } } })
  expect(await stateOf(registry)).toEqual(before)
})

test('a user without the right to delete learns which right is missing', async ({ begin }) => {
  const registry = await begin()
  await push(registry)
  const before = await stateOf(registry)
  const mira = await loginToDelete(registry.origin, REPOSITORY, 'mira')
  await expect(mira.plan(['1.0'])).rejects.toThrow('needs the right “delete”')
  for (const reference of ['1.0', before['1.0'] ?? ''])
    expect(await mira.remove(reference)).toMatchObject({ status: 403, error: { code: 'DENIED' } })
  expect(await stateOf(registry)).toEqual(before)
})

for (const headStatus of [404, 403, 501])
  test(`a HEAD that is answered with ${headStatus} on the way: the same plan, and the same deletion`, async ({
    begin,
    deletableName,
  }) => {
    const registry = await begin({ headStatus })
    await push(registry)
    const { '2.0': other = '', latest = '' } = await stateOf(registry)
    const admin = await loginToDelete(registry.origin, REPOSITORY)
    const plan = await admin.plan(['1.0'])
    expect(plan).toMatchObject({
      mode: deletesTags(deletableName) ? 'tag' : 'digest',
      manifests: [{ digest: latest, asked: ['1.0'], others: ['latest'] }],
      broken: [],
      tagCount: 3,
    })
    expect((await admin.removeAll(plan)).map(({ status }) => status)).toEqual([202])
    expect(await stateOf(registry)).toEqual(
      deletesTags(deletableName) ? { latest, '2.0': other } : { '2.0': other },
    )
  })

/** Documents that name the image of `amd64`, each under a tag of its own, as registries take them. */
const NAMING: Readonly<Record<string, (storage: RegistryStorage, image: object, other: object) => object>> = {
  'null-annotation': (_storage, image) => ({ ...INDEX, manifests: [image], annotations: { x: null } }),
  'no-os': (_storage, image) => ({
    ...INDEX,
    manifests: [{ ...image, platform: { architecture: 'amd64', os: null } }],
  }),
  attestation: (_storage, image, other) => ({
    ...INDEX,
    manifests: [other, { ...image, platform: { architecture: 'unknown', os: 'unknown' } }],
  }),
  seventy: (_storage, image, other) => ({
    ...INDEX,
    manifests: [
      ...Array.from({ length: 69 }, (_, n) => ({
        ...other,
        platform: { os: 'linux', architecture: `a${n}` },
      })),
      { ...image, platform: { os: 'linux', architecture: 'last' } },
    ],
  }),
  nested: (storage, image) => {
    const inner = storage.putManifest(REPOSITORY, { ...INDEX, manifests: [image] }, [])
    return { ...INDEX, manifests: [{ mediaType: OCI_INDEX, ...inner }] }
  },
}

test('every tag that stays and references a deleted manifest is named, whatever its document looks like', async ({
  begin,
  deletableName,
}) => {
  test.skip(deletableName === 'zot', 'zot’s storage is not written from outside')
  const registry = await begin({
    fill(storage) {
      const layer = storage.putZeros(1024 * 1024)
      const [image, other] = [1, 2].map((number) => ({
        mediaType: OCI_MANIFEST,
        ...putImage(storage, REPOSITORY, { number, tags: number === 1 ? ['amd64'] : [], layer }),
      }))
      if (image === undefined || other === undefined) throw new Error('two images')
      for (const [tag, content] of Object.entries(NAMING))
        storage.putManifest(REPOSITORY, content(storage, image, other), [tag])
    },
  })
  const before = await stateOf(registry)
  const admin = await loginToDelete(registry.origin, REPOSITORY)
  const plan = await admin.plan(['amd64'])
  expect(plan.manifests).toMatchObject([{ digest: before.amd64, asked: ['amd64'], others: [] }])
  expect(plan.manifests[0]?.imageOf?.toSorted()).toEqual(Object.keys(NAMING).sort())
  expect(plan.bytes).toBe(0)
  expect(plan).not.toHaveProperty('partial')
  expect(await stateOf(registry)).toEqual(before)
})

test('deletion disabled in the registry: the error names the setting', async ({ begin, deletableName }) => {
  test.skip(deletableName === 'zot', 'zot has no such switch')
  const registry = await begin({ deleteEnabled: false })
  await push(registry)
  const before = await stateOf(registry)
  const admin = await loginToDelete(registry.origin, REPOSITORY)
  expect((await admin.plan(['1.0'])).mode).toBe('digest')
  for (const reference of ['1.0', before['1.0'] ?? '']) {
    const { status, error } = await admin.remove(reference)
    expect([status, error?.code]).toEqual([405, 'UNSUPPORTED'])
    expect(error?.message).toContain('REGISTRY_STORAGE_DELETE_ENABLED=true')
  }
  expect(await stateOf(registry)).toEqual(before)
})
