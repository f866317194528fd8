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

/** `1 tag`, `2,000 tags`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}

/** A sum of sizes of which some may not be known, as short as a column needs it: `≥ 84.2 MB`. */
export function formatTotal({ bytes, isPartial }: { bytes: number; isPartial: boolean }): string {
  if (!isPartial) return formatBytes(bytes)
  return bytes === 0 ? 'unknown' : `≥ ${formatBytes(bytes)}`
}

const DAY = 86_400
const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', 3600],
  ['minute', 60],
]

/** RFC 3339, or a day: the rest of what Date.parse takes, `beta 2` included, would be a guess. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/i
const readTime = (text: string) => (TIME.test(text) ? Date.parse(text) : Number.NaN)

/** From the midnight before one time to the midnight before the other, where the reader is. */
function calendarDays(from: number, to: number): number {
  const day = (time: number) => {
    const date = new Date(time)
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 1000 / DAY
  }
  return day(to) - day(from)
}

const IN_NUMBERS = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
/** Says `yesterday`: true of days of the calendar only. */
const IN_WORDS = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

/** `3 days ago`; undefined for a time that cannot be read. */
export function formatAgo(time: string, now: number): string | undefined {
  const then = readTime(time)
  const seconds = (then - now) / 1000
  if (Number.isNaN(seconds)) return undefined
  const [unit, length] = STEPS.find(([, least]) => Math.abs(seconds) >= least) ?? []
  if (unit === undefined || length === undefined) return 'just now'
  return unit === 'day'
    ? IN_WORDS.format(calendarDays(now, then), unit)
    : IN_NUMBERS.format(Math.trunc(seconds / length), unit)
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
