import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMalformed, leadsOn, nextLink, parseLinks } from './link-header.ts'

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
  ['empty parameters', '<a>; ; rel=next;', 'a'],
  ['escaped letters', String.raw`<a>; rel="ne\xt"`, 'a'],
  ['no relation', '<a>', undefined],
  ['unclosed target', '<a; rel="next"', undefined],
  ['unclosed quote', '<a>; rel="next', undefined],
  ['no brackets', '/v2/x; rel="next"', undefined],
  ['too long', `<${'a'.repeat(9000)}>; rel="next"`, undefined],
])('nextLink: %s', (_name, header, expected) => {
  expect(nextLink(header)).toBe(expected)
})

test.each([
  ['nothing', '', false, false],
  ['blanks and commas', ' ,\t, ', false, false],
  ['a next page', '</v2/x>; rel="next"', false, true],
  ['other relations', '<a>; rel=prev, <b>; rel="first last";', false, false],
  ['no brackets', '/v2/x; rel="next"', true, true],
  ['no relation', '</v2/x>', true, true],
  ['an empty relation', '</v2/x>; rel=""', true, true],
  ['another parameter only', '</v2/x>; title=x', true, true],
  ['an unclosed target', '</v2/x; rel="next"', true, true],
  ['an unclosed quote', '</v2/x>; rel="next', true, true],
  ['rubbish behind a link', '<a>; rel=prev rubbish', true, true],
  ['too much', `<${'a'.repeat(9000)}>; rel="next"`, true, true],
])('isMalformed and leadsOn: %s', (_name, header, malformed, leads) => {
  expect([isMalformed(header), leadsOn(header)]).toEqual([malformed, leads])
})

test('parseLinks gives every link up to the first malformed one', () => {
  expect(parseLinks('<a>; rel="prev first", </b?x=1,2>; title="x, y"; rel=next, <c>, d; rel=last')).toEqual([
    { target: 'a', relations: ['prev', 'first'] },
    { target: '/b?x=1,2', relations: ['next'] },
    { target: 'c', relations: [] },
  ])
})

test('links survive being written and read', () => {
  const relation = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/)
  const link = fc.record({
    target: fc.string({ maxLength: 40 }).map((text) => text.replaceAll('>', '')),
    relations: fc.array(relation, { minLength: 1, maxLength: 3 }),
    title: fc.string({ maxLength: 20 }),
  })
  const quoted = (text: string) => `"${text.replace(/["\\]/g, String.raw`\$&`)}"`
  fc.assert(
    fc.property(fc.array(link, { maxLength: 5 }), (links) => {
      const header = links
        .map(({ target, relations, title }) =>
          [`<${target}>`, `title=${quoted(title)}`, `rel=${quoted(relations.join(' '))}`].join('; '),
        )
        .join(', ')
      expect(parseLinks(header)).toEqual(links.map(({ target, relations }) => ({ target, relations })))
      expect(isMalformed(header)).toBe(false)
    }),
  )
})

test.each(['<', ';', '"', '<a>;', '<a>; rel="', '\\"', ' ', ',<>'])('8 KiB of %j come to an end', (text) => {
  expect(nextLink(text.repeat(Math.floor(8192 / text.length)))).toBeUndefined()
})

test('nextLink never throws and ends', () => {
  const piece = fc.constantFrom('<', '>', ';', ',', '"', '\\', 'rel', '=', 'next', ' ', 'a')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 300 }), (pieces) => {
      expect(['string', 'undefined']).toContain(typeof nextLink(pieces.join('')))
    }),
  )
})
