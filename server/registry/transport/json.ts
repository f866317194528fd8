// Parses untrusted JSON within bounds of depth and number of values.

/** Manifests and configs are a handful deep; provenance that people attach, some twenty. */
const MAX_DEPTH = 100
/** A manifest of 4 MiB that is all layers, 28,000 of them, has 112,000 members and items. */
const MAX_VALUES = 200_000

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Index of the quote that ends the string begun at `start`, or the text's length. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

function isBounded(text: string, maxValues: number): boolean {
  let depth = 0
  let values = 1
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at)
    else if (code === COMMA) values++
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth++
      values++
    }
    if (depth > MAX_DEPTH || values > maxValues) return false
  }
  return true
}

/**
 * Parses JSON of a length that is bounded already: 4 MiB of `[[[[…` or `[{},{},…` would become a hundred of objects
 * (measured), so what is deeper or has more values than any document of a registry is not parsed at all.
 *
 * @param maxValues  members and items in all: a list of tags may have more than any document.
 * @throws Error with a message of its own: the parser's quotes the text, and so perhaps a token.
 */
export function parseJson(text: string, maxValues = MAX_VALUES): unknown {
  if (!isBounded(text, maxValues)) throw new Error('JSON that is too deep or has too many values')
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('not JSON')
  }
}
