import { expect, test } from 'vitest'
import { compilePattern } from './pattern.ts'

test.each([
  ['^1\\.', '', '1.2', true],
  ['^1\\.', '', '2.1', false],
  ['RC', '', '1.0-rc.1', false],
  ['RC', 'i', '1.0-rc.1', true],
  ['a|b$', '', 'cab', true],
])('/%s/%s on %s: %s', (source, flags, text, expected) => {
  expect(compilePattern(source, flags)(text)).toBe(expected)
})

test('what would hang the browser’s own engine is answered at once', () => {
  const matches = compilePattern('^(a+)+$', '')
  expect(matches(`${'a'.repeat(127)}!`)).toBe(false)
})

test.each(['(', '[z', 'a**', '(?<=x)y'])('/%s/ is no pattern', (source) => {
  expect(() => compilePattern(source, '')).toThrow()
})

test.each([
  ['too long', 'a'.repeat(129)],
  ['too large', '([a-z]{0,1000}[b-y]?)'.repeat(5)],
])('a pattern that is %s for a page that stays awake', (message, source) => {
  expect(() => compilePattern(source, '')).toThrow(expect.objectContaining({ message, cause: 'limit' }))
})
