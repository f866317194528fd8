import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { createSearch, highlight, wordsOf } from './search.ts'

const names = [
  'api/gateway',
  'capital/one',
  'payments/api',
  'payments/api-canary',
  'team/my-api/worker',
  'team/public-api',
  'therapist',
] as Repository[]

test('the likeliest first: the name itself, its beginning, a namespace, a word, and anywhere at last', () => {
  expect(createSearch(names)(['api'])).toEqual([
    'payments/api',
    'payments/api-canary',
    'api/gateway',
    'team/my-api/worker',
    'team/public-api',
    'capital/one',
    'therapist',
  ])
})

test.each([
  ['the whole name', 'api', ['api', 'team/api', 'api-canary', 'team/api-canary', 'api/web', 'my-api']],
  ['a whole name of two parts', 'team/api', ['team/api', 'team/api-canary']],
  ['the end of a longer name', 'b/api', ['a/b/api', 'b/api-canary', 'ab/api']],
])('%s comes before what begins with it: %s', (_name, filter, expected) => {
  expect(createSearch(expected.toReversed() as Repository[])(wordsOf(filter)).slice(0, 2)).toEqual(
    expected.slice(0, 2),
  )
})

test('no more words are looked for than anybody types', () => {
  expect(wordsOf(`  ${'a b '.repeat(5000)}`)).toHaveLength(16)
  expect(wordsOf(` ${Array.from({ length: 16 }, (_, index) => index).join('  ')} `)).toHaveLength(16)
})

test.each([
  ['several words, in any order', 'canary pay', ['payments/api-canary']],
  ['upper case', 'PAYMENTS', ['payments/api', 'payments/api-canary']],
  ['across a slash', 'ments/a', ['payments/api', 'payments/api-canary']],
  ['only spaces', '  ', names],
  ['none', 'zzz', []],
  ['characters of patterns', '.*', []],
])('%s', (_name, filter, expected) => {
  expect(createSearch(names)(wordsOf(filter))).toEqual(expected)
})

test('whatever is typed: exactly the names that hold all words, each once', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', '.'), maxLength: 8 })
  fc.assert(
    fc.property(fc.uniqueArray(text), fc.array(text), (all, typed) => {
      const words = wordsOf(typed.join(' '))
      const found = createSearch(all as Repository[])(words)
      expect([...found].sort()).toEqual(
        all.filter((name) => words.every((word) => name.includes(word))).sort(),
      )
    }),
  )
})

test('however somebody types and takes back, it is what a search from the start finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', ' '), maxLength: 8 })
  fc.assert(
    fc.property(fc.uniqueArray(text), fc.array(text, { minLength: 2 }), (all, filters) => {
      const search = createSearch(all as Repository[])
      for (const filter of filters.flatMap((whole) => [whole.slice(0, 1), whole, whole.slice(0, -1)]))
        expect(search(wordsOf(filter))).toEqual(createSearch(all as Repository[])(wordsOf(filter)))
    }),
  )
})

test.each([
  ['payments/api', ['api'], ['payments/', '[api]']],
  ['aaa', ['aa'], ['[aaa]']],
  ['abc', ['ab', 'bc'], ['[abc]']],
  ['abc', [], ['abc']],
  ['', ['a'], []],
])('what matches in %s by %j', (name, words, expected) => {
  expect(highlight(name, words).map(({ text, matches }) => (matches ? `[${text}]` : text))).toEqual(expected)
})
