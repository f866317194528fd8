// The order in which people look for tags: `latest`, then the newest version, then names.

/** A release, then its variants (`-alpine`) and builds (`-4`), then its pre-releases (`-rc.2`). */
const RANK = { release: 0, variant: 1, preRelease: 2 } as const

/** A tag's sort key, computed once per tag. */
interface Place {
  readonly tag: string
  /** A version's numbers as digits without leading zeros; undefined for a name. */
  readonly numbers: readonly string[] | undefined
  readonly rank: (typeof RANK)[keyof typeof RANK]
  /** Runs of digits and of other characters: of the part after the numbers, or of the whole name. */
  readonly runs: readonly string[]
}

const VERSION = /^[vV]?(\d+(?!\d)(?:\.\d+(?!\d)){0,5})(?:[-._+]?([A-Za-z0-9._+-]*))$/
/** `2024-05-01`, `2024_05_01`: other dates are versions already. */
const DATE = /^[vV]?(\d{4})[-_](\d{2})[-_](\d{2})(?!\d)(?:[-_T]?(.*))$/
/** An abbreviated or full commit hash: it begins with a digit only by chance. */
const COMMIT = /^(?=\d*[a-f])[0-9a-f]{7,64}$/
const PRE_RELEASE = /^(?:alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|m\d|ea|a\d|b\d)/i

const withoutZeros = (digits: string) => digits.replace(/^0+(?=\d)/, '')
const isDigits = (run: string) => run >= '0' && run < ':'
const runsOf = (text: string) => (text.match(/\d+|\D+/g) ?? []).map(withoutZeros)

function placeOf(tag: string): Place {
  const date = DATE.exec(tag)
  const version = date === null && !COMMIT.test(tag) ? VERSION.exec(tag) : null
  const numbers = date?.slice(1, 4) ?? version?.[1]?.split('.')
  if (numbers === undefined) return { tag, numbers, rank: RANK.release, runs: runsOf(tag) }
  const suffix = date?.[4] ?? version?.[2] ?? ''
  const rank = suffix === '' ? RANK.release : PRE_RELEASE.test(suffix) ? RANK.preRelease : RANK.variant
  return { tag, numbers: numbers.map(withoutZeros), rank, runs: runsOf(suffix) }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Numbers of any length, without rounding. */
function compareDigits(a: string, b: string): number {
  return a.length - b.length || compareText(a, b)
}

/**
 * Run by run, digits as numbers.
 *
 * @param digits  1: `9` before `10`; -1: after it.
 * @param text  1: by code units, a part before the whole; -1: the reverse.
 */
function compareRuns(a: readonly string[], b: readonly string[], digits: 1 | -1, text: 1 | -1): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const [x = '', y = ''] = [a[i], b[i]]
    if (x === y) continue
    return isDigits(x) && isDigits(y) ? digits * compareDigits(x, y) : text * compareText(x, y)
  }
  return text * (a.length - b.length)
}

/** Newest first; a missing number counts as the newest of its line, since publishers move `1.2` to 1.2.9. */
function compareNumbers(a: readonly string[], b: readonly string[]): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = compareDigits(b[i] ?? '', a[i] ?? '')
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function comparePlaces(a: Place, b: Place): number {
  if (a.tag === b.tag) return 0
  if (a.tag === 'latest') return -1
  if (b.tag === 'latest') return 1
  if (a.numbers === undefined && b.numbers === undefined)
    return compareRuns(a.runs, b.runs, 1, 1) || compareText(a.tag, b.tag)
  if (a.numbers === undefined) return 1
  if (b.numbers === undefined) return -1
  return (
    compareNumbers(a.numbers, b.numbers) ||
    a.rank - b.rank ||
    compareRuns(a.runs, b.runs, -1, a.rank === RANK.preRelease ? -1 : 1) ||
    compareText(a.tag, b.tag)
  )
}

/**
 * Compares two tags: `latest`, then versions from the newest (1.10 before 1.9, a release before its
 * variants and those before its pre-releases), then other names. A strict total order: 0 only for equal tags.
 */
export function compareTags(a: string, b: string): number {
  return comparePlaces(placeOf(a), placeOf(b))
}

/** Sorts tags as `compareTags` does, parsing each once: 20,000 take one or two frames. */
export function sortTags<T extends string>(tags: readonly T[]): T[] {
  return tags
    .map((tag) => ({ ...placeOf(tag), tag }))
    .sort(comparePlaces)
    .map(({ tag }) => tag)
}
