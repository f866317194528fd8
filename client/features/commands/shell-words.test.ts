import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shellWords } from './shell-words.ts'

test.each([
  [['/app/api', 'serve', '--listen', ':8080'], '/app/api serve --listen :8080'],
  [['sh', '-c', 'echo "$HOME"; id'], `sh -c 'echo "$HOME"; id'`],
  [["it's"], `'it'\\''s'`],
  [['', 'a'], `'' a`],
  [['$(id)', '`id`', 'a\nb'], `'$(id)' '\`id\`' 'a\nb'`],
  [[], ''],
])('shellWords %j', (words, line) => {
  expect(shellWords(words)).toBe(line)
})

/** What a shell makes of a line of plain and single-quoted words. */
function split(line: string): string[] {
  const words: string[] = []
  let [word, quoted, started] = ['', false, false]
  for (let at = 0; at < line.length; at++) {
    const sign = line.charAt(at)
    if (quoted) {
      if (sign === "'") quoted = false
      else word += sign
    } else if (sign === "'") [quoted, started] = [true, true]
    else if (sign === '\\') {
      word += line.charAt(++at)
      started = true
    } else if (sign === ' ') {
      words.push(word)
      word = ''
      started = false
    } else {
      word += sign
      started = true
    }
  }
  if (started || words.length > 0) words.push(word)
  return words
}

test('a shell gets back the words it was given', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
      expect(split(shellWords(words))).toEqual(words)
    }),
  )
})
