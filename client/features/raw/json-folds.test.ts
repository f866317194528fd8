import fc from 'fast-check'
import { expect, test } from 'vitest'
import { layoutJson } from '../../../shared/json-layout.ts'
import { foldable, matchingLines, visibleLines } from './json-folds.ts'

const { lines } = layoutJson('{"a":{"b":[1,2]},"c":"Bee"}')!

test('what is folded hides what it holds', () => {
  expect(visibleLines(lines, new Set())).toEqual(lines.map((_line, index) => index))
  expect(visibleLines(lines, new Set([1]))).toEqual([0, 1, 7, 8])
  expect([...foldable(lines)]).toEqual([1, 2])
})

test('lines are found in any case', () => {
  expect(matchingLines(lines, 'b')).toEqual([2, 7])
  expect(matchingLines(lines, '')).toEqual([])
})

test('folds hide whole lines only, and showing all shows all', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.nat({ max: 30 })), (value, some) => {
      const all = layoutJson(JSON.stringify(value))!.lines
      const visible = visibleLines(all, new Set(some))
      expect(new Set(visible).size).toBe(visible.length)
      expect(visible.every((index) => index < all.length)).toBe(true)
      expect(visibleLines(all, foldable(all)).length).toBeLessThanOrEqual(all.length)
    }),
  )
})
