import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextLink } from './link-header.ts'

test.each<[string, string | undefined, string | undefined]>([
  ['absent', undefined, undefined],
  ['empty', '', undefined],
  ['as distribution writes it', '</v2/_catalog?last=b&n=2>; rel="next"', '/v2/_catalog?last=b&n=2'],
  ['unquoted', '</v2/x>;rel=next', '/v2/x'],
  ['absolute', '<https://r.example/v2/x?n=1>; rel="next"', 'https://r.example/v2/x?n=1'],
  ['white space', ' <a> ; title = "x" ; REL = "next" ', 'a'],
  ['several relations', '<a>; rel="last NEXT"', 'a'],
  ['second of two', '<a>; rel="prev", <b>; rel="next"', 'b'],
  ['comma and semicolon within', '<a,;b>; title="x, <c>; rel=next"; rel=next', 'a,;b'],
  ['the first rel counts', '<a>; rel=prev; rel=next', undefined],
  ['no relation', '<a>', undefined],
  ['unclosed target', '<a; rel="next"', undefined],
  ['unclosed quote', '<a>; rel="next', undefined],
  ['no brackets', '/v2/x; rel="next"', undefined],
  ['too long', `<${'a'.repeat(9000)}>; rel="next"`, undefined],
])('nextLink: %s', (_name, header, expected) => {
  expect(nextLink(header)).toBe(expected)
})

test('nextLink never throws and ends', () => {
  const piece = fc.constantFrom('<', '>', ';', ',', '"', '\\', 'rel', '=', 'next', ' ', 'a')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
      expect(['string', 'undefined']).toContain(typeof nextLink(pieces.join('')))
    }),
  )
})
