import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GatewayError } from '../errors.ts'
import { MAX_STREAMS } from './fair-queue.ts'
import { Limiter, type LimiterOptions, type LimiterStream } from './limiter.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const create = (options: Partial<LimiterOptions> = {}) =>
  new Limiter({ max: 128, share: 128, reserve: 0, maxWaitSeconds: 60, ...options })
/** A session, which is its own subject. */
const session = (visitor: string, repository = 'r') => ({ visitor, subject: visitor, repository })
const tooMany = (retryAfterSeconds?: number) =>
  new GatewayError('TOOMANYREQUESTS', 'slow', { retryAfterSeconds })
const unavailable = () => new GatewayError('UNAVAILABLE', 'down', { reason: 'registry_down', status: 503 })
const settle = () => vi.advanceTimersByTimeAsync(0)

interface Open {
  readonly name: string
  succeed(): void
  fail(error: Error): void
}

/** Requests that the test settles. */
function createWorks() {
  const open: Open[] = []
  const started: string[] = []
  const work = (name: string) => () =>
    new Promise<string>((resolve, reject) => {
      started.push(name)
      open.push({ name, succeed: () => resolve(name), fail: reject })
    })
  const quiet = <T>(result: Promise<T>) => {
    result.catch(() => {})
    return result
  }
  return {
    open,
    started,
    run: (limiter: Limiter, visitor: string, name = visitor, signal?: AbortSignal) =>
      quiet(limiter.run(session(visitor), work(name), signal)),
    runIn: (limiterStream: LimiterStream, name: string, first = false) =>
      quiet(limiterStream.run(work(name), first)),
    async endOne() {
      open.shift()?.succeed()
      await settle()
    },
  }
}

/** Ends requests one by one, so that a limiter of one starts the next. */
async function drain(works: ReturnType<typeof createWorks>, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await works.endOne()
}

describe('single requests', () => {
  test('no more than the maximum run at a time, and each end starts the next', async () => {
    const limiter = create({ max: 3 })
    const works = createWorks()
    const results = Array.from({ length: 10 }, (_, n) => works.run(limiter, `session:${n}`))
    await settle()
    let most = 0
    while (works.open.length > 0) {
      most = Math.max(most, works.open.length)
      await works.endOne()
    }
    expect([most, works.started.length, (await Promise.all(results)).length]).toEqual([3, 10, 10])
  })

  test('round robin over visitors, even if one has many requests', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    for (let n = 0; n < 5; n++) void works.run(limiter, 'many', `many ${n}`)
    void works.run(limiter, 'few')
    await settle()
    await drain(works, 3)
    expect(works.started).toEqual(['many 0', 'many 1', 'few', 'many 2'])
  })

  test('a strict share: one visitor cannot use the whole capacity', async () => {
    const limiter = create({ max: 4, share: 1, reserve: 4 })
    const works = createWorks()
    for (let n = 0; n < 5; n++) void works.run(limiter, 'a', `a ${n}`)
    void works.run(limiter, 'b')
    await settle()
    expect(works.started).toEqual(['a 0', 'b'])
  })

  test('a single visitor may exceed its share up to the reserve, but not while another waits', async () => {
    const limiter = create({ max: 8, share: 2, reserve: 1 })
    const works = createWorks()
    for (let n = 0; n < 20; n++) void works.run(limiter, 'a', `a${n}`)
    await settle()
    expect(works.open).toHaveLength(7)
    for (let n = 0; n < 3; n++) void works.run(limiter, 'b', `b${n}`)
    await settle()
    expect(works.started.at(-1)).toBe('b0')
    await drain(works, 3)
    // both exceed their share by then, and alternate
    expect(works.started.slice(8)).toEqual(['b1', 'a7'])
  })

  test('a failure releases its request and affects no other', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    const [first, second] = [works.run(limiter, 'a'), works.run(limiter, 'b')]
    await settle()
    works.open.shift()?.fail(new Error('down'))
    await expect(first).rejects.toThrow('down')
    await settle()
    works.open.shift()?.succeed()
    expect(await second).toBe('b')
  })

  test('after the maximum wait a request fails and never starts', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    void works.run(limiter, 'a')
    const waiting = [works.run(limiter, 'b', 'b 0'), works.run(limiter, 'b', 'b 1')]
    await vi.advanceTimersByTimeAsync(59_999)
    void works.run(limiter, 'b', 'late')
    await vi.advanceTimersByTimeAsync(1)
    for (const result of waiting)
      await expect(result).rejects.toMatchObject({
        reason: 'overloaded',
        statusCode: 503,
        retryAfterSeconds: 60,
      })
    await works.endOne()
    expect(works.started).toEqual(['a', 'late'])
  })

  test('a caller that disconnects before or during its wait never starts', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    void works.run(limiter, 'a')
    const left = new AbortController()
    const waiting = works.run(limiter, 'b', 'b', left.signal)
    left.abort(new Error('disconnected'))
    await expect(waiting).rejects.toThrow('disconnected')
    await expect(works.run(limiter, 'c', 'c', left.signal)).rejects.toThrow('disconnected')
    await works.endOne()
    expect(works.started).toEqual(['a'])
  })

  test('releasing twice counts once', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    const release = await limiter.acquire(session('a'))
    release()
    release()
    void works.run(limiter, 'b')
    void works.run(limiter, 'c')
    await settle()
    expect(works.started).toEqual(['b'])
  })
})

describe('streams', () => {
  test('the limit grows while it is fully used, up to its maximum', async () => {
    const limiter = create({ streams: { initial: 2, max: 4 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 40; n++) void works.runIn(limiterStream, `${n}`)
    await settle()
    expect(works.open).toHaveLength(2)
    const most: number[] = []
    while (works.open.length > 0) {
      most.push(works.open.length)
      await works.endOne()
    }
    expect([Math.max(...most), limiter.streamLimit(), works.started.length]).toEqual([4, 4, 40])
  })

  test('the limit does not grow while it is not fully used', async () => {
    const limiter = create({ streams: { initial: 4, max: 8 } })
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 50; n++) await limiterStream.run(async () => n, false)
    expect(limiter.streamLimit()).toBe(4)
  })

  test('single requests precede streams, and streams leave capacity for them', async () => {
    const limiter = create({ max: 3, streams: { initial: 2, max: 2 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (const name of ['row 1', 'row 2', 'row 3']) void works.runIn(limiterStream, name)
    void works.run(limiter, 'a', 'page')
    void works.run(limiter, 'a', 'page 2')
    await settle()
    await drain(works, 1)
    expect(works.started).toEqual(['row 1', 'row 2', 'page', 'page 2'])
  })

  test('a subject’s 429s halve its limit, once for those in flight together, never below one', async () => {
    const limiter = create({ streams: { initial: 8 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 8; n++) void works.runIn(limiterStream, `${n}`)
    await settle()
    for (const request of works.open.splice(0)) request.fail(tooMany(1))
    await settle()
    expect([limiter.limitOf('subject', 'a'), limiter.limitOf('subject', 'b')]).toEqual([4, 8])
    for (let round = 0; round < 3; round++) {
      await vi.advanceTimersByTimeAsync(1000)
      for (const request of works.open.splice(0)) request.fail(tooMany(1))
      await settle()
    }
    expect(limiter.limitOf('subject', 'a')).toBe(1)
  })

  test('one account’s 429 does not affect another', async () => {
    const limiter = create({ streams: { initial: 8, max: 8 } })
    const [slow, quick] = [createWorks(), createWorks()]
    const limiterStream = limiter.open(session('slow'))
    for (let n = 0; n < 8; n++) void slow.runIn(limiterStream, `${n}`)
    await settle()
    for (const request of slow.open.splice(0)) request.fail(tooMany(5))
    await settle()
    const other = limiter.open(session('quick'))
    for (let n = 0; n < 8; n++) void quick.runIn(other, `${n}`)
    await settle()
    expect([quick.open.length, slow.open.length]).toEqual([8, 0])
  })

  test('a repository that keeps responding 503 does not affect the others', async () => {
    const limiter = create({ streams: { initial: 8, max: 8 } })
    const [broken, sound] = [createWorks(), createWorks()]
    const [one, two] = [limiter.open(session('a', 'broken')), limiter.open(session('b', 'sound'))]
    for (let n = 0; n < 8; n++) void broken.runIn(one, `${n}`)
    await settle()
    for (const request of broken.open.splice(0)) request.fail(unavailable())
    await settle()
    for (let n = 0; n < 8; n++) void sound.runIn(two, `${n}`)
    await settle()
    expect([limiter.limitOf('repository', 'broken'), sound.open.length]).toEqual([4, 8])
  })

  test('a reduced limit grows again with each success that uses it fully', async () => {
    const limiter = create({ streams: { initial: 4, max: 4 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 4; n++) void works.runIn(limiterStream, `${n}`)
    await settle()
    for (const request of works.open.splice(0)) request.fail(tooMany(0))
    await settle()
    expect(limiter.limitOf('subject', 'a')).toBe(2)
    for (let n = 4; n < 40; n++) void works.runIn(limiterStream, `${n}`)
    await vi.advanceTimersByTimeAsync(100)
    while (works.open.length > 0) await works.endOne()
    expect(limiter.limitOf('subject', 'a')).toBe(4)
  })

  test.each([
    ['for Retry-After', tooMany(3), 3000],
    ['at least a tenth of a second', tooMany(0), 100],
    ['half a second without Retry-After', tooMany(), 500],
    ['likewise after a 503', unavailable(), 500],
  ])('after a 429 or 503 it waits %s and retries', async (_name, error, milliseconds) => {
    const works = createWorks()
    const result = works.runIn(create().open(session('a')), 'x')
    await settle()
    works.open.shift()?.fail(error)
    await vi.advanceTimersByTimeAsync(milliseconds - 1)
    expect(works.started).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(works.started).toHaveLength(2)
    works.open.shift()?.succeed()
    expect(await result).toBe('x')
  })

  test('it makes four attempts, each wait twice the previous one', async () => {
    const works = createWorks()
    const result = works.runIn(create().open(session('a')), 'x')
    const began = Date.now()
    const times: number[] = []
    for (let n = 0; n < 4; n++) {
      await vi.waitUntil(() => works.open.length > 0)
      times.push(Date.now() - began)
      works.open.shift()?.fail(tooMany())
      await vi.advanceTimersByTimeAsync(500 * 2 ** n)
    }
    await expect(result).rejects.toMatchObject({ code: 'TOOMANYREQUESTS' })
    expect(works.started).toHaveLength(4)
    expect(times[3]).toBeGreaterThanOrEqual(3500)
  })

  test('it does not wait for a Retry-After over ten seconds', async () => {
    const works = createWorks()
    const result = works.runIn(create().open(session('a')), 'x')
    await settle()
    works.open.shift()?.fail(tooMany(11))
    await expect(result).rejects.toMatchObject({ retryAfterSeconds: 11 })
    expect(works.started).toEqual(['x'])
  })

  test('a 429 holds back its subject only, a 503 its repository only', async () => {
    const limiter = create({ streams: { initial: 32 } })
    const [mine, other, elsewhere] = [createWorks(), createWorks(), createWorks()]
    const streams = [
      limiter.open(session('a')),
      limiter.open(session('b')),
      limiter.open(session('a', 'elsewhere')),
    ]
    const [a, b, c] = streams as [LimiterStream, LimiterStream, LimiterStream]
    void mine.runIn(a, 'refused')
    await settle()
    mine.open.shift()?.fail(tooMany(2))
    await settle()
    void mine.runIn(a, 'mine')
    void other.runIn(b, 'other')
    void elsewhere.runIn(c, 'elsewhere')
    await settle()
    expect([mine.started, other.started, elsewhere.started]).toEqual([['refused'], ['other'], []])
    await vi.advanceTimersByTimeAsync(2000)
    // the limit is one by now
    expect(mine.started.length + elsewhere.started.length).toBe(2)
    other.open.shift()?.fail(unavailable())
    await settle()
    void other.runIn(b, 'later')
    await vi.advanceTimersByTimeAsync(499)
    expect(other.started).toEqual(['other'])
    await vi.advanceTimersByTimeAsync(1)
    expect(other.started).toEqual(['other', 'other'])
  })

  test('a 429 holds back all visitors of one subject', async () => {
    const limiter = create()
    const works = createWorks()
    const guest = (visitor: string) => ({ visitor, subject: 'service', repository: 'r' })
    const [one, two] = [limiter.open(guest('1')), limiter.open(guest('2'))]
    void works.runIn(one, 'one')
    await settle()
    works.open.shift()?.fail(tooMany(1))
    await settle()
    void works.runIn(two, 'two')
    await vi.advanceTimersByTimeAsync(999)
    expect(works.started).toEqual(['one'])
  })

  test('other failures are passed on at once and do not change the limits', async () => {
    const limiter = create({ streams: { initial: 4 } })
    const error = new GatewayError('MANIFEST_UNKNOWN', 'gone')
    await expect(limiter.open(session('a')).run(() => Promise.reject(error), false)).rejects.toBe(error)
    expect([limiter.streamLimit(), limiter.limitOf('subject', 'a')]).toEqual([4, 4])
  })

  test('a closed stream cancels its queued requests and accepts no more; others continue', async () => {
    const limiter = create({ streams: { initial: 1, max: 1 } })
    const works = createWorks()
    const [limiterStream, other] = [limiter.open(session('a')), limiter.open(session('b'))]
    const left = new GatewayError('TOOMANYREQUESTS', 'stopped')
    void works.runIn(limiterStream, 'running')
    await settle()
    const queued = works.runIn(limiterStream, 'queued')
    void works.runIn(other, 'other')
    limiterStream.close(left)
    limiterStream.close(new Error('again'))
    await expect(queued).rejects.toBe(left)
    await expect(works.runIn(limiterStream, 'late')).rejects.toBe(left)
    works.open[0]?.fail(left)
    await settle()
    expect([works.started, limiter.streamLimit()]).toEqual([['running', 'other'], 1])
  })

  test('a visitor’s two oldest streams alternate, and a third waits until one of them ends', async () => {
    const limiter = create({ max: 1, streams: { initial: 1, max: 1 } })
    const works = createWorks()
    const [one, two, three] = [0, 1, 2].map(() => limiter.open(session('a'))) as [
      LimiterStream,
      LimiterStream,
      LimiterStream,
    ]
    for (const n of [1, 2, 3]) {
      void works.runIn(one, `one${n}`)
      void works.runIn(two, `two${n}`)
      void works.runIn(three, `three${n}`)
    }
    await settle()
    await drain(works, 2)
    expect(works.started).toEqual(['one1', 'two1', 'one2'])
    one.close(new Error('ended'))
    await drain(works, 2)
    expect(works.started.slice(3).sort()).toEqual(['three1', 'two2'])
  })

  test('requests that complete a row precede those that begin one', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    void works.runIn(limiterStream, 'running')
    await settle()
    void works.runIn(limiterStream, 'tag')
    void works.runIn(limiterStream, 'config', true)
    await drain(works, 2)
    expect(works.started).toEqual(['running', 'config', 'tag'])
  })

  test('a visitor’s streams beyond the maximum get 429 until one of them closes', () => {
    const limiter = create()
    const [limiterStream] = Array.from({ length: MAX_STREAMS }, () => limiter.open(session('a')))
    expect(() => limiter.open(session('a'))).toThrow(
      expect.objectContaining({ statusCode: 429, retryAfterSeconds: 1 }),
    )
    expect(limiter.open(session('b'))).toBeDefined()
    limiterStream?.close(new Error('disconnected'))
    expect(limiter.open(session('a'))).toBeDefined()
  })
})

test('the bytes of documents stay within the budget, granted in order', async () => {
  const limiterStream = create({ maxBytes: 100 }).open(session('a'))
  const given: string[] = []
  const reserve = async (name: string, bytes: number) => {
    const give = await limiterStream.reserve(bytes)
    given.push(name)
    return give
  }
  const [large, small] = [reserve('large', 1000), reserve('small', 10)]
  await settle()
  expect(given).toEqual(['large'])
  const giveLarge = await large
  giveLarge()
  giveLarge()
  await small
  const rest = reserve('rest', 91)
  await settle()
  expect(given).toEqual(['large', 'small'])
  const giveSmall = await small
  giveSmall()
  await rest
  expect(given).toEqual(['large', 'small', 'rest'])
})
