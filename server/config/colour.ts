// Colours as numbers: sRGB for contrast (WCAG 2.2), OKLCH for lighter and darker shades of one hue.

/** Red, green and blue from 0 to 1, as written in `#rrggbb` (gamma-encoded sRGB). */
export type Rgb = readonly [red: number, green: number, blue: number]
/** Lightness from 0 to 1, chroma (0 is grey), hue in degrees. */
export type Oklch = readonly [lightness: number, chroma: number, hue: number]

const toLinear = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
const fromLinear = (value: number) =>
  value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055

/** @returns undefined unless the text is `#rgb` or `#rrggbb`. */
export function parseHex(text: string): Rgb | undefined {
  const digits = /^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(text) ? text.slice(1) : undefined
  if (digits === undefined) return undefined
  const whole = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits
  const channel = (at: number) => Number.parseInt(whole.slice(at, at + 2), 16) / 255
  return [channel(0), channel(2), channel(4)]
}

export function formatHex(rgb: Rgb): string {
  const channel = (value: number) =>
    Math.round(value * 255)
      .toString(16)
      .padStart(2, '0')
  return `#${rgb.map(channel).join('')}`
}

/** WCAG 2.2, "relative luminance". */
function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * toLinear(red) + 0.7152 * toLinear(green) + 0.0722 * toLinear(blue)
}

/** WCAG 2.2, "contrast ratio": 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** @see https://bottosson.github.io/posts/oklab/ (matrices) */
export function toOklch([red, green, blue]: Rgb): Oklch {
  const [r, g, b] = [toLinear(red), toLinear(green), toLinear(blue)]
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s
  return [lightness, Math.hypot(a, bb), ((Math.atan2(bb, a) * 180) / Math.PI + 360) % 360]
}

function unclamped([lightness, chroma, hue]: Oklch): Rgb {
  const [a, b] = [chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

const STEPS = 24

/** The nearest colour with eight bits per channel. Its chroma is reduced if sRGB cannot show it at this lightness. */
export function fromOklch([lightness, chroma, hue]: Oklch): Rgb {
  const fits = (rgb: Rgb) => rgb.every((value) => value >= -0.0005 && value <= 1.0005)
  let [low, high] = [0, chroma]
  if (!fits(unclamped([lightness, chroma, hue])))
    for (let step = 0; step < STEPS; step++) {
      const middle = (low + high) / 2
      if (fits(unclamped([lightness, middle, hue]))) low = middle
      else high = middle
    }
  else low = chroma
  const [red, green, blue] = unclamped([lightness, low, hue])
  const clamp = (value: number) => Math.round(Math.min(Math.max(value, 0), 1) * 255) / 255
  return [clamp(red), clamp(green), clamp(blue)]
}
