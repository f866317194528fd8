// JSON laid out in lines for reading, every token exactly as it is written: JSON.parse would round numbers, drop keys
// that stand twice and forget how a string was escaped.

export type JsonTokenKind = 'key' | 'string' | 'number' | 'word' | 'sign'

export interface JsonToken {
  readonly kind: JsonTokenKind
  /** As written, quotes and escapes included. */
  readonly text: string
}

export interface JsonLine {
  /** How many objects and lists it stands in. */
  readonly depth: number
  readonly tokens: readonly JsonToken[]
  /** For a line that opens an object or list: the index of the line that closes it. */
  readonly end: number | undefined
}

export interface JsonLayout {
  readonly lines: readonly JsonLine[]
  /** True where the document has more lines than are laid out. */
  readonly truncated: boolean
}

/** No document of a real image comes near; each line costs memory. */
const MAX_LINES = 50_000
const SPACE = /[\t\n\r ]*/y
const SIMPLE = /-?\d[\d.eE+-]*|true|false|null/y

interface Open {
  readonly line: number
  readonly isObject: boolean
}

/** The index behind the string that begins at `at`; undefined if it never ends. */
function endOfString(text: string, at: number): number | undefined {
  for (let quote = text.indexOf('"', at + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1
    while (text.charAt(before) === '\\') before--
    if ((quote - before) % 2 === 1) return quote + 1
  }
  return undefined
}

/**
 * Lays a JSON document out, one member or element to a line.
 *
 * @param text  a document that JSON.parse accepts; for any other the result is a guess or undefined.
 * @returns undefined where it is no JSON. At most 50,000 lines. Never throws, does not recurse; linear.
 */
export function layoutJson(text: string): JsonLayout | undefined {
  const lines: { depth: number; tokens: JsonToken[]; end: number | undefined }[] = []
  const open: Open[] = []
  let tokens: JsonToken[] = []
  let at = 0
  const skipSpace = () => {
    SPACE.lastIndex = at
    SPACE.test(text)
    at = SPACE.lastIndex
  }
  const endLine = (depth = open.length) => {
    if (tokens.length > 0) lines.push({ depth, tokens, end: undefined })
    tokens = []
  }
  const sign = (character: string) => tokens.push({ kind: 'sign', text: character })
  while (lines.length < MAX_LINES) {
    skipSpace()
    if (at >= text.length) {
      endLine(0)
      return open.length === 0 && lines.length > 0 ? { lines, truncated: false } : undefined
    }
    const character = text.charAt(at)
    if (character === '{' || character === '[') {
      at++
      skipSpace()
      const closing = character === '{' ? '}' : ']'
      if (text.charAt(at) === closing) {
        at++
        sign(character + closing)
        continue
      }
      sign(character)
      endLine()
      open.push({ line: lines.length - 1, isObject: character === '{' })
    } else if (character === '}' || character === ']') {
      const opened = open.at(-1)
      if (opened === undefined || opened.isObject !== (character === '}')) return undefined
      endLine()
      open.pop()
      const opening = lines[opened.line]
      if (opening !== undefined) opening.end = lines.length
      sign(character)
      at++
    } else if (character === ',') {
      sign(',')
      endLine()
      at++
    } else if (character === ':') {
      sign(': ')
      at++
    } else if (character === '"') {
      const end = endOfString(text, at)
      if (end === undefined) return undefined
      const isKey = open.at(-1)?.isObject === true && tokens.length === 0
      tokens.push({ kind: isKey ? 'key' : 'string', text: text.slice(at, end) })
      at = end
    } else {
      SIMPLE.lastIndex = at
      const simple = SIMPLE.exec(text)?.[0]
      if (simple === undefined) return undefined
      tokens.push({ kind: /^[tfn]/.test(simple) ? 'word' : 'number', text: simple })
      at += simple.length
    }
  }
  return { lines, truncated: true }
}

/** The text that a string token stands for; the token itself if it is none. */
export function stringValue(token: JsonToken): string {
  try {
    const value: unknown = JSON.parse(token.text)
    return typeof value === 'string' ? value : token.text
  } catch {
    return token.text
  }
}
