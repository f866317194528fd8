import { expect, test } from 'vitest'
import type { DeletionPlan, PlannedManifest } from '../../../shared/api/deletion.ts'
import { countsOf, firstGoing, samePlan, stepsOf } from './plan.ts'

const manifest = (
  digest: string,
  asked: readonly string[],
  others: readonly string[] = [],
): PlannedManifest => ({
  digest,
  mediaType: 'm',
  asked,
  others,
  platforms: [],
  referrers: [],
})
const plan = (change: Partial<DeletionPlan> = {}): DeletionPlan => ({
  mode: 'tag',
  manifests: [manifest('sha256:a', ['1.0', '1.1']), manifest('sha256:b', ['2.0'], ['latest'])],
  broken: ['bad'],
  gone: [],
  tagCount: 9,
  bytes: 10,
  ...change,
})

test('by tag: one step a tag, those with siblings first, broken ones without a digest', () => {
  expect(stepsOf(plan())).toEqual([
    { reference: '2.0', tags: ['2.0'], request: { digest: 'sha256:b', siblings: ['latest'] } },
    { reference: '1.0', tags: ['1.0'], request: { digest: 'sha256:a' } },
    { reference: '1.1', tags: ['1.1'], request: { digest: 'sha256:a' } },
    { reference: 'bad', tags: ['bad'], request: { digest: null } },
  ])
  expect(countsOf(plan())).toEqual({ going: 4, others: 1, losing: 0, things: 3, empties: false })
})

test('by digest: one step a manifest, with every tag that goes; broken ones stay', () => {
  const byDigest = plan({ mode: 'digest', tagCount: 5 })
  expect(stepsOf(byDigest)).toEqual([
    { reference: 'sha256:a', tags: ['1.0', '1.1'], request: { tags: ['1.0', '1.1'] } },
    { reference: 'sha256:b', tags: ['2.0', 'latest'], request: { tags: ['2.0', 'latest'] } },
  ])
  expect(countsOf(byDigest)).toEqual({ going: 4, others: 1, losing: 0, things: 2, empties: false })
  expect(countsOf({ ...byDigest, tagCount: 4 }).empties).toBe(true)
})

test('by digest, images for several platforms that stay lose one: said, and part of what was planned', () => {
  const image = { ...manifest('sha256:a', ['1.0']), imageOf: ['multi', 'latest'] }
  const byDigest = plan({ mode: 'digest', manifests: [image, { ...image, digest: 'sha256:b' }] })
  expect(countsOf(byDigest).losing).toBe(2)
  expect(countsOf({ ...byDigest, mode: 'tag' }).losing).toBe(0)
  expect(samePlan(byDigest, { ...byDigest, manifests: byDigest.manifests.map(() => image) })).toBe(false)
  const other = { ...image, imageOf: ['multi'] }
  expect(
    samePlan(plan({ mode: 'digest', manifests: [image] }), plan({ mode: 'digest', manifests: [other] })),
  ).toBe(false)
})

test('no more is named to the server than it takes', () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `${index}`)
  const [byTag] = stepsOf(plan({ manifests: [manifest('sha256:a', ['x'], names(50))] }))
  expect(byTag?.request.siblings).toHaveLength(10)
  const [byDigest] = stepsOf(plan({ mode: 'digest', manifests: [manifest('sha256:a', ['x'], names(2000))] }))
  expect(byDigest?.request.tags).toHaveLength(900)
  expect(byDigest?.tags).toHaveLength(2001)
})

test('nothing to do is no step', () => {
  const nothing = plan({ mode: 'digest', manifests: [], gone: ['x'] })
  expect(stepsOf(nothing)).toEqual([])
  expect(countsOf(nothing)).toMatchObject({ going: 0, empties: false })
  expect(firstGoing(plan({ manifests: [], broken: [] }))).toBeUndefined()
})

test.each<[string, Partial<DeletionPlan>, boolean]>([
  ['other bytes', { bytes: 11, partial: true }, true],
  ['more tags elsewhere', { tagCount: 10 }, true],
  [
    'the same in another order',
    { manifests: [manifest('sha256:a', ['1.1', '1.0']), manifest('sha256:b', ['2.0'], ['latest'])] },
    true,
  ],
  ['another way', { mode: 'digest' }, false],
  ['one more sibling', { manifests: [manifest('sha256:a', ['1.0', '1.1'], ['new'])] }, false],
  ['another manifest', { manifests: [manifest('sha256:c', ['1.0', '1.1'])] }, false],
  ['one that is gone', { gone: ['1.0'] }, false],
  [
    'a new signature',
    { manifests: [{ ...manifest('sha256:a', ['1.0']), referrers: [{ type: 's' }] }] },
    false,
  ],
])('samePlan: %s: %o is %s', (_name, change, same) => {
  expect(samePlan(plan(), plan(change))).toBe(same)
})
