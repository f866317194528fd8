// Numbers and times as people read them.

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** Bytes in powers of 1000, as registries and docker count: `84.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** RFC 3339, or a day: the rest of what Date.parse takes, `beta 2` included, would be a guess. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/i
const readTime = (text: string) => (TIME.test(text) ? Date.parse(text) : Number.NaN)

/** `3 days ago`; undefined for a time that cannot be read. */
export function formatAgo(time: string, now: number): string | undefined {
  const seconds = (readTime(time) - now) / 1000
  if (Number.isNaN(seconds)) return undefined
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit)
  }
  return 'just now'
}

/** Date and time with its zone, for those who need it exactly; undefined for a time that cannot be read. */
export function formatExact(time: string): string | undefined {
  const date = new Date(readTime(time))
  return Number.isNaN(date.getTime())
    ? undefined
    : date.toLocaleString('en', { dateStyle: 'medium', timeStyle: 'long' })
}

/** For those who need it exactly: `84,213,006 bytes`. */
export function formatExactBytes(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`
}
