import fc from 'fast-check'
import { expect, test } from 'vitest'
import { annotationValue, sortAnnotations } from './annotations.ts'

const OCI = 'org.opencontainers.image'

test('known annotations with their labels in order, the most specific source first, nothing said twice', () => {
  const sorted = sortAnnotations(
    { [`${OCI}.version`]: '2', 'com.example.team': 'web' },
    { [`${OCI}.source`]: 'https://a.example', [`${OCI}.version`]: '1', [`${OCI}.title`]: 'api' },
  )
  expect(sorted.known.map(({ label, value }) => [label, value])).toEqual([
    ['Title', 'api'],
    ['Version', '2'],
    ['Source', 'https://a.example'],
  ])
  expect(sorted.rest).toEqual([[['com.example.team', 'web']], [[`${OCI}.version`, '1']]])
  expect(annotationValue(sorted, 'version')).toBe('2')
  expect(annotationValue(sorted, 'vendor')).toBeUndefined()
})

test.each([
  ['label-schema', { 'org.label-schema.vcs-url': 'x' }, 'source'],
  ['maintainer', { maintainer: 'x' }, 'authors'],
])('older names: %s', (_title, labels, name) => {
  expect(sortAnnotations(labels).known).toMatchObject([{ name, value: 'x' }])
})

test.each([
  ['an empty value', { [`${OCI}.title`]: ' ' }, 0, 0],
  ['an own key __proto__', JSON.parse('{"__proto__":"x"}'), 0, 1],
  ['constructor', { constructor: 'x' } as unknown as Record<string, string>, 0, 1],
])('%s', (_name, labels, known, rest) => {
  const sorted = sortAnnotations(labels)
  expect([sorted.known.length, sorted.rest[0]?.length]).toEqual([known, rest])
})

test('every pair is shown: with a label, as it is, or not since it is empty or shown already', () => {
  const key = fc.oneof(fc.constantFrom(`${OCI}.title`, `${OCI}.url`, 'maintainer', 'a'), fc.string())
  const source = fc.dictionary(key, fc.string())
  fc.assert(
    fc.property(fc.array(source, { maxLength: 3 }), (sources) => {
      const { known, rest } = sortAnnotations(...sources)
      sources.forEach((pairs, index) => {
        for (const [name, value] of Object.entries(pairs))
          expect(
            value.trim() === '' ||
              known.some((annotation) => annotation.value === value) ||
              rest[index]?.some(([other, its]) => other === name && its === value),
          ).toBe(true)
      })
    }),
  )
})
