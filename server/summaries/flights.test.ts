import { expect, test, vi } from 'vitest'
import { createFlights } from './flights.ts'

const denied = new Error('denied')
const broken = new Error('broken')
const isPersonal = (error: unknown) => error === denied

/** One who asks: `fetch` waits to be told how it ends, as an upstream request ends when its signal aborts. */
function createAsker(value: string) {
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
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('however many ask, one request is made, and the next one after it is new', async () => {
  const flights = createFlights<string>(isPersonal)
  const askers = ['a', 'b', 'c'].map(createAsker)
  const results = askers.map(({ signal, fetch }) => flights.join('k', signal, fetch))
  askers[0]?.succeed()
  expect(await Promise.all(results)).toEqual(['a', 'a', 'a'])
  expect(askers.map(({ fetch }) => fetch.mock.calls.length)).toEqual([1, 0, 0])
  const next = createAsker('d')
  const result = flights.join('k', next.signal, next.fetch)
  next.succeed()
  expect(await result).toBe('d')
})

test('another key is another request', async () => {
  const flights = createFlights<string>(isPersonal)
  const [a, b] = [createAsker('a'), createAsker('b')]
  const results = [flights.join('1', a.signal, a.fetch), flights.join('2', b.signal, b.fetch)]
  b.succeed()
  a.succeed()
  expect(await Promise.all(results)).toEqual(['a', 'b'])
})

test.each([
  ['is refused', (asker: ReturnType<typeof createAsker>) => asker.fail(denied)],
  ['leaves', (asker: ReturnType<typeof createAsker>) => asker.leave()],
])('when the leader %s, a follower asks with its own rights', async (_name, end) => {
  const flights = createFlights<string>(isPersonal)
  const [a, b, c] = ['a', 'b', 'c'].map(createAsker) as [
    ReturnType<typeof createAsker>,
    ReturnType<typeof createAsker>,
    ReturnType<typeof createAsker>,
  ]
  const [first, second, third] = [a, b, c].map(({ signal, fetch }) => flights.join('k', signal, fetch))
  first?.catch(() => {})
  end(a)
  await turn()
  await expect(first).rejects.toThrow()
  expect([b.fetch.mock.calls.length, c.fetch.mock.calls.length]).toEqual([1, 0])
  b.succeed()
  expect(await Promise.all([second, third])).toEqual(['b', 'b'])
})

test('a follower who has left does not take over', async () => {
  const flights = createFlights<string>(isPersonal)
  const [a, b, c] = ['a', 'b', 'c'].map(createAsker) as [
    ReturnType<typeof createAsker>,
    ReturnType<typeof createAsker>,
    ReturnType<typeof createAsker>,
  ]
  const results = [a, b, c].map(({ signal, fetch }) => flights.join('k', signal, fetch))
  const settled = Promise.allSettled(results)
  b.leave()
  a.leave()
  await turn()
  c.succeed()
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  expect(b.fetch).not.toHaveBeenCalled()
})

test('a failure of the thing itself is everybody’s, and is not remembered', async () => {
  const flights = createFlights<string>(isPersonal)
  const [a, b] = [createAsker('a'), createAsker('b')]
  const settled = Promise.allSettled([
    flights.join('k', a.signal, a.fetch),
    flights.join('k', b.signal, b.fetch),
  ])
  a.fail(broken)
  expect(await settled).toEqual([
    { status: 'rejected', reason: broken },
    { status: 'rejected', reason: broken },
  ])
  expect(b.fetch).not.toHaveBeenCalled()
  const again = flights.join('k', b.signal, b.fetch)
  b.succeed()
  expect(await again).toBe('b')
})
