// The Link header field, which names the next page.

/** One link: its target as written, absolute or relative, and its relation types in lower case. */
export interface Link {
  readonly target: string
  readonly relations: readonly string[]
}

const MAX_LENGTH = 8 * 1024
const TARGET = /[ \t,]*<([^>]*)>/y
// token or quoted-string values (RFC 8288 §3, RFC 9110 §5.6); empty parameters are skipped, as appendix B.3 does
const PARAM =
  /[ \t]*;[ \t;]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+)))?/sy

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

/** The links up to the first that is malformed, and where that one begins. */
function scan(header: string): { readonly links: readonly Link[]; readonly end: number } {
  const links: Link[] = []
  let at = 0
  for (let link = match(TARGET, header, at); link !== null; link = match(TARGET, header, at)) {
    at = TARGET.lastIndex
    let rel: string | undefined
    for (let param = match(PARAM, header, at); param !== null; param = match(PARAM, header, at)) {
      at = PARAM.lastIndex
      // the first rel counts (RFC 8288 §3.3)
      if (param[1]?.toLowerCase() === 'rel') rel ??= param[2]?.replace(/\\(.)/gs, '$1') ?? param[3] ?? ''
    }
    const relations = (rel ?? '').toLowerCase().split(/\s+/).filter(Boolean)
    links.push({ target: link[1] ?? '', relations })
  }
  return { links, end: at }
}

/**
 * Reads a Link field.
 *
 * @param header  the field value, several fields joined by ", ". Untrusted and at most 8 KiB: a longer one
 *   yields no links.
 * @returns the links in the order sent, up to the first that is malformed. Never throws.
 * @see RFC 8288 §3
 */
export function parseLinks(header: string): readonly Link[] {
  return header.length > MAX_LENGTH ? [] : scan(header).links
}

/**
 * Whether a Link field is malformed: it is too long, not all of it is links, or a link has no relation (required by
 * RFC 8288 §3.3). A malformed field may mean a next page.
 */
export function isMalformed(header: string): boolean {
  if (header.length > MAX_LENGTH) return true
  const { links, end } = scan(header)
  return /[^ \t,;]/.test(header.slice(end)) || links.some(({ relations }) => relations.length === 0)
}

/**
 * Finds the target of the first link with the relation `next`.
 *
 * @param header  as for `parseLinks`.
 * @returns the target exactly as written, absolute or relative; undefined if there is none. Never throws.
 */
export function nextLink(header: string | undefined): string | undefined {
  return parseLinks(header ?? '').find(({ relations }) => relations.includes('next'))?.target
}

/** Whether there may be a next page: a malformed field counts, since it may name one. */
export function leadsOn(header: string): boolean {
  return nextLink(header) !== undefined || isMalformed(header)
}
