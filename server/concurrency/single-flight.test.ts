import { expect, test, vi } from 'vitest'
import { SingleFlight } from './single-flight.ts'

const denied = new Error('denied')
const broken = new Error('broken')
const create = () => new SingleFlight<string>((error) => error === denied)

/** A caller whose fetch waits to be told how it ends, as an upstream request ends when its signal aborts. */
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
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('however many call, one request is made, and the next one after it is new', async () => {
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

test('another key is another request', async () => {
  const flight = create()
  const [a, b] = three()
  const results = [run(flight, a, '1'), run(flight, b, '2')]
  b.succeed()
  a.succeed()
  expect(await Promise.all(results)).toEqual(['a', 'b'])
})

test.each([
  ['is refused', (caller: Caller) => caller.fail(denied)],
  ['leaves', (caller: Caller) => caller.leave()],
])('when the leader %s, a follower asks with its own rights', async (_name, end) => {
  const flight = create()
  const [a, b, c] = three()
  const [first, second, third] = [a, b, c].map((caller) => run(flight, caller))
  first?.catch(() => {})
  end(a)
  await turn()
  await expect(first).rejects.toThrow()
  expect([b.fetch.mock.calls.length, c.fetch.mock.calls.length]).toEqual([1, 0])
  b.succeed()
  expect(await Promise.all([second, third])).toEqual(['b', 'b'])
})

test('a follower who has left does not take over', async () => {
  const flight = create()
  const [a, b, c] = three()
  const settled = Promise.allSettled([a, b, c].map((caller) => run(flight, caller)))
  b.leave()
  a.leave()
  await turn()
  c.succeed()
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(b.fetch).not.toHaveBeenCalled()
})

test('a failure of the thing itself is everybody’s, and is not remembered', async () => {
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

test('a call that belongs to nobody is shared whatever becomes of its callers', async () => {
  const flight = new SingleFlight<string>()
  const a = createCaller('a')
  const results = [flight.run('k', a.fetch), flight.run('k', a.fetch)]
  a.succeed()
  expect(await Promise.all(results)).toEqual(['a', 'a'])
  expect(a.fetch).toHaveBeenCalledTimes(1)
})
