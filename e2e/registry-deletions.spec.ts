// Deleting on real registries: only what was said goes, seen by crane. No browser.

import { deletesTags, expect, REPOSITORY, skipWithoutTools, stateOf, test } from './deletable.ts'
import type { DeletableRegistry } from './deletable-registries.ts'
import { loginToDelete } from './deletions-client.ts'

skipWithoutTools()

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

test('a tag that was moved since is refused, and stays', async ({ begin }) => {
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

test('who may not delete is told which right is missing', async ({ begin }) => {
  const registry = await begin()
  await push(registry)
  const before = await stateOf(registry)
  const mira = await loginToDelete(registry.origin, REPOSITORY, 'mira')
  await expect(mira.plan(['1.0'])).rejects.toThrow('needs the right “delete”')
  for (const reference of ['1.0', before['1.0'] ?? ''])
    expect(await mira.remove(reference)).toMatchObject({ status: 403, error: { code: 'DENIED' } })
  expect(await stateOf(registry)).toEqual(before)
})

test('a registry that does not delete is told what to set', async ({ begin, deletableName }) => {
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
