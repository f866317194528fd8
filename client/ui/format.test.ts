import { expect, test } from 'vitest'
import { formatAgo, formatBytes } from './format.ts'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [84_200_000, '84.2 MB'],
  [999_949, '999.9 kB'],
  [999_951, '1.0 MB'],
  [5e15, '5000.0 TB'],
])('formatBytes %i', (bytes, expected) => {
  expect(formatBytes(bytes)).toBe(expected)
})

const NOW = Date.parse('2026-11-23T12:00:00Z')
test.each([
  ['2026-11-23T11:59:30Z', 'just now'],
  ['2026-11-23T10:00:00Z', '2 hours ago'],
  ['2026-11-22T11:00:00Z', 'yesterday'],
  ['2026-11-04T12:00:00Z', '2 weeks ago'],
  ['2020-01-01T00:00:00Z', '6 years ago'],
  ['garbage', undefined],
])('formatAgo %s', (time, expected) => {
  expect(formatAgo(time, NOW)).toBe(expected)
})
