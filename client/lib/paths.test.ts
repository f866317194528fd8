import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseReference } from '../../shared/oci/reference.ts'
import { OPEN_REDIRECTS } from './open-redirects.test-data.ts'
import { loginPath, nextPath, referencePath } from './paths.ts'

test.each([
  '/',
  '/r/payments/api',
  '/r/payments/api:4.12.1?tab=layers#x',
  `/r/a@sha256:${'a'.repeat(64)}`,
  '/?filter=a%2Fb',
])('nextPath keeps %s', (next) => {
  expect(nextPath(next)).toBe(next)
})

test.each([
  null,
  '',
  'r/a',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\\/evil',
  'https://evil.example',
  'http:evil.example',
  'javascript:alert(1)',
  ' //evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n//evil',
  '\u0000//evil',
  '/ /evil.example',
  '/\u00a0/evil',
  '/\u2028/evil',
  '/.//evil.example',
  '/..//evil.example',
  '/r/..//evil.example',
  '/a/../../..//evil',
  '@evil.example',
  '/%5c../login\\',
  '/login',
  '/login?next=/login',
  '/login/',
])('nextPath drops %j', (next) => {
  expect(nextPath(next)).toBe('/')
})

test('nextPath keeps hundreds of hostile addresses on our own origin, at the root and under a path', () => {
  expect(new Set(OPEN_REDIRECTS).size).toBeGreaterThan(800)
  for (const hostile of OPEN_REDIRECTS) {
    const next = nextPath(hostile)
    for (const base of ['https://gantry.example/', 'http://gantry.example:8080/gantry/login?next=x']) {
      // as a link reads it, and as the router puts it behind its base
      for (const address of [next, `/gantry${next}`])
        expect([hostile, new URL(address, base).origin]).toEqual([hostile, new URL(base).origin])
    }
    expect([hostile, next]).toEqual([hostile, expect.stringMatching(/^\/(?![/\\])[!-~]*$/)])
  }
})

test('nextPath never leaves our origin, whatever is put together', () => {
  const piece = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    ':',
    '@',
    'evil.example',
    'http:',
    '%2f',
    '%5c',
    '\t',
    '\n',
    ' ',
    '?',
    '#',
    'a',
    '\u2028',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const next = nextPath(pieces.join(''))
      expect(new URL(next, 'https://gantry.example').origin).toBe('https://gantry.example')
      expect(next).toMatch(/^\/(?![/\\])/)
    }),
    { numRuns: 5000 },
  )
})

test('a login leads back to where it was asked for', () => {
  const reference = parseReference('payments/api:1.0')
  const path = referencePath(reference ?? ({} as never))
  expect(nextPath(new URL(loginPath(path), 'http://x').searchParams.get('next'))).toBe('/r/payments/api:1.0')
  expect(loginPath('/')).toBe('/login')
})
