import { expect, test } from 'vitest'
import { formatAgo, formatBytes, formatExact, formatTotal } from './format.ts'
import { formatClock } from './use-countdown.ts'

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

test.each([
  [1000, false, '1.0 kB'],
  [0, false, '0 B'],
  [1000, true, '≥ 1.0 kB'],
  [0, true, 'unknown'],
])('formatTotal of %i bytes, partial: %s', (bytes, isPartial, expected) => {
  expect(formatTotal({ bytes, isPartial })).toBe(expected)
})

const NOW = Date.parse('2026-11-23T12:00:00Z')
test.each([
  ['2026-11-23T11:59:30Z', 'just now'],
  ['2026-11-23T10:00:00Z', '2 hours ago'],
  ['2026-11-22T11:00:00Z', 'yesterday'],
  ['2026-11-21T13:00:00Z', '2 days ago'],
  ['2026-11-24T13:00:00Z', 'tomorrow'],
  ['2026-11-25T11:00:00Z', 'in 2 days'],
  ['2026-11-16T11:00:00Z', '1 week ago'],
  ['2026-09-30T12:00:00Z', '1 month ago'],
  ['2024-12-24T12:00:00Z', '1 year ago'],
  ['2026-11-04T12:00:00Z', '2 weeks ago'],
  ['2020-01-01T00:00:00Z', '6 years ago'],
  ['2026-11-22', 'yesterday'],
  ['2026-11-23T13:00:00+02:00', '1 hour ago'],
  ['garbage', undefined],
  ['beta 2', undefined],
  ['2026-11-23 10:00:00', undefined],
  ['2026-99-99T10:00:00Z', undefined],
  ['2020-01-01T00:00:00Z \u202e', undefined],
  ['', undefined],
])('formatAgo %s', (time, expected) => {
  expect(formatAgo(time, NOW)).toBe(expected)
})

test('an exact time is a time with its zone, or none', () => {
  expect(formatExact('2026-11-23T11:59:30Z')).toMatch(/2026.*(?:GMT|UTC)/)
  for (const text of ['garbage', 'beta 2', '\u202e', '2026-13-01T00:00:00Z'])
    expect(formatExact(text)).toBeUndefined()
})

test.each([
  [1, '0:01'],
  [60, '1:00'],
  [845, '14:05'],
  [4000, '66:40'],
])('formatClock %i', (seconds, expected) => {
  expect(formatClock(seconds)).toBe(expected)
})
