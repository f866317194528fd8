import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareTags, sortTags } from './version-order.ts'

test.each<[string, string[]]>([
  ['latest, then the newest version', ['latest', '1.10.0', '1.9.0', '1.2.10', '1.2.9']],
  ['v or not', ['v2.0.0', '1.9', 'v1.8']],
  ['a line stands before its releases', ['4', '4.12', '4.12.1', '4.12.0', '4.11']],
  [
    'a release before its pre-releases',
    ['1.0.0', '1.0.0-rc.10', '1.0.0-rc.2', '1.0.0-beta.1', '1.0.0-alpha'],
  ],
  ['variants after the plain release', ['1.2.3', '1.2.3-alpine', '1.2.3-slim', '1.2.3-rc.1', '1.2.2']],
  ['dates', ['2026-11-23', '2026-11-02', '2025-12-31']],
  ['builds', ['20261123', '20251231', '10', '9']],
  ['names last, naturally', ['1.0', 'build-9', 'build-10', 'main', 'stable']],
])('sortTags: %s', (_name, expected) => {
  expect(sortTags([...expected].reverse())).toEqual(expected)
})

const tag = fc.oneof(
  fc.constantFrom(
    'latest',
    'v1',
    '1',
    '1.0',
    '01.0',
    '1.0.0',
    '1.0.0-rc1',
    '1.0.0-alpine',
    'main',
    'build-1',
    'build-01',
    '1.0.0+x',
    '1-0',
  ),
  fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,8}$/),
  fc.stringMatching(/^v?\d{1,3}(\.\d{1,3}){0,3}(-(rc|alpine|beta)\.?\d?)?$/),
)

test('compareTags is a strict total order', () => {
  fc.assert(
    fc.property(tag, tag, tag, (a, b, c) => {
      expect(Math.sign(compareTags(a, b))).toBe(-Math.sign(compareTags(b, a)) || 0)
      expect(compareTags(a, b) === 0).toBe(a === b)
      if (compareTags(a, b) < 0 && compareTags(b, c) < 0) expect(compareTags(a, c)).toBeLessThan(0)
    }),
    { numRuns: 5000 },
  )
})

test('sortTags keeps every tag', () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      expect([...sortTags(tags)].sort()).toEqual([...tags].sort())
    }),
  )
})
