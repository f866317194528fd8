import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createStop } from './stop.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A process whose requests take this long. */
function running(seconds: number) {
  const codes: number[] = []
  const close = vi.fn(() => new Promise((resolve) => setTimeout(resolve, seconds * 1000)))
  const stop = createStop({ close, graceSeconds: 25, exit: (code) => codes.push(code) })
  return { codes, close, stop, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

test('requests in flight finish first', async () => {
  const { codes, stop, pass } = running(10)
  stop('SIGTERM')
  await pass(9_900)
  expect(codes).toEqual([])
  await pass(200)
  expect(codes).toEqual([0])
})

test('requests are cut off after the grace time', async () => {
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
] as const)('a second signal, %s, ends the process at once', async (signal, code) => {
  const { codes, close, stop, pass } = running(10)
  stop('SIGTERM')
  await pass(1000)
  stop(signal)
  expect(codes).toEqual([code])
  expect(close).toHaveBeenCalledOnce()
})

test('a failure to close ends the process too, with an error code', async () => {
  const codes: number[] = []
  const close = () => Promise.reject(new Error('the store hangs'))
  createStop({ close, graceSeconds: 25, exit: (code) => codes.push(code) })('SIGTERM')
  await vi.advanceTimersByTimeAsync(10)
  expect(codes).toEqual([1])
})

test('one Ctrl-C that arrives twice counts once', async () => {
  const { codes, close, stop, pass } = running(1)
  stop('SIGINT')
  await pass(20)
  stop('SIGINT')
  expect(codes).toEqual([])
  await pass(2000)
  expect(codes).toEqual([0])
  expect(close).toHaveBeenCalledOnce()
})
