import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GatewayError } from '../errors.ts'
import { createSlots, type Lane } from './slots.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A stream of a session, which is its own subject. */
const session = (visitor: string, repository = 'r') => ({ visitor, subject: visitor, repository })
const tooMany = (retryAfterSeconds?: number) =>
  new GatewayError('TOOMANYREQUESTS', 'slow', { retryAfterSeconds })
const unavailable = () => new GatewayError('UNAVAILABLE', 'down', { reason: 'registry_down', status: 503 })
const settle = () => vi.advanceTimersByTimeAsync(0)

/** Requests that end when told to. */
function createRequests(lane: Lane) {
  const open: { name: string; succeed(): void; fail(error: Error): void }[] = []
  const started: string[] = []
  return {
    open,
    started,
    ask(name: string) {
      const result = lane.run(
        () =>
          new Promise<string>((resolve, reject) => {
            started.push(name)
            open.push({ name, succeed: () => resolve(name), fail: reject })
          }),
        false,
      )
      result.catch(() => {})
      return result
    },
  }
}

test('no more run than the limit; the limit grows while all of it is used, up to the most', async () => {
  const slots = createSlots({ initial: 2, max: 4 })
  const requests = createRequests(slots.open(session('a')))
  for (let n = 0; n < 40; n++) void requests.ask(`${n}`)
  await settle()
  expect(requests.open).toHaveLength(2)
  const most: number[] = []
  while (requests.open.length > 0) {
    most.push(requests.open.length)
    requests.open.shift()?.succeed()
    await settle()
  }
  expect([Math.max(...most), slots.limit(), requests.started.length]).toEqual([4, 4, 40])
})

test('an idle registry is not taken for a fast one: without use the limit stays', async () => {
  const slots = createSlots({ initial: 4, max: 8 })
  const lane = slots.open(session('a'))
  for (let n = 0; n < 50; n++) await lane.run(async () => n, false)
  expect(slots.limit()).toBe(4)
})

test('what was refused together halves the limit once, and never below one', async () => {
  const slots = createSlots({ initial: 8 })
  const requests = createRequests(slots.open(session('a')))
  for (let n = 0; n < 8; n++) void requests.ask(`${n}`)
  await settle()
  for (const request of requests.open.splice(0)) request.fail(tooMany(1))
  await settle()
  expect(slots.limit()).toBe(4)
  for (let round = 0; round < 3; round++) {
    await vi.advanceTimersByTimeAsync(1000)
    for (const request of requests.open.splice(0)) request.fail(tooMany(1))
    await settle()
  }
  expect(slots.limit()).toBe(1)
})

test.each([
  ['as long as Retry-After says', tooMany(3), 3000],
  ['at least a tenth of a second', tooMany(0), 100],
  ['half a second where it says nothing', tooMany(), 500],
  ['likewise after a 503', unavailable(), 500],
])('asked to slow down, it waits %s and asks again', async (_name, error, milliseconds) => {
  const requests = createRequests(createSlots().open(session('a')))
  const result = requests.ask('x')
  await settle()
  requests.open.shift()?.fail(error)
  await vi.advanceTimersByTimeAsync(milliseconds - 1)
  expect(requests.started).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(requests.started).toHaveLength(2)
  requests.open.shift()?.succeed()
  expect(await result).toBe('x')
})

test('it asks four times in all, each wait twice the one before', async () => {
  const requests = createRequests(createSlots().open(session('a')))
  const result = requests.ask('x')
  const began = Date.now()
  const times: number[] = []
  for (let n = 0; n < 4; n++) {
    await vi.waitUntil(() => requests.open.length > 0)
    times.push(Date.now() - began)
    requests.open.shift()?.fail(tooMany())
    await vi.advanceTimersByTimeAsync(500 * 2 ** n)
  }
  await expect(result).rejects.toMatchObject({ code: 'TOOMANYREQUESTS' })
  expect(requests.started).toHaveLength(4)
  expect(times[3]).toBeGreaterThanOrEqual(3500)
})

test('a registry that asks for more than ten seconds is not waited for', async () => {
  const requests = createRequests(createSlots().open(session('a')))
  const result = requests.ask('x')
  await settle()
  requests.open.shift()?.fail(tooMany(11))
  await expect(result).rejects.toMatchObject({ retryAfterSeconds: 11 })
  expect(requests.started).toEqual(['x'])
})

test('a 429 makes its subject wait, a 503 its repository, and nobody else', async () => {
  const slots = createSlots({ initial: 32 })
  const mine = createRequests(slots.open(session('a')))
  const other = createRequests(slots.open(session('b')))
  const elsewhere = createRequests(slots.open(session('a', 'elsewhere')))
  void mine.ask('refused')
  await settle()
  mine.open.shift()?.fail(tooMany(2))
  await settle()
  void mine.ask('mine')
  void other.ask('other')
  void elsewhere.ask('elsewhere')
  await settle()
  expect([mine.started, other.started, elsewhere.started]).toEqual([['refused'], ['other'], []])
  await vi.advanceTimersByTimeAsync(2000)
  expect([mine.started, elsewhere.started]).toEqual([['refused', 'refused', 'mine'], ['elsewhere']])
  mine.open[1]?.fail(unavailable())
  await settle()
  void other.ask('later')
  void elsewhere.ask('at once')
  await vi.advanceTimersByTimeAsync(400)
  expect([other.started, elsewhere.started]).toEqual([['other'], ['elsewhere', 'at once']])
  await vi.advanceTimersByTimeAsync(100)
  expect(other.started).toEqual(['other', 'later'])
})

test('a repository that answers 503 for ever takes from the others some of the limit, and no time', async () => {
  const slots = createSlots({ initial: 8 })
  const broken = createRequests(slots.open(session('a', 'broken')))
  const sound = createRequests(slots.open(session('b', 'sound')))
  for (let n = 0; n < 8; n++) void broken.ask(`${n}`)
  await settle()
  for (const request of broken.open.splice(0)) request.fail(unavailable())
  await settle()
  for (let n = 0; n < 8; n++) void sound.ask(`${n}`)
  await settle()
  expect([slots.limit(), sound.open.length]).toEqual([4, 4])
})

test('other failures pass at once and change nothing', async () => {
  const slots = createSlots({ initial: 4 })
  const lane = slots.open(session('a'))
  const error = new GatewayError('MANIFEST_UNKNOWN', 'gone')
  await expect(lane.run(() => Promise.reject(error), false)).rejects.toBe(error)
  expect(slots.limit()).toBe(4)
})

test('a closed lane gives back what waits and takes nothing more; its slots go on', async () => {
  const slots = createSlots({ initial: 1, max: 1 })
  const lane = slots.open(session('a'))
  const mine = createRequests(lane)
  const other = createRequests(slots.open(session('b')))
  const left = new GatewayError('TOOMANYREQUESTS', 'stopped')
  void mine.ask('running')
  await settle()
  const queued = mine.ask('queued')
  void other.ask('other')
  lane.close(left)
  await expect(queued).rejects.toBe(left)
  await expect(mine.ask('late')).rejects.toBe(left)
  mine.open[0]?.fail(left)
  await settle()
  expect(other.started).toEqual(['other'])
  expect(slots.limit()).toBe(1)
  other.open.shift()?.succeed()
})

test('a third stream of a visitor starts as soon as one of the first two is closed', async () => {
  const slots = createSlots()
  const [one, , three] = [slots.open(session('a')), slots.open(session('a')), slots.open(session('a'))]
  const requests = createRequests(three as Lane)
  void requests.ask('three')
  await settle()
  expect(requests.started).toEqual([])
  one?.close(new Error('ended'))
  await settle()
  expect(requests.started).toEqual(['three'])
})

test('too many streams of one visitor are refused with 429', () => {
  const slots = createSlots()
  for (let n = 0; n < 32; n++) slots.open(session('a'))
  expect(() => slots.open(session('a'))).toThrow(
    expect.objectContaining({ statusCode: 429, retryAfterSeconds: 1 }),
  )
})
