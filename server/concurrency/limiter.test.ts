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

/** Pieces of work that end when told to. */
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
    ask: (limiter: Limiter, visitor: string, name = visitor, signal?: AbortSignal) =>
      quiet(limiter.run(session(visitor), work(name), signal)),
    askIn: (limiterStream: LimiterStream, name: string, first = false) =>
      quiet(limiterStream.run(work(name), first)),
    async endOne() {
      open.shift()?.succeed()
      await settle()
    },
  }
}

/** Starts what a limiter with one place would start, in order. */
async function drain(works: ReturnType<typeof createWorks>, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await works.endOne()
}

describe('single requests', () => {
  test('no more run than there are places, and each that ends lets the next begin', async () => {
    const limiter = create({ max: 3 })
    const works = createWorks()
    const results = Array.from({ length: 10 }, (_, n) => works.ask(limiter, `session:${n}`))
    await settle()
    let most = 0
    while (works.open.length > 0) {
      most = Math.max(most, works.open.length)
      await works.endOne()
    }
    expect([most, works.started.length, (await Promise.all(results)).length]).toEqual([3, 10, 10])
  })

  test('visitors take turns, however much one of them wants', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    for (let n = 0; n < 5; n++) void works.ask(limiter, 'much', `much ${n}`)
    void works.ask(limiter, 'little')
    await settle()
    await drain(works, 3)
    expect(works.started).toEqual(['much 0', 'much 1', 'little', 'much 2'])
  })

  test('a strict share: nobody alone takes all places', async () => {
    const limiter = create({ max: 4, share: 1, reserve: 4 })
    const works = createWorks()
    for (let n = 0; n < 5; n++) void works.ask(limiter, 'a', `a ${n}`)
    void works.ask(limiter, 'b')
    await settle()
    expect(works.started).toEqual(['a 0', 'b'])
  })

  test('a visitor alone gets more than its share, but for the reserve; its share once another waits', async () => {
    const limiter = create({ max: 8, share: 2, reserve: 1 })
    const works = createWorks()
    for (let n = 0; n < 20; n++) void works.ask(limiter, 'a', `a${n}`)
    await settle()
    expect(works.open).toHaveLength(7)
    for (let n = 0; n < 3; n++) void works.ask(limiter, 'b', `b${n}`)
    await settle()
    expect(works.started.at(-1)).toBe('b0')
    await drain(works, 3)
    // both have more than their share by then, and take turns
    expect(works.started.slice(8)).toEqual(['b1', 'a7'])
  })

  test('a failure frees its place and is its own', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    const [first, second] = [works.ask(limiter, 'a'), works.ask(limiter, 'b')]
    await settle()
    works.open.shift()?.fail(new Error('down'))
    await expect(first).rejects.toThrow('down')
    await settle()
    works.open.shift()?.succeed()
    expect(await second).toBe('b')
  })

  test('after the longest wait a request fails, and nothing is done for it later', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    void works.ask(limiter, 'a')
    const waiting = [works.ask(limiter, 'b', 'b 0'), works.ask(limiter, 'b', 'b 1')]
    await vi.advanceTimersByTimeAsync(59_999)
    void works.ask(limiter, 'b', 'late')
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

  test('a caller that leaves takes no place, before and while it waits', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    void works.ask(limiter, 'a')
    const left = new AbortController()
    const waiting = works.ask(limiter, 'b', 'b', left.signal)
    left.abort(new Error('left'))
    await expect(waiting).rejects.toThrow('left')
    await expect(works.ask(limiter, 'c', 'c', left.signal)).rejects.toThrow('left')
    await works.endOne()
    expect(works.started).toEqual(['a'])
  })

  test('a place is given back once, however often it is released', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    const release = await limiter.acquire(session('a'))
    release()
    release()
    void works.ask(limiter, 'b')
    void works.ask(limiter, 'c')
    await settle()
    expect(works.started).toEqual(['b'])
  })
})

describe('streams', () => {
  test('the limit grows while all of it is used, up to the most', async () => {
    const limiter = create({ streams: { initial: 2, max: 4 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 40; n++) void works.askIn(limiterStream, `${n}`)
    await settle()
    expect(works.open).toHaveLength(2)
    const most: number[] = []
    while (works.open.length > 0) {
      most.push(works.open.length)
      await works.endOne()
    }
    expect([Math.max(...most), limiter.streamLimit(), works.started.length]).toEqual([4, 4, 40])
  })

  test('an idle registry is not taken for a fast one: without use the limit stays', async () => {
    const limiter = create({ streams: { initial: 4, max: 8 } })
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 50; n++) await limiterStream.run(async () => n, false)
    expect(limiter.streamLimit()).toBe(4)
  })

  test('single requests come before streams, and streams leave places for them', async () => {
    const limiter = create({ max: 3, streams: { initial: 2, max: 2 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (const name of ['row 1', 'row 2', 'row 3']) void works.askIn(limiterStream, name)
    void works.ask(limiter, 'a', 'page')
    void works.ask(limiter, 'a', 'page 2')
    await settle()
    await drain(works, 1)
    expect(works.started).toEqual(['row 1', 'row 2', 'page', 'page 2'])
  })

  test('a subject’s 429s halve what it may have at a time, once for those in flight together, never below one', async () => {
    const limiter = create({ streams: { initial: 8 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 8; n++) void works.askIn(limiterStream, `${n}`)
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

  test('one account’s 429 takes nothing from another', async () => {
    const limiter = create({ streams: { initial: 8, max: 8 } })
    const [slow, quick] = [createWorks(), createWorks()]
    const limiterStream = limiter.open(session('slow'))
    for (let n = 0; n < 8; n++) void slow.askIn(limiterStream, `${n}`)
    await settle()
    for (const request of slow.open.splice(0)) request.fail(tooMany(5))
    await settle()
    const other = limiter.open(session('quick'))
    for (let n = 0; n < 8; n++) void quick.askIn(other, `${n}`)
    await settle()
    expect([quick.open.length, slow.open.length]).toEqual([8, 0])
  })

  test('a repository that answers 503 for ever takes nothing from the others', async () => {
    const limiter = create({ streams: { initial: 8, max: 8 } })
    const [broken, sound] = [createWorks(), createWorks()]
    const [one, two] = [limiter.open(session('a', 'broken')), limiter.open(session('b', 'sound'))]
    for (let n = 0; n < 8; n++) void broken.askIn(one, `${n}`)
    await settle()
    for (const request of broken.open.splice(0)) request.fail(unavailable())
    await settle()
    for (let n = 0; n < 8; n++) void sound.askIn(two, `${n}`)
    await settle()
    expect([limiter.limitOf('repository', 'broken'), sound.open.length]).toEqual([4, 8])
  })

  test('what was halved grows again with each success that uses it whole', async () => {
    const limiter = create({ streams: { initial: 4, max: 4 } })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    for (let n = 0; n < 4; n++) void works.askIn(limiterStream, `${n}`)
    await settle()
    for (const request of works.open.splice(0)) request.fail(tooMany(0))
    await settle()
    expect(limiter.limitOf('subject', 'a')).toBe(2)
    for (let n = 4; n < 40; n++) void works.askIn(limiterStream, `${n}`)
    await vi.advanceTimersByTimeAsync(100)
    while (works.open.length > 0) await works.endOne()
    expect(limiter.limitOf('subject', 'a')).toBe(4)
  })

  test.each([
    ['as long as Retry-After says', tooMany(3), 3000],
    ['at least a tenth of a second', tooMany(0), 100],
    ['half a second where it says nothing', tooMany(), 500],
    ['likewise after a 503', unavailable(), 500],
  ])('asked to slow down, it waits %s and asks again', async (_name, error, milliseconds) => {
    const works = createWorks()
    const result = works.askIn(create().open(session('a')), 'x')
    await settle()
    works.open.shift()?.fail(error)
    await vi.advanceTimersByTimeAsync(milliseconds - 1)
    expect(works.started).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(works.started).toHaveLength(2)
    works.open.shift()?.succeed()
    expect(await result).toBe('x')
  })

  test('it asks four times in all, each wait twice the one before', async () => {
    const works = createWorks()
    const result = works.askIn(create().open(session('a')), 'x')
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

  test('a registry that asks for more than ten seconds is not waited for', async () => {
    const works = createWorks()
    const result = works.askIn(create().open(session('a')), 'x')
    await settle()
    works.open.shift()?.fail(tooMany(11))
    await expect(result).rejects.toMatchObject({ retryAfterSeconds: 11 })
    expect(works.started).toEqual(['x'])
  })

  test('a 429 makes its subject wait, a 503 its repository, and nobody else', async () => {
    const limiter = create({ streams: { initial: 32 } })
    const [mine, other, elsewhere] = [createWorks(), createWorks(), createWorks()]
    const lanes = [
      limiter.open(session('a')),
      limiter.open(session('b')),
      limiter.open(session('a', 'elsewhere')),
    ]
    const [a, b, c] = lanes as [LimiterStream, LimiterStream, LimiterStream]
    void mine.askIn(a, 'refused')
    await settle()
    mine.open.shift()?.fail(tooMany(2))
    await settle()
    void mine.askIn(a, 'mine')
    void other.askIn(b, 'other')
    void elsewhere.askIn(c, 'elsewhere')
    await settle()
    expect([mine.started, other.started, elsewhere.started]).toEqual([['refused'], ['other'], []])
    await vi.advanceTimersByTimeAsync(2000)
    // one at a time by now
    expect(mine.started.length + elsewhere.started.length).toBe(2)
    other.open.shift()?.fail(unavailable())
    await settle()
    void other.askIn(b, 'later')
    await vi.advanceTimersByTimeAsync(499)
    expect(other.started).toEqual(['other'])
    await vi.advanceTimersByTimeAsync(1)
    expect(other.started).toEqual(['other', 'other'])
  })

  test('visitors who share a subject wait together', async () => {
    const limiter = create()
    const works = createWorks()
    const place = (visitor: string) => ({ visitor, subject: 'service', repository: 'r' })
    const [one, two] = [limiter.open(place('1')), limiter.open(place('2'))]
    void works.askIn(one, 'one')
    await settle()
    works.open.shift()?.fail(tooMany(1))
    await settle()
    void works.askIn(two, 'two')
    await vi.advanceTimersByTimeAsync(999)
    expect(works.started).toEqual(['one'])
  })

  test('other failures pass at once and change nothing', async () => {
    const limiter = create({ streams: { initial: 4 } })
    const error = new GatewayError('MANIFEST_UNKNOWN', 'gone')
    await expect(limiter.open(session('a')).run(() => Promise.reject(error), false)).rejects.toBe(error)
    expect([limiter.streamLimit(), limiter.limitOf('subject', 'a')]).toEqual([4, 4])
  })

  test('a closed stream drops its waiting requests and accepts no more; the others go on', async () => {
    const limiter = create({ streams: { initial: 1, max: 1 } })
    const works = createWorks()
    const [limiterStream, other] = [limiter.open(session('a')), limiter.open(session('b'))]
    const left = new GatewayError('TOOMANYREQUESTS', 'stopped')
    void works.askIn(limiterStream, 'running')
    await settle()
    const queued = works.askIn(limiterStream, 'queued')
    void works.askIn(other, 'other')
    limiterStream.close(left)
    limiterStream.close(new Error('again'))
    await expect(queued).rejects.toBe(left)
    await expect(works.askIn(limiterStream, 'late')).rejects.toBe(left)
    works.open[0]?.fail(left)
    await settle()
    expect([works.started, limiter.streamLimit()]).toEqual([['running', 'other'], 1])
  })

  test('a visitor’s two oldest streams take turns, and a third waits for one of them to end', async () => {
    const limiter = create({ max: 1, streams: { initial: 1, max: 1 } })
    const works = createWorks()
    const [one, two, three] = [0, 1, 2].map(() => limiter.open(session('a'))) as [
      LimiterStream,
      LimiterStream,
      LimiterStream,
    ]
    for (const n of [1, 2, 3]) {
      void works.askIn(one, `one${n}`)
      void works.askIn(two, `two${n}`)
      void works.askIn(three, `three${n}`)
    }
    await settle()
    await drain(works, 2)
    expect(works.started).toEqual(['one1', 'two1', 'one2'])
    one.close(new Error('ended'))
    await drain(works, 2)
    expect(works.started.slice(3).sort()).toEqual(['three1', 'two2'])
  })

  test('what finishes a row comes before what begins one', async () => {
    const limiter = create({ max: 1 })
    const works = createWorks()
    const limiterStream = limiter.open(session('a'))
    void works.askIn(limiterStream, 'running')
    await settle()
    void works.askIn(limiterStream, 'tag')
    void works.askIn(limiterStream, 'config', true)
    await drain(works, 2)
    expect(works.started).toEqual(['running', 'config', 'tag'])
  })

  test('too many streams of one visitor are refused with 429, until one of them closes', () => {
    const limiter = create()
    const [limiterStream] = Array.from({ length: MAX_STREAMS }, () => limiter.open(session('a')))
    expect(() => limiter.open(session('a'))).toThrow(
      expect.objectContaining({ statusCode: 429, retryAfterSeconds: 1 }),
    )
    expect(limiter.open(session('b'))).toBeDefined()
    limiterStream?.close(new Error('left'))
    expect(limiter.open(session('a'))).toBeDefined()
  })
})

test('no more bytes of documents are held than there may be, and each waits for its turn', async () => {
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
