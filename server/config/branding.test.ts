import { expect, test } from 'vitest'
import { accent, logo, MAX_LOGO_BYTES } from './branding.ts'
import { contrast, fromOklch, parseHex, type Rgb } from './colour.ts'

const NS = 'xmlns="http://www.w3.org/2000/svg"'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

test.each<[string, string | Buffer, string]>([
  ['a PNG', PNG, 'image/png'],
  ['an SVG', `<svg ${NS} viewBox="0 0 1 1"><path d="M0 0"/></svg>\n`, 'image/svg+xml'],
  ['an empty SVG', `<svg ${NS}/>`, 'image/svg+xml'],
  [
    'an SVG after a declaration, a comment and a document type',
    `\uFEFF<?xml version="1.0"?>\n<!-- a -> b -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">\n<svg\n${NS}></svg><!-- end -->`,
    'image/svg+xml',
  ],
  ['an SVG with a script, which never runs', `<svg ${NS}><script>alert(1)</script></svg>`, 'image/svg+xml'],
])('LOGO_FILE may be %s', (_name, content, mediaType) => {
  expect(logo.parse(Buffer.from(content as string))).toMatchObject({ mediaType })
})

test.each<[string, string | Buffer, RegExp]>([
  ['empty', '', /empty/],
  ['a truncated PNG', PNG.subarray(0, 40), /complete PNG/],
  ['a truncated SVG', `<svg ${NS}><path d="M0`, /SVG/],
  ['an SVG without its namespace', '<svg viewBox="0 0 1 1"></svg>', /xmlns/],
  ['a page', `<!doctype html><html><svg ${NS}></svg></html>`, /SVG/],
  ['a page that begins as a comment', `<!-- --><html ${NS}></html>`, /SVG/],
  ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), /SVG/],
  ['UTF-16', Buffer.from(`<svg ${NS}></svg>`, 'utf16le'), /UTF-8/],
  ['binary data', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), /UTF-8/],
  ['too large', Buffer.alloc(MAX_LOGO_BYTES + 1, ' '), /^must not be larger than 256 KiB\.$/],
  // quadratic backtracking in either would run into the test's timeout
  ['endless spaces', Buffer.alloc(MAX_LOGO_BYTES, ' '), /SVG/],
  ['endless comments', Buffer.alloc(MAX_LOGO_BYTES, '<!--'), /SVG/],
])('LOGO_FILE must not be %s', (_name, content, reason) => {
  const issues = logo.safeParse(Buffer.from(content as string)).error?.issues ?? []
  expect(issues).toEqual([expect.objectContaining({ message: expect.stringMatching(reason) })])
})

/** As in client/components/tokens.css: surface and raised, ground and raised; and the page's muted text. */
const BACKGROUNDS = {
  light: [fromOklch([1, 0, 0]), fromOklch([0.965, 0.005, 255])],
  dark: [fromOklch([0.175, 0.012, 260]), fromOklch([0.25, 0.015, 260])],
}
const MUTED = { light: fromOklch([0.48, 0.02, 258]), dark: fromOklch([0.7, 0.014, 256]) }
const hex = (text: string) => parseHex(text) ?? ([0, 0, 0] as const)
const parse = (text: string) => accent.safeParse(text).data

function tokens(css: string, theme: 'light' | 'dark'): Record<string, Rgb> {
  const found = [...css.matchAll(/ {2}(--[a-z-]+): light-dark\((#[\da-f]{6}), (#[\da-f]{6})\);/g)]
  return Object.fromEntries(
    found.map(([, name = '', light = '', dark = '']) => [name, hex(theme === 'light' ? light : dark)]),
  )
}

const COLOURS = ['#f5a614', '#000', '#fff', '#002244', '#ffff00', '#7f7f7f', '#E30613', '#00a2ff', '#800080']

test.each(COLOURS)(
  '%s: the focus indicator and the text on the accent have enough contrast in both themes',
  (text) => {
    const css = parse(text)?.css ?? ''
    for (const theme of ['light', 'dark'] as const) {
      const found = tokens(css, theme)
      expect(Object.keys(found)).toEqual(['--amber', '--on-amber', '--focus', '--amber-soft', '--keyword'])
      const { '--focus': ring, '--amber': fill, '--on-amber': onFill, '--amber-soft': soft } = found
      const { '--keyword': word } = found
      if (!ring || !fill || !onFill || !soft || !word) throw new Error('a token is missing')
      for (const background of BACKGROUNDS[theme]) {
        expect(contrast(ring, background)).toBeGreaterThanOrEqual(3)
        expect(contrast(word, background)).toBeGreaterThanOrEqual(4.5)
      }
      expect(contrast(onFill, fill)).toBeGreaterThanOrEqual(4.5)
      // on a selected row
      expect(contrast(MUTED[theme], soft)).toBeGreaterThanOrEqual(4.5)
    }
  },
)

test.each([
  ['#7f7f7f', []],
  ['#0077cc', []],
  ['#f5a614', ['light']],
  ['#002244', ['dark']],
  ['#ffffff', ['light']],
])('%s: a warning for these themes only: %j', (text, themes) => {
  const warnings = parse(text)?.warnings ?? []
  expect(warnings.map((warning) => /in the (light|dark) theme/.exec(warning)?.[1])).toEqual(themes)
  for (const warning of warnings) expect(warning).toMatch(/^ACCENT #[\da-f]{6} has a contrast of only/)
})

test('the fill is the colour itself, provided it is visible', () => {
  expect(parse('#F5A614')?.css).toContain('--amber: light-dark(#f5a614, #f5a614)')
  expect(parse('#fff')?.css).not.toContain('--amber: light-dark(#ffffff')
})

test.each([
  'red',
  '#12',
  '#12345',
  '#1234567',
  'rgb(1,2,3)',
  '#fff;} body{display:none',
  '#fff\n#000',
  'url(https://evil.example/x)',
  '</style><script>',
  'oklch(0.7 0.1 70)',
  ' ',
])('%j is not a colour', (text) => {
  expect(parse(text)).toBeUndefined()
})
