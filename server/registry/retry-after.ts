// The Retry-After field.

/** An hour: longer than any client waits. */
const MAX_SECONDS = 3600

/**
 * Reads a Retry-After value into whole seconds.
 *
 * @param value  delay in seconds or an HTTP date; untrusted.
 * @param now  milliseconds since the epoch.
 * @returns 0 to 3600, or undefined if it is absent or neither.
 * @see RFC 9110 §10.2.3
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  // a date begins with its weekday; Date.parse by itself finds one in "-5" and "soon 5" too
  const isDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(value.trim())
  const date = isDate ? Date.parse(value) : Number.NaN
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : Math.ceil((date - now) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), MAX_SECONDS)
}

/** The Retry-After of a response, as `parseRetryAfter` reads it; of several the first. */
export function retryAfterOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): number | undefined {
  return parseRetryAfter([headers['retry-after']].flat()[0], Date.now())
}
