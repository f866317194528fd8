// ACCENT: one colour of the operator's, made into all that the page needs of an accent in both themes.

import { contrast, formatHex, fromOklch, type Oklch, parseHex, type Rgb, toOklch } from './colour.ts'

export interface Accent {
  /** A stylesheet that overrides the tokens of client/ui/tokens.css. */
  readonly css: string
  /** Where the colour could not be used as it is, and what stands in for it. */
  readonly warnings: readonly string[]
}

/** WCAG 2.2, 1.4.11: what shows where the focus is. */
const MIN_RING = 3
/** Of an area that says nothing by itself: it must be seen at all. */
const MIN_FILL = 1.5
/** WCAG 2.2, 1.4.3: text on the accent. Of black and white one always has it. */
const MIN_TEXT = 4.5

interface Theme {
  readonly name: 'light' | 'dark'
  /** `--surface` and `--raised` of the page, between which all its grounds lie (client/ui/tokens.css). */
  readonly grounds: readonly Rgb[]
  /** Away from its grounds. */
  readonly step: number
  /** Lightness and most chroma of a selected row's ground, and of a word that the accent marks. */
  readonly soft: readonly [number, number]
  readonly word: readonly [number, number]
}

const THEMES: readonly Theme[] = [
  {
    name: 'light',
    grounds: [fromOklch([1, 0, 0]), fromOklch([0.965, 0.005, 255])],
    step: -0.01,
    soft: [0.965, 0.045],
    word: [0.5, 0.13],
  },
  {
    name: 'dark',
    grounds: [fromOklch([0.175, 0.012, 260]), fromOklch([0.25, 0.015, 260])],
    step: 0.01,
    soft: [0.29, 0.05],
    word: [0.82, 0.13],
  },
]

const worst = (colour: Rgb, grounds: readonly Rgb[]) =>
  Math.min(...grounds.map((ground) => contrast(colour, ground)))

/** The colour itself, or the nearest of its hue that stands out enough from the theme's grounds. */
function standingOut(colour: Rgb, { grounds, step }: Theme, enough: number): Rgb {
  if (worst(colour, grounds) >= enough) return colour
  const [lightness, chroma, hue] = toOklch(colour)
  for (let next = lightness + step; next > 0 && next < 1; next += step) {
    const found = fromOklch([next, chroma, hue])
    if (worst(found, grounds) >= enough) return found
  }
  // black on a light ground, white on a dark one
  return fromOklch([step < 0 ? 0 : 1, 0, 0])
}

const BLACK = fromOklch([0.22, 0.03, 260])
const WHITE: Rgb = [1, 1, 1]

function textOn(colour: Rgb): Rgb {
  if (contrast(BLACK, colour) >= MIN_TEXT) return BLACK
  return contrast(WHITE, colour) >= contrast([0, 0, 0], colour) ? WHITE : [0, 0, 0]
}

function ofHue([, chroma, hue]: Oklch, [lightness, most]: readonly [number, number]): Rgb {
  return fromOklch([lightness, Math.min(chroma, most), hue])
}

/** What one theme makes of the colour, by token. */
function tokensOf(colour: Rgb, theme: Theme): Readonly<Record<string, Rgb>> {
  const fill = standingOut(colour, theme, MIN_FILL)
  const hue = toOklch(colour)
  return {
    '--amber': fill,
    '--on-amber': textOn(fill),
    '--focus': standingOut(colour, theme, MIN_RING),
    '--amber-soft': ofHue(hue, theme.soft),
    '--keyword': ofHue(hue, theme.word),
  }
}

function warningsOf(colour: Rgb, theme: Theme, tokens: Readonly<Record<string, Rgb>>): string[] {
  const { '--amber': fill = colour, '--focus': ring = colour } = tokens
  const said = formatHex(colour)
  const ratio = worst(colour, theme.grounds).toFixed(1)
  if (formatHex(ring) === said) return []
  const instead =
    formatHex(fill) === said
      ? `${formatHex(ring)} marks the focus there`
      : `${formatHex(fill)} is shown there, and ${formatHex(ring)} marks the focus`
  return [
    `ACCENT ${said} has a contrast of only ${ratio} : 1 in the ${theme.name} theme, and ${MIN_RING} : 1 is needed: ${instead}.`,
  ]
}

/**
 * Reads `ACCENT`.
 *
 * @param text  `#rgb` or `#rrggbb`, which is all that may come into a stylesheet.
 * @returns undefined for anything else. Every contrast of its stylesheet is enough, whatever the colour.
 */
export function parseAccent(text: string): Accent | undefined {
  const colour = parseHex(text.trim())
  if (colour === undefined) return undefined
  const [light = {}, dark = {}] = THEMES.map((theme) => tokensOf(colour, theme))
  const lines = Object.entries(light).map(
    ([name, rgb]) => `  ${name}: light-dark(${formatHex(rgb)}, ${formatHex(dark[name] ?? rgb)});\n`,
  )
  return {
    // stronger than the page's own, whichever comes first
    css: `:root:root {\n${lines.join('')}}\n`,
    warnings: THEMES.flatMap((theme, index) => warningsOf(colour, theme, [light, dark][index] ?? light)),
  }
}
