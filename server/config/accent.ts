// ACCENT: one colour from the operator, from which the accent tokens of both themes are derived.

import { contrast, formatHex, fromOklch, type Oklch, parseHex, type Rgb, toOklch } from './colour.ts'
import { parsed, text } from './schemas.ts'

export interface Accent {
  /** A stylesheet that overrides the tokens of client/components/tokens.css. */
  readonly css: string
  /** Where the colour has too little contrast, and which one replaces it there. */
  readonly warnings: readonly string[]
}

/** WCAG 2.2, 1.4.11: the focus indicator. */
const MIN_RING = 3
/** An area that carries no meaning by itself: it only has to be visible. */
const MIN_FILL = 1.5
/** WCAG 2.2, 1.4.3: text on the accent. Black or white always reaches it. */
const MIN_TEXT = 4.5

interface Theme {
  readonly name: 'light' | 'dark'
  /** `--surface` and `--raised`, the extremes of the page's backgrounds (client/components/tokens.css). */
  readonly backgrounds: readonly Rgb[]
  /** Of lightness, away from the backgrounds. */
  readonly step: number
  /** Lightness and maximum chroma: of a selected row's background, and of an accented word. */
  readonly soft: readonly [number, number]
  readonly word: readonly [number, number]
}

const THEMES: readonly Theme[] = [
  {
    name: 'light',
    backgrounds: [fromOklch([1, 0, 0]), fromOklch([0.965, 0.005, 255])],
    step: -0.01,
    soft: [0.965, 0.045],
    word: [0.5, 0.13],
  },
  {
    name: 'dark',
    backgrounds: [fromOklch([0.175, 0.012, 260]), fromOklch([0.25, 0.015, 260])],
    step: 0.01,
    soft: [0.29, 0.05],
    word: [0.82, 0.13],
  },
]

const minContrast = (colour: Rgb, backgrounds: readonly Rgb[]) =>
  Math.min(...backgrounds.map((background) => contrast(colour, background)))

/** The colour itself, or the nearest of its hue with enough contrast to the theme's backgrounds. */
function withContrast(colour: Rgb, { backgrounds, step }: Theme, enough: number): Rgb {
  if (minContrast(colour, backgrounds) >= enough) return colour
  const [lightness, chroma, hue] = toOklch(colour)
  for (let next = lightness + step; next > 0 && next < 1; next += step) {
    const candidate = fromOklch([next, chroma, hue])
    if (minContrast(candidate, backgrounds) >= enough) return candidate
  }
  // black on a light background, white on a dark one
  return fromOklch([step < 0 ? 0 : 1, 0, 0])
}

const BLACK = fromOklch([0.22, 0.03, 260])
const WHITE: Rgb = [1, 1, 1]

function textOn(colour: Rgb): Rgb {
  if (contrast(BLACK, colour) >= MIN_TEXT) return BLACK
  return contrast(WHITE, colour) >= contrast([0, 0, 0], colour) ? WHITE : [0, 0, 0]
}

function ofHue([, chroma, hue]: Oklch, [lightness, maxChroma]: readonly [number, number]): Rgb {
  return fromOklch([lightness, Math.min(chroma, maxChroma), hue])
}

function tokensOf(colour: Rgb, theme: Theme): Readonly<Record<string, Rgb>> {
  const fill = withContrast(colour, theme, MIN_FILL)
  const hue = toOklch(colour)
  return {
    '--amber': fill,
    '--on-amber': textOn(fill),
    '--focus': withContrast(colour, theme, MIN_RING),
    '--amber-soft': ofHue(hue, theme.soft),
    '--keyword': ofHue(hue, theme.word),
  }
}

function warningsOf(colour: Rgb, theme: Theme, tokens: Readonly<Record<string, Rgb>>): string[] {
  const { '--amber': fill = colour, '--focus': ring = colour } = tokens
  const [given, fillHex, ringHex] = [colour, fill, ring].map(formatHex)
  if (ringHex === given) return []
  const ratio = minContrast(colour, theme.backgrounds).toFixed(1)
  const instead =
    fillHex === given
      ? `${ringHex} marks the focus there`
      : `${fillHex} is shown there, and ${ringHex} marks the focus`
  return [
    `ACCENT ${given} has a contrast of only ${ratio} : 1 in the ${theme.name} theme, and ${MIN_RING} : 1 is needed: ${instead}.`,
  ]
}

/**
 * Derives the stylesheet.
 *
 * @param value  `#rgb` or `#rrggbb`; nothing else may get into a stylesheet.
 * @returns undefined for anything else. The contrast is sufficient for every colour.
 */
function parseAccent(value: string): Accent | undefined {
  const colour = parseHex(value.trim())
  if (colour === undefined) return undefined
  const [light = {}, dark = {}] = THEMES.map((theme) => tokensOf(colour, theme))
  const lines = Object.entries(light).map(
    ([name, rgb]) => `  ${name}: light-dark(${formatHex(rgb)}, ${formatHex(dark[name] ?? rgb)});\n`,
  )
  return {
    // more specific than the page's own, in whichever order they load
    css: `:root:root {\n${lines.join('')}}\n`,
    warnings: THEMES.flatMap((theme, index) => warningsOf(colour, theme, [light, dark][index] ?? light)),
  }
}

export const accent = parsed(text, parseAccent, 'must be a colour as #rrggbb or #rgb.')
