// Regular expressions in a filter. A module of its own, loaded with the first one.

import { RE2JS } from 're2js'

/** As long as a tag may be. */
const MAX_SOURCE = 128
/** Instructions: a tag takes up to 150 ms with so many, and a few hundred are a long pattern. */
const MAX_PROGRAM = 5000

/**
 * Compiles what stands between the slashes. RE2 takes linear time for every pattern: the filter is part of the URL,
 * and with the browser's own engine somebody's link could hang the page. What is linear in the pattern too is bounded
 * here, and `sift` bounds the rest.
 *
 * @param flags  `i` or nothing.
 * @throws Error if it is not a pattern; with the cause `limit` and a message for people if it is too large to be fast.
 */
export function compilePattern(source: string, flags: string): (text: string) => boolean {
  if (source.length > MAX_SOURCE) throw new Error('too long', { cause: 'limit' })
  const pattern = RE2JS.compile(source, flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0)
  if (pattern.programSize() > MAX_PROGRAM) throw new Error('too large', { cause: 'limit' })
  return (text) => pattern.test(text)
}
