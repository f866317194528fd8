import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layoutJson, stringValue } from './json-layout.ts'

const shown = (text: string) =>
  layoutJson(text)?.lines.map(
    ({ depth, tokens }) => '  '.repeat(depth) + tokens.map((token) => token.text).join(''),
  )

test('one member to a line, whatever the layout was', () => {
  expect(shown('{"a":1,"b":[true,null],"c":{},"d":[ ],\n\n"e":"x"}')).toEqual([
    '{',
    '  "a": 1,',
    '  "b": [',
    '    true,',
    '    null',
    '  ],',
    '  "c": {},',
    '  "d": [],',
    '  "e": "x"',
    '}',
  ])
})

test('tokens stay as they are written', () => {
  expect(shown(String.raw`{"big":12345678901234567890,"x":1.50e+400,"x":"\u003c\"\\"}`)).toEqual([
    '{',
    '  "big": 12345678901234567890,',
    '  "x": 1.50e+400,',
    String.raw`  "x": "\u003c\"\\"`,
    '}',
  ])
})

test('a line that opens knows where it closes, and kinds are told apart', () => {
  const { lines } = layoutJson('{"a":["s",1,true]}')!
  expect(lines.map(({ end }) => end)).toEqual(
    [6, 5, undefined, undefined, undefined, undefined, undefined].slice(0, lines.length),
  )
  expect(
    lines.flatMap(({ tokens }) => tokens.map(({ kind }) => kind)).filter((kind) => kind !== 'sign'),
  ).toEqual(['key', 'string', 'number', 'word'])
})

test.each(['', ' ', '{', '{"a"', '"a', ']', '{]', '[}', 'nothing', '<html>', '{"a":1}}', '{"a":\u0000}'])(
  '%j is no JSON',
  (text) => {
    expect(layoutJson(text)).toBeUndefined()
  },
)

test('nothing but white space is lost or added, and folds nest', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent)
      const { lines, truncated } = layoutJson(text)!
      expect(truncated).toBe(false)
      expect(
        JSON.parse(lines.map(({ tokens }) => tokens.map((token) => token.text).join('')).join('\n')),
      ).toEqual(JSON.parse(text))
      lines.forEach(({ end, depth }, index) => {
        if (end === undefined) return
        expect(end).toBeGreaterThan(index)
        expect(lines[end]?.depth).toBe(depth)
      })
    }),
  )
})

test('never throws, whatever it is given', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', '1', ' ') }),
      ),
      (text) => {
        layoutJson(text)
      },
    ),
  )
})

test('4 MiB made to be slow or deep come to an end', () => {
  const size = 4 * 1024 * 1024
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
    ['"', ''],
    ['\\', ''],
    [' ', ''],
    ['1,', ''],
  ] as const) {
    const times = Math.floor(size / (open.length + close.length))
    layoutJson(open.repeat(times) + close.repeat(times))
  }
  expect(layoutJson(`[${'0,'.repeat(100_000)}0]`)).toMatchObject({
    truncated: true,
    lines: { length: 50_000 },
  })
  layoutJson(`"${'\\'.repeat(size)}"`)
})

test.each([
  [String.raw`"a\u0041\n"`, 'aA\n'],
  ['12', '12'],
  ['"broken', '"broken'],
])('stringValue %s', (text, value) => {
  expect(stringValue({ kind: 'string', text })).toBe(value)
})
