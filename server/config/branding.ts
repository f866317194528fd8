// The operator's own look: LOGO_FILE, and ACCENT, one colour from which the accent tokens of both themes are derived.

import * as z from 'zod/mini'
import { contrast, formatHex, fromOklch, type Oklch, parseHex, type Rgb, toOklch } from './colour.ts'
import { bytes, parsed, text } from './schemas.ts'

export interface Branding {
  readonly logo: Logo | undefined
  readonly accent: Accent | undefined
  /** A line of plain text on every page. */
  readonly notice: string | undefined
}

export interface Logo {
  readonly bytes: Buffer
  readonly mediaType: 'image/svg+xml' | 'image/png'
}

export const MAX_LOGO_BYTES = 256 * 1024

const PNG_BEGIN = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const PNG_END = Buffer.from('49454e44ae426082', 'hex')
/** Before the root element: a declaration, comments, processing instructions, a plain document type. */
const BEFORE_SVG = /^\uFEFF?(?:\s|<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*>)*/i
const SVG = /^<svg\s[^>]*\bxmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["'][^>]*>/
const SVG_END = /<\/svg\s*>(?:\s|<!--[\s\S]*?-->)*$/

/** Whether browsers can show it in an `<img>`: the right root element, closed. */
function isSvg(content: Buffer): boolean {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return false
  }
  const root = SVG.exec(text.replace(BEFORE_SVG, ''))?.[0]
  return root !== undefined && (root.endsWith('/>') || SVG_END.test(text))
}

/** Checks its signature and its end: browsers show a truncated file in part or not at all. */
function isPng(content: Buffer): boolean {
  return (
    content.subarray(0, PNG_BEGIN.length).equals(PNG_BEGIN) &&
    content.subarray(content.length - PNG_END.length).equals(PNG_END)
  )
}

function parseLogo(content: Buffer): Logo | undefined {
  if (isPng(content)) return { bytes: content, mediaType: 'image/png' }
  if (isSvg(content)) return { bytes: content, mediaType: 'image/svg+xml' }
  return undefined
}

/**
 * From a file's bytes, recognised by its content and never by its name. An SVG is not sanitised: it is shown in an
 * `<img>`, where nothing runs, and served in a sandbox (plugins/static-page.ts).
 */
export const logo = parsed(
  bytes.check(
    z.refine(({ length }) => length > 0, { error: 'is an empty file.', abort: true }),
    z.refine(({ length }) => length <= MAX_LOGO_BYTES, {
      error: 'must not be larger than 256 KiB.',
      abort: true,
    }),
  ),
  parseLogo,
  'must be a complete PNG, or an SVG in UTF-8 with its xmlns.',
)

export interface Accent {
  /** A stylesheet that overrides the tokens of client/components/tokens.css. */
  readonly css: string
  /** Themes in which the colour has too little contrast, each with its replacement. */
  readonly warnings: readonly string[]
}

/** WCAG 2.2, 1.4.11: the focus indicator. */
const MIN_RING = 3
/** For an area without meaning of its own, which only has to be visible. */
const MIN_FILL = 1.5
/** WCAG 2.2, 1.4.3: text on the accent. Black or white always reaches it. */
const MIN_TEXT = 4.5

interface Theme {
  readonly name: 'light' | 'dark'
  /** `--surface` and `--raised`, the extremes of the page's backgrounds (client/components/tokens.css). */
  readonly backgrounds: readonly Rgb[]
  /** Step of lightness, away from the backgrounds. */
  readonly step: number
  /** Lightness and maximum chroma of a selected row's background, and of accented text. */
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

/** The colour itself, or the nearest of its hue with enough contrast with the theme's backgrounds. */
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
 * @param value  `#rgb` or `#rrggbb`; nothing else may reach a stylesheet.
 * @returns undefined for anything else. For every colour the tokens have enough contrast.
 */
function parseAccent(value: string): Accent | undefined {
  const colour = parseHex(value.trim())
  if (colour === undefined) return undefined
  const [light = {}, dark = {}] = THEMES.map((theme) => tokensOf(colour, theme))
  const lines = Object.entries(light).map(
    ([name, rgb]) => `  ${name}: light-dark(${formatHex(rgb)}, ${formatHex(dark[name] ?? rgb)});\n`,
  )
  return {
    // more specific than the page's own rule, so that the load order does not matter
    css: `:root:root {\n${lines.join('')}}\n`,
    warnings: THEMES.flatMap((theme, index) => warningsOf(colour, theme, [light, dark][index] ?? light)),
  }
}

export const accent = parsed(text, parseAccent, 'must be a colour as #rrggbb or #rgb.')
