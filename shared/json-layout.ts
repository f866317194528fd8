// JSON laid out in lines for reading, with every token exactly as written: JSON.parse would round numbers, drop
// duplicate keys and lose how a string was escaped.

export type JsonTokenKind = 'key' | 'string' | 'number' | 'word' | 'sign'

export interface JsonToken {
  readonly kind: JsonTokenKind
  /** As written, quotes and escapes included. */
  readonly text: string
}

export interface JsonLine {
  /** How many objects and lists enclose it. */
  readonly depth: number
  readonly tokens: readonly JsonToken[]
  /** For a line that opens an object or list: the index of the line that closes it. */
  readonly end: number | undefined
}

export interface JsonLayout {
  readonly lines: readonly JsonLine[]
  /** True if the document has more lines than were laid out. */
  readonly truncated: boolean
}

/** Far more than the documents of real images have; each line costs memory. */
const MAX_LINES = 50_000
const SPACE = /[\t\n\r ]*/y
const SIMPLE = /-?\d[\d.eE+-]*|true|false|null/y

interface Open {
  readonly line: number
  readonly isObject: boolean
}

/** The index after the string that begins at `at`; undefined if it never ends. */
function endOfString(text: string, at: number): number | undefined {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1
    while (text.charAt(before) === '\\') before--
    if ((quote - before) % 2 === 1) return quote + 1
  }
  return undefined
}

/** Collects tokens into lines. */
function createLines() {
  const lines: { depth: number; tokens: JsonToken[]; end: number | undefined }[] = []
  const open: Open[] = []
  let tokens: JsonToken[] = []
  const endLine = () => {
    if (tokens.length > 0) lines.push({ depth: open.length, tokens, end: undefined })
    tokens = []
  }
  return {
    lines,
    add: (kind: JsonTokenKind, text: string) => tokens.push({ kind, text }),
    endLine,
    open(character: string) {
      tokens.push({ kind: 'sign', text: character })
      endLine()
      open.push({ line: lines.length - 1, isObject: character === '{' })
    },
    /** False if no object or list of this kind is open. */
    close(character: string): boolean {
      const opened = open.at(-1)
      if (opened === undefined || opened.isObject !== (character === '}')) return false
      endLine()
      open.pop()
      const opening = lines[opened.line]
      if (opening !== undefined) opening.end = lines.length
      tokens.push({ kind: 'sign', text: character })
      return true
    },
    isOpen: () => open.length > 0,
    /** Whether a string at this point is a member's name. */
    isAtKey: () => open.at(-1)?.isObject === true && tokens.length === 0,
  }
}

/** The index after white space. */
function afterSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  SPACE.test(text)
  return SPACE.lastIndex
}

/** Reads the token at an index; returns the index after it, or undefined if there is no token. */
function takeToken(text: string, at: number, lines: ReturnType<typeof createLines>): number | undefined {
  const character = text.charAt(at)
  if (character === '{' || character === '[') {
    const closing = afterSpace(text, at + 1)
    if (text.charAt(closing) === (character === '{' ? '}' : ']')) {
      lines.add('sign', character + text.charAt(closing))
      return closing + 1
    }
    lines.open(character)
    return at + 1
  }
  if (character === '}' || character === ']') return lines.close(character) ? at + 1 : undefined
  if (character === ',' || character === ':') {
    lines.add('sign', character === ',' ? ',' : ': ')
    if (character === ',') lines.endLine()
    return at + 1
  }
  if (character === '"') {
    const end = endOfString(text, at)
    if (end !== undefined) lines.add(lines.isAtKey() ? 'key' : 'string', text.slice(at, end))
    return end
  }
  SIMPLE.lastIndex = at
  const simple = SIMPLE.exec(text)?.[0]
  if (simple === undefined) return undefined
  lines.add(/^[tfn]/.test(simple) ? 'word' : 'number', simple)
  return at + simple.length
}

/**
 * Lays out a JSON document, one member or element per line.
 *
 * @param text  a document that JSON.parse accepts; for any other the result is a guess or undefined.
 * @returns undefined if it is not JSON. At most 50,000 lines. Never throws, does not recurse; linear.
 */
export function layoutJson(text: string): JsonLayout | undefined {
  const growing = createLines()
  const { lines } = growing
  let at = afterSpace(text, 0)
  while (at < text.length) {
    if (lines.length >= MAX_LINES) return { lines, truncated: true }
    const next = takeToken(text, at, growing)
    if (next === undefined) return undefined
    at = afterSpace(text, next)
  }
  growing.endLine()
  return growing.isOpen() || lines.length === 0 ? undefined : { lines, truncated: false }
}

/** The value of a string token; the text of any other token. */
export function stringValue(token: JsonToken): string {
  try {
    const value: unknown = JSON.parse(token.text)
    return typeof value === 'string' ? value : token.text
  } catch {
    return token.text
  }
}
