import { expect, test } from 'vitest'
import { accent } from './accent.ts'
import { contrast, fromOklch, parseHex, type Rgb } from './colour.ts'

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
  '%s: the focus indicator and the text on the accent have contrast in both themes',
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

test('the colour itself is the fill, as long as it is visible at all', () => {
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
