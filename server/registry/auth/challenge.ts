// How a registry asks for credentials: the WWW-Authenticate field.

/** Basic carries nothing: some registries send it without a realm. */
export type Challenge =
  | { readonly scheme: 'basic' }
  | {
      readonly scheme: 'bearer'
      readonly realm: string
      readonly service: string | undefined
      readonly scopes: readonly string[]
    }

export type BearerChallenge = Extract<Challenge, { scheme: 'bearer' }>

const MAX_HEADER_LENGTH = 8 * 1024

// RFC 9110 §5.6.2 token, §11.2 token68, §5.6.4 quoted-string (kept apart, since only it has escapes)
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy
const EQUALS = /[ \t]*=[ \t]*/y
const SPACES = /[ \t]*/y
const COMMAS = /[ \t]*(?:,[ \t]*)+/y
/** What no grammar allows and some registries send, such as `realm=Registry Realm`: up to the next list item. */
const UNREADABLE = /[^,"]*/y

interface RawChallenge {
  readonly scheme: string
  readonly params: Map<string, string>
}

/** Walks a string once, left to right: every pattern is sticky, so the time is linear in the input. */
function createReader(text: string) {
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match === null) return undefined
    at = pattern.lastIndex
    return match[1] ?? match[0]
  }
  return {
    get done() {
      return at >= text.length
    },
    get position() {
      return at
    },
    rewind(position: number) {
      at = position
    },
    /** The first group (or the whole match) of the pattern here, moving past it; undefined if it does not match. */
    take,
    /** Moves past the commas (or the white space at the very end) that must follow a list item. */
    endOfItem(): boolean {
      if (take(COMMAS) !== undefined) return true
      const start = at
      take(SPACES)
      if (at >= text.length) return true
      at = start
      return false
    },
  }
}
type Reader = ReturnType<typeof createReader>

/** `name = value` here, or undefined with the reader back where it was. */
function takeParam(reader: Reader): [name: string, value: string] | undefined {
  const start = reader.position
  const name = reader.take(TOKEN)
  if (name !== undefined && reader.take(EQUALS) !== undefined) {
    const quoted = reader.take(QUOTED)
    const value = quoted === undefined ? reader.take(TOKEN) : quoted.replace(/\\(.)/gs, '$1')
    if (value !== undefined) return [name.toLowerCase(), value]
  }
  reader.rewind(start)
  return undefined
}

/**
 * Moves past the end of a parameter. Registries also write a blank for the comma, and clients take it: but only before
 * a further parameter, never before another challenge.
 */
function endOfParam(reader: Reader): boolean {
  if (reader.endOfItem()) return true
  const start = reader.position
  if (reader.take(SPACES) === '') return false
  const end = reader.position
  const followed = takeParam(reader) !== undefined
  reader.rewind(followed ? end : start)
  return followed
}

/** Notes a parameter; false if it occurs twice (RFC 9110 §11.2): two realms would leave the choice to the sender. */
function addParam(params: Map<string, string>, [name, value]: readonly [string, string]): boolean {
  const before = params.get(name)
  // the exception that clients make: all scopes are requested
  if (before !== undefined && name !== 'scope') return false
  params.set(name, before === undefined ? value : `${before} ${value}`)
  return true
}

/** One challenge with its parameters; undefined if it is malformed. */
function takeChallenge(reader: Reader): RawChallenge | undefined {
  const scheme = reader.take(TOKEN)?.toLowerCase()
  if (scheme === undefined) return undefined
  const params = new Map<string, string>()
  const challenge = { scheme, params }
  if (reader.endOfItem()) return challenge
  if (reader.take(SPACES) === '') return undefined
  for (let first = true; ; first = false) {
    const param = takeParam(reader)
    if (param !== undefined && !addParam(params, param)) return undefined
    if (param === undefined) {
      // what is no parameter: token68 right after the scheme, or the next challenge
      if (!first) return challenge
      reader.take(TOKEN68)
    }
    if (!endOfParam(reader)) {
      // Basic carries nothing that anybody would read
      if (scheme !== 'basic') return undefined
      reader.take(UNREADABLE)
      if (!reader.endOfItem()) return undefined
    }
    if (reader.done) return challenge
  }
}

function toChallenge({ scheme, params }: RawChallenge): Challenge[] {
  if (scheme === 'basic') return [{ scheme }]
  const realm = params.get('realm')
  if (scheme !== 'bearer' || realm === undefined || realm === '') return []
  const scopes = (params.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  return [{ scheme, realm, service: params.get('service'), scopes }]
}

/**
 * Reads the challenges of a 401 response, in the order sent.
 *
 * @param header  the `WWW-Authenticate` field value; several fields joined by ", ".
 *   Untrusted and at most 8 KiB: a longer one yields no challenges.
 * @returns Basic and Bearer only. Empty if the header is absent or malformed, so the
 *   caller must treat "none" as "cannot authenticate", never as "no auth needed".
 *   `scopes` is split on spaces; `realm` is NOT validated here (see realm.ts).
 *   Never throws.
 * @see RFC 9110 §11.6.1 (grammar)
 * @see https://distribution.github.io/distribution/spec/auth/token/ (realm, service, scope)
 */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  if (header === undefined || header.length > MAX_HEADER_LENGTH) return []
  const reader = createReader(header)
  const challenges: Challenge[] = []
  reader.take(COMMAS)
  while (!reader.done) {
    const challenge = takeChallenge(reader)
    if (challenge === undefined) return []
    challenges.push(...toChallenge(challenge))
  }
  return challenges
}
