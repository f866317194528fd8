// Regular expressions in a filter. A module of its own, loaded with the first one.

import { RE2JS } from 're2js'

/**
 * Compiles what stands between the slashes. RE2 takes linear time for every pattern: the filter is part of the URL,
 * and with the browser's own engine somebody's link could hang the page.
 *
 * @param flags  `i` or nothing.
 * @throws if it is no pattern; the message says why.
 */
export function compilePattern(source: string, flags: string): (text: string) => boolean {
  const pattern = RE2JS.compile(source, flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0)
  return (text) => pattern.test(text)
}
