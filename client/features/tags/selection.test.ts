import { expect, test, vi } from 'vitest'
import type { Tag } from '../../../shared/oci/reference.ts'
import { createSelection } from './selection.ts'

const tags = (...names: string[]) => names as Tag[]
const order = tags('a', 'b', 'c', 'd', 'e')
const [a, b, , d, e] = order as [Tag, Tag, Tag, Tag, Tag]

test('one by one, each change told once', () => {
  const selection = createSelection()
  const told = vi.fn()
  const leave = selection.subscribe(told)
  selection.mark(b, true)
  selection.mark(d, true)
  selection.mark(b, false)
  expect(selection.tags()).toEqual(['d'])
  expect([selection.has(d), selection.has(b), selection.size()]).toEqual([true, false, 1])
  expect([told.mock.calls.length, selection.revision()]).toEqual([3, 3])
  leave()
  selection.clear()
  expect(told).toHaveBeenCalledTimes(3)
})

test.each<[string, Tag, Tag, readonly Tag[], readonly string[]]>([
  ['downwards', b, d, order, ['b', 'c', 'd']],
  ['upwards', d, b, order, ['b', 'c', 'd']],
  ['in the order of the table, whatever it is', a, b, tags('b', 'e', 'a'), ['a', 'b', 'e']],
  ['from one that is filtered away: only the clicked one', a, d, tags('c', 'd', 'e'), ['a', 'd']],
  ['the same one', b, b, order, ['b']],
])('a range %s', (_name, from, to, shown, expected) => {
  const selection = createSelection()
  selection.mark(from, true)
  selection.mark(to, true, shown)
  expect([...selection.tags()].sort()).toEqual(expected)
})

test('a range goes on from its end, and takes ticks away too', () => {
  const selection = createSelection()
  selection.mark(a, true)
  selection.mark(e, true, order)
  selection.mark(d, false, order)
  expect(selection.tags()).toEqual(['a', 'b', 'c'])
})

test('without a first one a range is the one that was clicked', () => {
  const selection = createSelection()
  selection.mark(d, true, order)
  expect(selection.tags()).toEqual(['d'])
})

test('all that are shown, and the others stay', () => {
  const selection = createSelection()
  selection.mark(e, true)
  selection.markAll(tags('a', 'b'), true)
  expect([...selection.tags()].sort()).toEqual(['a', 'b', 'e'])
  selection.markAll(tags('a', 'b'), false)
  expect(selection.tags()).toEqual(['e'])
})

test('what is deleted falls out, and nothing is told while nothing changes', () => {
  const selection = createSelection()
  selection.markAll(order, true)
  const told = vi.fn()
  selection.subscribe(told)
  selection.keep(order)
  expect(told).not.toHaveBeenCalled()
  selection.keep(tags('a', 'x'))
  expect(selection.tags()).toEqual(['a'])
  expect(told).toHaveBeenCalledTimes(1)
})
