// The Link field: where the next page is.

const MAX_LENGTH = 8 * 1024
const TARGET = /[ \t,]*<([^>]*)>/y
// token or quoted-string values (RFC 8288 §3, RFC 9110 §5.6)
const PARAM =
  /[ \t]*;[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+)))?/sy

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/**
 * Finds the target of the first link with the relation `next`.
 *
 * @param header  the field value, several fields joined by ", ". Untrusted: at most 8 KiB are read.
 * @returns the target exactly as written, absolute or relative; undefined if there is none. Never throws.
 * @see RFC 8288 §3
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_LENGTH) return undefined
  let at = 0
  for (let link = match(TARGET, header, at); link !== null; link = match(TARGET, header, at)) {
    at = TARGET.lastIndex
    let relations: string | undefined
    for (let param = match(PARAM, header, at); param !== null; param = match(PARAM, header, at)) {
      at = PARAM.lastIndex
      // the first rel counts (RFC 8288 §3.3)
      if (param[1]?.toLowerCase() === 'rel') relations ??= param[2] ?? param[3] ?? ''
    }
    if (relations?.toLowerCase().split(/\s+/).includes('next')) return link[1]
  }
  return undefined
}
