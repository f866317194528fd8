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
  ['an hour within a day', ['2026-11-23', '2026-11-23T1530', '2026-11-23T0900', '2026-11-22']],
  ['builds of one version', ['1.2.3', '1.2.3-10', '1.2.3-9', '1.2.3-alpine3.20', '1.2.3-alpine3.9']],
  ['beyond what a number holds', ['20261123101112131415', '20261123101112131414', '20261123']],
  ['zeros in front', ['1.10', '1.09', '1.8']],
  ['commits are names', ['0.1.0', '9fceb02', '99fceb02d0ae598e95dc970b74767f19372d61af', 'main']],
  ['a version and letters', ['3.13.0', '3.13.0rc2', '3.13.0rc1', '3.13.0b1', '3.13.0a7', '3.12.1']],
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
    '1-00',
    '1-a',
    '1-rc',
    '0000000a',
    '2024-05-01',
    '2024-05-01-9',
    'build-',
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

test.each([
  ['versions', (i: number) => `v1.${(i * 7919) % 20_000}.0`],
  ['one version with long suffixes', (i: number) => `1-${'a1'.repeat(58)}${(i * 7919) % 20_000}`],
  ['long names', (i: number) => `x${'a1'.repeat(58)}${(i * 7919) % 20_000}`],
  ['no end of digits', (i: number) => `${'1'.repeat(120)}${(i * 7919) % 20_000}!`],
])('20,000 tags are sorted: %s', (_name, tagAt) => {
  const tags = Array.from({ length: 20_000 }, (_value, i) => tagAt(i))
  expect(sortTags(tags)).toHaveLength(tags.length)
})

test('sortTags orders as compareTags does', () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      expect(sortTags(tags)).toEqual([...tags].sort(compareTags))
    }),
  )
})

test('sortTags keeps every tag', () => {
  fc.assert(
    fc.property(fc.array(tag), (tags) => {
      expect([...sortTags(tags)].sort()).toEqual([...tags].sort())
    }),
  )
})
