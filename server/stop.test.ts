import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStop } from './stop.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A process whose requests last so long. */
function running(seconds: number) {
  const codes: number[] = []
  const close = vi.fn(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)))
  const stop = createStop({ close, graceSeconds: 25, exit: (code) => codes.push(code) })
  return { codes, close, stop, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

test('what runs is finished first', async () => {
  const { codes, stop, pass } = running(10)
  stop('SIGTERM')
  await pass(9_900)
  expect(codes).toEqual([])
  await pass(200)
  expect(codes).toEqual([0])
})

test('what does not end is cut off when the grace time is over', async () => {
  const { codes, stop, pass } = running(3600)
  stop('SIGTERM')
  await pass(24_900)
  expect(codes).toEqual([])
  await pass(200)
  expect(codes).toEqual([0])
})

test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a second signal, %s, ends it at once', async (signal, code) => {
  const { codes, close, stop, pass } = running(10)
  stop('SIGTERM')
  await pass(1000)
  stop(signal)
  expect(codes).toEqual([code])
  expect(close).toHaveBeenCalledOnce()
})

test('what cannot be closed ends it too, and is not called a success', async () => {
  const codes: number[] = []
  const close = () => Promise.reject(new Error('the store hangs'))
  createStop({ close, graceSeconds: 25, exit: (code) => codes.push(code) })('SIGTERM')
  await vi.advanceTimersByTimeAsync(10)
  expect(codes).toEqual([1])
})

test('the same Ctrl-C, heard twice, is one', async () => {
  const { codes, close, stop, pass } = running(1)
  stop('SIGINT')
  await pass(20)
  stop('SIGINT')
  expect(codes).toEqual([])
  await pass(2000)
  expect(codes).toEqual([0])
  expect(close).toHaveBeenCalledOnce()
})
