import { expect, test, vi } from 'vitest'
import { SingleFlight } from './single-flight.ts'

const denied = new Error('denied')
const broken = new Error('broken')
const create = () => new SingleFlight<string>((error) => error === denied)

/** A caller whose fetch the test settles. Like an upstream request it also ends when its signal aborts. */
function createCaller(value: string) {
  const leaving = new AbortController()
  let end: { resolve(value: string): void; reject(error: Error): void } | undefined
  const fetch = vi.fn(
    () =>
      new Promise<string>((resolve, reject) => {
        end = { resolve, reject }
        leaving.signal.addEventListener('abort', () => reject(leaving.signal.reason))
      }),
  )
  return {
    signal: leaving.signal,
    fetch,
    succeed: () => end?.resolve(value),
    fail: (error: Error) => end?.reject(error),
    leave: () => leaving.abort(new Error(`${value} left`)),
  }
}
type Caller = ReturnType<typeof createCaller>
const three = () => ['a', 'b', 'c'].map(createCaller) as [Caller, Caller, Caller]
const run = (flight: SingleFlight<string>, { fetch, signal }: Caller, key = 'k') =>
  flight.run(key, fetch, signal)
const nextTick = () => new Promise((resolve) => setImmediate(resolve))

test('concurrent calls make one request, and a later call makes a new one', async () => {
  const flight = create()
  const callers = three()
  const results = callers.map((caller) => run(flight, caller))
  expect(flight.has('k')).toBe(true)
  callers[0].succeed()
  expect(await Promise.all(results)).toEqual(['a', 'a', 'a'])
  expect(callers.map(({ fetch }) => fetch.mock.calls.length)).toEqual([1, 0, 0])
  expect(flight.has('k')).toBe(false)
  const next = createCaller('d')
  const result = run(flight, next)
  next.succeed()
  expect(await result).toBe('d')
})

test('another key makes another request', async () => {
  const flight = create()
  const [a, b] = three()
  const results = [run(flight, a, '1'), run(flight, b, '2')]
  b.succeed()
  a.succeed()
  expect(await Promise.all(results)).toEqual(['a', 'b'])
})

test.each([
  ['is denied', (caller: Caller) => caller.fail(denied)],
  ['disconnects', (caller: Caller) => caller.leave()],
])('when the leader %s, a follower makes its own request', async (_name, end) => {
  const flight = create()
  const [a, b, c] = three()
  const [first, second, third] = [a, b, c].map((caller) => run(flight, caller))
  first?.catch(() => {})
  end(a)
  await nextTick()
  await expect(first).rejects.toThrow()
  expect([b.fetch.mock.calls.length, c.fetch.mock.calls.length]).toEqual([1, 0])
  b.succeed()
  expect(await Promise.all([second, third])).toEqual(['b', 'b'])
})

test('a follower that has disconnected does not take over', async () => {
  const flight = create()
  const [a, b, c] = three()
  const settled = Promise.allSettled([a, b, c].map((caller) => run(flight, caller)))
  b.leave()
  a.leave()
  await nextTick()
  c.succeed()
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(b.fetch).not.toHaveBeenCalled()
})

test('a failure that does not depend on the caller rejects everybody, and is not cached', async () => {
  const flight = create()
  const [a, b] = three()
  const settled = Promise.allSettled([run(flight, a), run(flight, b)])
  a.fail(broken)
  expect(await settled).toEqual([
    { status: 'rejected', reason: broken },
    { status: 'rejected', reason: broken },
  ])
  expect(b.fetch).not.toHaveBeenCalled()
  const again = run(flight, b)
  b.succeed()
  expect(await again).toBe('b')
})

test('calls without a signal share one request', async () => {
  const flight = new SingleFlight<string>()
  const a = createCaller('a')
  const results = [flight.run('k', a.fetch), flight.run('k', a.fetch)]
  a.succeed()
  expect(await Promise.all(results)).toEqual(['a', 'a'])
  expect(a.fetch).toHaveBeenCalledTimes(1)
})
