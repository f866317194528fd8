import { expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { indexOf } from './repository-index.ts'

const page = (...names: string[]) => ({ items: names as Repository[] })

test('row 49: names that repeat from page to page: the index grows, each name once, in byte order, in one tree', () => {
  const first = page('b', 'a/x')
  const second = page('a/x', 'a-b')
  expect(indexOf([first]).names).toEqual(['a/x', 'b'])
  const both = indexOf([first, second])
  expect(both.names).toEqual(['a-b', 'a/x', 'b'])
  expect(both.tree.rows(() => true).map(({ path }) => path)).toEqual(['a', 'a/x', 'a-b', 'b'])
  // the same pages again cost nothing and change nothing
  expect(indexOf([first, second])).toBe(both)
})

test('another first page is another catalog', () => {
  expect(indexOf([page('a')]).names).toEqual(['a'])
  expect(indexOf([page('b')]).names).toEqual(['b'])
  expect(indexOf([]).names).toEqual([])
})
