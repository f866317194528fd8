import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noteOf, readNotes } from './image-notes.ts'

const OCI = 'org.opencontainers.image'

test('keys in words and in order, the most specific source first, nothing said twice', () => {
  const notes = readNotes(
    { [`${OCI}.version`]: '2', 'com.example.team': 'web' },
    { [`${OCI}.source`]: 'https://a.example', [`${OCI}.version`]: '1', [`${OCI}.title`]: 'api' },
  )
  expect(notes.known.map(({ word, value }) => [word, value])).toEqual([
    ['Title', 'api'],
    ['Version', '2'],
    ['Source', 'https://a.example'],
  ])
  expect(notes.rest).toEqual([[['com.example.team', 'web']], [[`${OCI}.version`, '1']]])
  expect(noteOf(notes, 'Version')).toBe('2')
  expect(noteOf(notes, 'Vendor')).toBeUndefined()
})

test.each([
  ['label-schema', { 'org.label-schema.vcs-url': 'x' }, 'Source'],
  ['maintainer', { maintainer: 'x' }, 'Authors'],
])('older names: %s', (_name, labels, word) => {
  expect(readNotes(labels).known).toMatchObject([{ word, value: 'x' }])
})

test.each([
  ['an empty value', { [`${OCI}.title`]: ' ' }, 0, 0],
  ['an own key __proto__', JSON.parse('{"__proto__":"x"}'), 0, 1],
  ['constructor', { constructor: 'x' } as unknown as Record<string, string>, 0, 1],
])('%s', (_name, labels, known, rest) => {
  const notes = readNotes(labels)
  expect([notes.known.length, notes.rest[0]?.length]).toEqual([known, rest])
})

test('every pair is shown: in words, or as it is, or it is empty or said already', () => {
  const key = fc.oneof(fc.constantFrom(`${OCI}.title`, `${OCI}.url`, 'maintainer', 'a'), fc.string())
  const source = fc.dictionary(key, fc.string())
  fc.assert(
    fc.property(fc.array(source, { maxLength: 3 }), (sources) => {
      const { known, rest } = readNotes(...sources)
      sources.forEach((pairs, index) => {
        for (const [name, value] of Object.entries(pairs))
          expect(
            value.trim() === '' ||
              known.some((note) => note.value === value) ||
              rest[index]?.some(([other, its]) => other === name && its === value),
          ).toBe(true)
      })
    }),
  )
})
