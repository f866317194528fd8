import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson } from './json.ts'

test.each([
  ['brackets in strings do not count', `["${'[{,'.repeat(300_000)}"]`],
  ['nor do those behind an escaped quote', `["\\"${'['.repeat(200)}\\\\"]`],
  ['the maximum depth', `${'['.repeat(100)}${']'.repeat(100)}`],
  ['side by side is not deep', `[${'[],'.repeat(1000)}[]]`],
  ['a manifest of 4 MiB', JSON.stringify(Array(28_000).fill({ mediaType: 'm', digest: 'd', size: 1 }))],
])('parseJson reads what JSON.parse reads: %s', (_name, text) => {
  expect(parseJson(text)).toEqual(JSON.parse(text))
})

test('parseJson reads all output of JSON.stringify', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJson(text)).toEqual(JSON.parse(text))
    }),
  )
})

test.each([
  ['too deep', `${'['.repeat(101)}${']'.repeat(101)}`],
  ['too deep, objects', '{"a":'.repeat(101)],
  ['millions of empty objects', `[${'{},'.repeat(1_000_000)}{}]`],
  ['millions of keys', `{${'"a":1,'.repeat(1_000_000)}"a":1}`],
  ['cut off', '{"token":"canary'],
  ['an unterminated string', '"\\'],
  ['a byte order mark', '\uFEFF{}'],
  ['empty', ''],
])('parseJson rejects without quoting the text: %s', (_name, text) => {
  expect(() => parseJson(text)).toThrow(/^(?:not JSON|JSON that is too deep or has too many values)$/)
})
