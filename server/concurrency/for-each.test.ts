import { expect, test } from 'vitest'
import { forEachConcurrent } from './for-each.ts'

const nextTick = () => new Promise((resolve) => setImmediate(resolve))

test('every item once, in order, never more than the limit at a time', async () => {
  const started: number[] = []
  let running = 0
  let most = 0
  await forEachConcurrent(Array.from({ length: 20 }, (_, n) => n).values(), 3, async (n) => {
    started.push(n)
    most = Math.max(most, ++running)
    await nextTick()
    running--
  })
  expect([started, most]).toEqual([Array.from({ length: 20 }, (_, n) => n), 3])
})

test('a failure is thrown, and no further call starts', async () => {
  const started: number[] = []
  const result = forEachConcurrent([1, 2, 3, 4, 5], 2, async (n) => {
    started.push(n)
    await nextTick()
    if (n === 1) throw new Error('one')
  })
  await expect(result).rejects.toThrow('one')
  await nextTick()
  expect(started.length).toBeLessThanOrEqual(3)
})

test('a call that returns false ends the loop', async () => {
  const started: number[] = []
  await forEachConcurrent([1, 2, 3, 4], 1, async (n) => {
    started.push(n)
    return n < 2
  })
  expect(started).toEqual([1, 2])
})

test('without items it resolves at once', async () => {
  await forEachConcurrent([], 4, () => Promise.reject(new Error('never')))
})
