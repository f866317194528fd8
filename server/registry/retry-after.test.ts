import { expect, test } from 'vitest'
import { parseRetryAfter, retryAfterOf } from './retry-after.ts'

const NOW = Date.parse('2026-11-23T10:00:00Z')

test.each([
  ['absent', undefined, undefined],
  ['seconds', '2', 2],
  ['a date', 'Mon, 23 Nov 2026 10:00:30 GMT', 30],
  ['a past date', 'Mon, 23 Nov 2026 09:00:00 GMT', 0],
  ['garbage', 'soon', undefined],
  ['negative', '-5', undefined],
  ['a fraction', '1.5', undefined],
  ['a number after a word', 'soon 5', undefined],
  ['a weekday alone', 'Mon', undefined],
  ['an obsolete date format', 'Monday, 23-Nov-26 10:00:30 GMT', 30],
  ['more than an hour', '1000000000', 3600],
  ['too long for a number', '9'.repeat(400), 3600],
])('parseRetryAfter: %s', (_name, value, expected) => {
  expect(parseRetryAfter(value, NOW)).toBe(expected)
})

test.each([
  ['no field', {}, undefined],
  ['a field', { 'retry-after': '7' }, 7],
  ['two of them: the first', { 'retry-after': ['7', '9'] }, 7],
])('retryAfterOf: %s', (_name, headers, expected) => {
  expect(retryAfterOf(headers)).toBe(expected)
})
