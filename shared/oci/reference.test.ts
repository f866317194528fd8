import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatReference,
  parsePastedReference,
  parseReference,
  parseRepository,
  parseTag,
} from './reference.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
/** The grammars as the specification prints them. */
const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

test.each([
  ['api', { repository: 'api' }],
  ['payments/api', { repository: 'payments/api' }],
  ['payments/api:4.12.1', { repository: 'payments/api', tag: '4.12.1' }],
  [`payments/api@${DIGEST}`, { repository: 'payments/api', digest: DIGEST }],
  [`payments/api:1@${DIGEST}`, { repository: 'payments/api', tag: '1', digest: DIGEST }],
  ['a__b/c---d/e.f_g:_x', { repository: 'a__b/c---d/e.f_g', tag: '_x' }],
])('parseReference reads %s, and formatReference writes it back', (text, expected) => {
  const reference = parseReference(text)
  expect(reference).toEqual(expected)
  expect(reference && formatReference(reference)).toBe(text)
})

test.each([
  '',
  '/',
  'a/',
  '/a',
  'a//b',
  'A',
  'a..b',
  'a___b',
  '-a',
  'a-',
  'a b',
  'a:',
  'a:-x',
  'a:b:c',
  'a@',
  'a@sha256:x',
  `a@${DIGEST}@${DIGEST}`,
  '../a',
  'a/..',
  'a%2fb',
  'é',
  'a\n',
  `a:${'x'.repeat(129)}`,
  'a'.repeat(256),
])('parseReference refuses %j', (text) => {
  expect(parseReference(text)).toBeUndefined()
})

test.each([
  ['payments/api:1', 'payments/api:1'],
  ['  payments/api:1\n', 'payments/api:1'],
  ['registry.example:5000/payments/api:1', 'payments/api:1'],
  ['docker pull registry.example:5000/payments/api:1', 'payments/api:1'],
  ['docker pull payments/api:1', 'payments/api:1'],
  ['docker pull --platform linux/arm64 registry.example:5000/payments/api:1', 'payments/api:1'],
  ['skopeo copy docker://registry.example:5000/payments/api:1 dir:api', 'payments/api:1'],
  ['Registry.Example:5000/payments/api:1', 'payments/api:1'],
  [`registry.example:5000/payments/api:1@${DIGEST}`, `payments/api:1@${DIGEST}`],
  ['oci://registry.example:5000/charts/web', 'charts/web'],
  ['https://registry.example:5000/charts/web', 'charts/web'],
  ['other.example/payments/api', undefined],
  ['docker pull other.example/payments/api', undefined],
  ['registry.example:5001/payments/api', undefined],
  ['registry.example:5000.evil/payments/api', undefined],
  ['registry.example:5000/../x', undefined],
  ['a b', undefined],
  ['localhost/api', undefined],
  ['localhost:5000/api', undefined],
  ['registry.example:5000/', undefined],
  ['', undefined],
])('parsePastedReference %j', (text, expected) => {
  const reference = parsePastedReference(text, 'registry.example:5000')
  expect(reference && formatReference(reference)).toBe(expected)
})

const letters = fc
  .array(fc.constantFrom('a', 'B', '0', '.', '_', '-', '/', ':', '@', ' '), { maxLength: 14 })
  .map((parts) => parts.join(''))

test('names and tags agree with the specification on anything', () => {
  fc.assert(
    fc.property(letters, (text) => {
      expect(parseRepository(text) !== undefined).toBe(NAME.test(text))
      expect(parseTag(text) !== undefined).toBe(TAG.test(text))
    }),
    { numRuns: 5000 },
  )
})

test('references survive being written and read', () => {
  const reference = fc.record({
    repository: fc.stringMatching(NAME).filter((name) => name.length <= 255),
    tag: fc.option(fc.stringMatching(TAG), { nil: undefined }),
    digest: fc.constantFrom(undefined, DIGEST),
  })
  fc.assert(
    fc.property(reference, (parts) => {
      const text = formatReference(parts as never)
      const again = parseReference(text)
      expect(again && formatReference(again)).toBe(text)
    }),
  )
})

test('a reference is found again however it is pasted, and nothing makes it throw', () => {
  const host = 'registry.example:5000'
  const before = fc.constantFrom('', ' ', 'https://', 'oci://', 'docker pull ', 'crane  manifest\t')
  fc.assert(
    fc.property(before, fc.stringMatching(NAME), fc.stringMatching(TAG), (start, name, tag) => {
      fc.pre(name.length <= 255)
      const reference = parsePastedReference(`${start}${host}/${name}:${tag}\n`, host)
      expect(reference).toEqual({ repository: name, tag })
    }),
  )
  fc.assert(
    fc.property(fc.oneof(fc.string(), letters), fc.string(), (text, registry) => {
      const reference = parsePastedReference(text, registry)
      if (reference !== undefined) expect(parseReference(formatReference(reference))).toEqual(reference)
    }),
  )
})

test('hostile pastes come to an end', () => {
  for (const part of [' ', 'docker ', 'a ', 'https://', '/', 'x'])
    expect(parsePastedReference(`docker ${part.repeat(50_000)}!`, 'registry.example')).toBeUndefined()
})

test('hostile names come to an end', () => {
  for (const text of [
    'a-'.repeat(50_000),
    `${'a_'.repeat(120)}!`,
    `${'-'.repeat(100_000)}a`,
    'a/'.repeat(50_000),
  ])
    expect(parseReference(text)).toBeUndefined()
})
