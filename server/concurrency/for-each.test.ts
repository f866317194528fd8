import { expect, test } from 'vitest'
import { forEachConcurrent } from './for-each.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('every item once, in order, at most so many at a time', async () => {
  const begun: number[] = []
  let running = 0
  let most = 0
  await forEachConcurrent(Array.from({ length: 20 }, (_, n) => n).values(), 3, async (n) => {
    begun.push(n)
    most = Math.max(most, ++running)
    await turn()
    running--
  })
  expect([begun, most]).toEqual([Array.from({ length: 20 }, (_, n) => n), 3])
})

test('a failure is thrown, and nothing further is begun', async () => {
  const begun: number[] = []
  const result = forEachConcurrent([1, 2, 3, 4, 5], 2, async (n) => {
    begun.push(n)
    await turn()
    if (n === 1) throw new Error('one')
  })
  await expect(result).rejects.toThrow('one')
  await turn()
  expect(begun.length).toBeLessThanOrEqual(3)
})

test('an item that returns false ends it', async () => {
  const begun: number[] = []
  await forEachConcurrent([1, 2, 3, 4], 1, async (n) => {
    begun.push(n)
    return n < 2
  })
  expect(begun).toEqual([1, 2])
})

test('nothing to do is done at once', async () => {
  await forEachConcurrent([], 4, () => Promise.reject(new Error('never')))
})
