import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDigest, shortDigest } from './digest.ts'

const SHA256 = `sha256:${'0123456789abcdef'.repeat(4)}`

test.each([
  SHA256,
  `sha512:${'a'.repeat(128)}`,
  `sha384:${'f'.repeat(96)}`,
  'multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8',
  'sha256+b64u:LCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564',
])('parseDigest takes %s', (text) => {
  expect(parseDigest(text)).toBe(text)
})

test.each([
  ['empty', ''],
  ['no algorithm', ':abc'],
  ['nothing encoded', 'sha256:'],
  ['too short', 'sha256:abc'],
  ['too long', `${SHA256}0`],
  ['upper case', SHA256.toUpperCase().replace('SHA256', 'sha256')],
  ['upper-case algorithm', SHA256.replace('sha256', 'SHA256')],
  ['not hexadecimal', `sha256:${'g'.repeat(64)}`],
  ['white space', ` ${SHA256}`],
  ['line end', `${SHA256}\n`],
  ['a path', `sha256:../${'a'.repeat(61)}`],
  ['percent', 'x:%2f'],
  ['far too long', `x:${'a'.repeat(10_000)}`],
])('parseDigest refuses: %s', (_name, text) => {
  expect(parseDigest(text)).toBeUndefined()
})

test('parseDigest never throws, and what it takes is safe in a path', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `sha256:${text}`),
      ),
      (text) => {
        const digest = parseDigest(text)
        if (digest !== undefined) expect(digest).toMatch(/^[a-z0-9+._-]+:[\w=-]+$/)
      },
    ),
  )
})

test('parseDigest agrees with the specification on anything', () => {
  // image-spec descriptor.md; sha256, sha384 and sha512 are narrower
  const grammar = /^[a-z0-9]+([+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/
  const known = /^sha(256|384|512):/
  const letters = fc.constantFrom('a', 'Z', '0', '+', '.', '_', '-', ':', '=', '/', '%', 'sha256')
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 10 }), (parts) => {
      const text = parts.join('')
      expect(parseDigest(text) !== undefined).toBe(grammar.test(text) && !known.test(text))
    }),
    { numRuns: 5000 },
  )
  const hex = fc.stringMatching(/^[0-9a-f]{60,68}$/)
  fc.assert(
    fc.property(hex, (encoded) => {
      expect(parseDigest(`sha256:${encoded}`) !== undefined).toBe(encoded.length === 64)
    }),
  )
})

test('shortDigest is the first twelve', () => {
  const digest = parseDigest(SHA256)
  expect(digest && shortDigest(digest)).toBe('0123456789ab')
})
