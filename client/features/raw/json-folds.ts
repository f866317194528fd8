// Which lines of a document are in view: all but those within what is folded.

import type { JsonLine } from '../../../shared/json-layout.ts'

/** Indices of the lines that show, in order; a folded line shows, what it holds and its end do not. */
export function visibleLines(lines: readonly JsonLine[], folded: ReadonlySet<number>): readonly number[] {
  const visible: number[] = []
  for (let index = 0; index < lines.length; index++) {
    visible.push(index)
    const end = folded.has(index) ? lines[index]?.end : undefined
    if (end !== undefined) index = end
  }
  return visible
}

/** Every line that can be folded but the outermost. */
export function foldable(lines: readonly JsonLine[]): ReadonlySet<number> {
  return new Set(lines.flatMap(({ end, depth }, index) => (end !== undefined && depth > 0 ? [index] : [])))
}

/** Indices of the lines that hold the text, in any case. */
export function matchingLines(lines: readonly JsonLine[], text: string): readonly number[] {
  const wanted = text.toLowerCase()
  if (wanted === '') return []
  return lines.flatMap(({ tokens }, index) =>
    tokens.some((token) => token.text.toLowerCase().includes(wanted)) ? [index] : [],
  )
}
