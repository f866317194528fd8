import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Tag } from '../../../shared/oci/reference.ts'
import type { KnownTag } from './known-tags.ts'
import { aliasesOf, BY_VERSION, formatSort, nextSort, parseSort, SORT_KEYS, sortTagsBy } from './sort.ts'

const tags = ['latest', '2.0', '1.1', '1.0', 'broken', 'unknown'] as Tag[]
function summary(tag: string, digest: string, size: number | undefined, created?: string): [Tag, KnownTag] {
  const row = { tag, digest, mediaType: 'm', platforms: [], size, created }
  return [tag as Tag, { row, createdMs: created === undefined ? Number.NaN : Date.parse(created) }]
}
const known = new Map<Tag, KnownTag>([
  summary('latest', 'sha256:b', 20, '2026-02-01T00:00:00Z'),
  summary('2.0', 'sha256:b', 20, '2026-02-01T00:00:00Z'),
  summary('1.1', 'sha256:a', 30),
  summary('1.0', 'sha256:c', undefined, '2026-01-01T00:00:00+02:00'),
  [
    'broken' as Tag,
    { row: { tag: 'broken', error: { code: 'MANIFEST_UNKNOWN', message: '' } }, createdMs: Number.NaN },
  ],
])

test.each([
  ['', tags],
  ['-tag', [...tags].reverse()],
  ['-created', ['latest', '2.0', '1.0', '1.1', 'broken', 'unknown']],
  ['created', ['1.0', 'latest', '2.0', '1.1', 'broken', 'unknown']],
  ['-size', ['1.1', 'latest', '2.0', '1.0', 'broken', 'unknown']],
  ['size', ['latest', '2.0', '1.1', '1.0', 'broken', 'unknown']],
  ['digest', ['1.1', 'latest', '2.0', '1.0', 'broken', 'unknown']],
  ['nonsense', tags],
])('sorted by %j: equal ones by version, what is not known last', (text, expected) => {
  expect(sortTagsBy(tags, known, parseSort(text))).toEqual(expected)
})

test('whatever the order, every tag is there once', () => {
  const created = fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined })
  fc.assert(
    fc.property(fc.array(created), fc.constantFrom(...SORT_KEYS), fc.boolean(), (dates, key, descending) => {
      const all = dates.map((_date, index) => `t${index}` as Tag)
      const rows = new Map(
        dates.flatMap((date, index) =>
          date === undefined
            ? []
            : [summary(`t${index}`, `sha256:${date}`, date, `2026-01-0${date + 1}T00:00:00Z`)],
        ),
      )
      const sorted = sortTagsBy(all, rows, { key, descending })
      expect([...sorted].sort()).toEqual([...all].sort())
    }),
  )
})

test('the URL form and back', () => {
  for (const key of SORT_KEYS)
    for (const descending of [true, false])
      expect(parseSort(formatSort({ key, descending }))).toEqual({ key, descending })
})

test('a heading clicked again and again: what people look for first, the other way, by version', () => {
  const first = nextSort(BY_VERSION, 'created')
  expect(first).toEqual({ key: 'created', descending: true })
  const second = nextSort(first, 'created')
  expect(second).toEqual({ key: 'created', descending: false })
  expect(nextSort(second, 'created')).toEqual(BY_VERSION)
  expect(nextSort(BY_VERSION, 'tag')).toEqual({ key: 'tag', descending: true })
  expect(nextSort(first, 'digest')).toEqual({ key: 'digest', descending: false })
})

test('tags of one digest are aliases, each of all', () => {
  expect([...aliasesOf(tags, known)]).toEqual([['sha256:b', ['latest', '2.0']]])
})
