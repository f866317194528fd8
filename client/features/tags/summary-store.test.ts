import { beforeEach, expect, test, vi } from 'vitest'
import type { SummaryRow } from '../../../shared/api/summaries.ts'
import type { ErrorEntry } from '../../../shared/errors.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import { createSummaryStore } from './summary-store.ts'
import type { SummaryStoreOptions } from './summary-types.ts'

interface Asked {
  readonly tags: readonly Tag[]
  readonly signal: AbortSignal
  /** Rows of their own; or each of these tags with the same error. */
  readonly give: (...tags: string[]) => void
  readonly refuse: (error: ErrorEntry, ...tags: string[]) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
}
const row = (tag: string): SummaryRow => ({ tag, digest: 'sha256:a', mediaType: 'm', platforms: [] })
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `t${index + from}` as Tag)
let now = 0
beforeEach(() => {
  now = 1_000_000
  vi.useFakeTimers()
})

function setup() {
  const asked: Asked[] = []
  const fetch: SummaryStoreOptions['fetch'] = (tags, signal, onRow) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      const give = (...names: string[]) => {
        for (const name of names) onRow(row(name))
      }
      const refuse = (error: ErrorEntry, ...names: string[]) => {
        for (const tag of names) onRow({ tag, error })
      }
      asked.push({ tags, signal, give, refuse, end: resolve, fail: reject })
    })
  const store = createSummaryStore({ fetch, now: () => now })
  /** Answers a request whole. */
  const answer = async (index: number) => {
    asked[index]?.give(...(asked[index]?.tags ?? []))
    asked[index]?.end()
    await vi.runAllTimersAsync()
  }
  /** Answers a request with nothing but this error. */
  const refuseAll = async (index: number, error: ErrorEntry) => {
    asked[index]?.refuse(error, ...(asked[index]?.tags ?? []))
    asked[index]?.end()
    await vi.runAllTimersAsync()
  }
  return { store, asked, answer, refuseAll }
}
const unavailable = (reason: string): ErrorEntry => ({
  code: 'UNAVAILABLE',
  message: 'No.',
  detail: { reason },
})

test('what is in view is asked for at once, and once', async () => {
  const { store, asked, answer } = setup()
  store.show(many(3))
  store.show(many(3))
  expect(asked.map(({ tags }) => tags)).toEqual([many(3)])
  await answer(0)
  expect([...store.snapshot().known.keys()]).toEqual(many(3))
  store.show(many(4))
  expect(asked[1]?.tags).toEqual(['t3'])
})

test('rows are told in batches, not one by one', async () => {
  const { store, asked } = setup()
  const listener = vi.fn()
  store.subscribe(listener)
  store.show(many(3))
  asked[0]?.give('t0', 't1', 't2')
  expect(listener).not.toHaveBeenCalled()
  await vi.runAllTimersAsync()
  expect(listener).toHaveBeenCalledTimes(1)
  expect(store.snapshot().revision).toBe(1)
})

test('whoever scrolls on leaves what is out of view, and what is still in view is waited for', () => {
  const { store, asked } = setup()
  store.show(many(30))
  store.show(many(30, 20))
  expect(asked).toHaveLength(1)
  store.show(many(30, 200))
  expect(asked[0]?.signal.aborted).toBe(true)
  expect(asked[1]?.tags).toEqual(many(30, 200))
  asked[0]?.give('t0')
  expect(store.snapshot().known.has('t0' as Tag)).toBe(false)
})

test('all: the rest in requests of 500 beside what is in view, none twice', async () => {
  const { store, asked, answer } = setup()
  const tags = many(1010)
  store.show(tags.slice(0, 10))
  store.loadAll(tags)
  expect(store.snapshot().loadingAll).toBe(true)
  await answer(0)
  await answer(1)
  await answer(2)
  expect(asked.map((request) => request.tags.length)).toEqual([10, 500, 500])
  expect(new Set(asked.flatMap((request) => request.tags)).size).toBe(1010)
  expect(store.snapshot()).toMatchObject({ loadingAll: false, failure: undefined })
})

test('stopped: what came stays, and it goes on from there', async () => {
  const { store, asked } = setup()
  store.loadAll(many(600))
  asked[0]?.give('t0', 't1')
  store.stop()
  expect(asked[0]?.signal.aborted).toBe(true)
  expect(store.snapshot().loadingAll).toBe(false)
  expect(store.snapshot().known.size).toBe(2)
  store.loadAll(many(600))
  await vi.runAllTimersAsync()
  expect(asked[1]?.tags[0]).toBe('t2')
})

test('a failure stops everything until somebody tries again', async () => {
  const { store, asked, answer } = setup()
  store.show(many(2))
  asked[0]?.fail(new Error('down'))
  await vi.runAllTimersAsync()
  expect(store.snapshot().failure).toMatchObject({ message: 'down' })
  store.show(many(5))
  expect(asked).toHaveLength(1)
  store.retry()
  expect(store.snapshot().failure).toBeUndefined()
  await answer(1)
  expect(store.snapshot().known.size).toBe(5)
})

test('what is older than half a minute is asked again when it comes into view, and shown meanwhile', async () => {
  const { store, asked, answer } = setup()
  store.show(many(2))
  await answer(0)
  now += 29_000
  store.show([])
  store.show(many(2))
  expect(asked).toHaveLength(1)
  now += 2000
  store.show([])
  store.show(many(2))
  expect(asked[1]?.tags).toEqual(many(2))
  expect(store.snapshot().known.size).toBe(2)
})

test('a registry so slow that the first rows are old when the last comes is not asked for them again', async () => {
  const { store, asked } = setup()
  store.show(many(3))
  for (const tag of many(3)) {
    asked[0]?.give(tag)
    now += 31_000
    store.show(many(3))
  }
  asked[0]?.end()
  await vi.runAllTimersAsync()
  expect(asked).toHaveLength(1)
})

test('what was left once is waited for the next time', async () => {
  const { store, asked, answer } = setup()
  const [here, there] = [many(30), many(30, 200)]
  store.show(here)
  store.show(there)
  store.show(here)
  store.show(there)
  store.show(here)
  expect(asked.map(({ tags, signal }) => [tags[0], signal.aborted])).toEqual([
    ['t0', true],
    ['t200', true],
    ['t0', false],
  ])
  await answer(2)
  expect(asked).toHaveLength(3)
})

test('while all is being loaded, an order that changes leaves nothing, and what is in view has a stream of its own', async () => {
  const { store, asked, answer } = setup()
  const tags = many(500)
  store.loadAll(tags)
  store.show(tags.slice(20, 40))
  // these come first in the request for all
  expect(asked).toHaveLength(1)
  store.show(tags.slice(400, 430))
  expect(asked[1]?.tags).toEqual(tags.slice(400, 430))
  store.show(tags.slice(450, 480))
  expect(asked[1]?.signal.aborted).toBe(false)
  await answer(1)
  expect(asked[2]?.tags).toEqual(tags.slice(450, 480))
  expect(asked).toHaveLength(3)
})

test('refreshed: what is in view is asked again, and all of it if all was wanted', async () => {
  const { store, asked, answer } = setup()
  const tags = many(510)
  store.show(many(2))
  store.loadAll(tags)
  for (const index of [0, 1, 2]) await answer(index)
  expect(store.snapshot()).toMatchObject({ loadingAll: false })
  store.expire()
  expect(store.snapshot().loadingAll).toBe(true)
  expect(tags.filter(store.isKnown)).toEqual([])
  expect(store.snapshot().known.size).toBe(510)
  for (const index of [3, 4, 5]) await answer(index)
  expect(asked.slice(3).map((request) => request.tags.length)).toEqual([2, 500, 8])
  expect(tags.every(store.isKnown)).toBe(true)
  store.stop()
  store.expire()
  expect(asked.slice(6).map((request) => request.tags)).toEqual([many(2)])
})

test.each([
  unavailable('registry_down'),
  unavailable('timeout'),
  { code: 'UNAVAILABLE', message: 'Without a reason.' },
  { code: 'TOOMANYREQUESTS', message: 'Later.', detail: { retryAfterSeconds: 60 } },
])(
  'rows of an outage ($code $detail.reason) are not known: it stops, and goes on when tried again',
  async (error) => {
    const { store, asked, answer, refuseAll } = setup()
    const tags = many(1200)
    store.loadAll(tags)
    await refuseAll(0, error)
    expect(asked).toHaveLength(1)
    expect(store.snapshot()).toMatchObject({ loadingAll: false, inVain: 500 })
    expect(store.snapshot().failure).toMatchObject({
      message: error.message,
      retryAfterSeconds: (error.detail as { retryAfterSeconds?: number } | undefined)?.retryAfterSeconds,
    })
    expect(tags.some(store.isKnown)).toBe(false)
    expect(store.snapshot().known.get('t0' as Tag)?.row.error).toEqual(error)
    store.retry()
    expect(store.snapshot()).toMatchObject({ loadingAll: true, failure: undefined, inVain: 0 })
    for (const index of [1, 2, 3]) await answer(index)
    expect(store.snapshot()).toMatchObject({ loadingAll: false, failure: undefined })
    expect(tags.every(store.isKnown)).toBe(true)
  },
)

test.each([
  { code: 'MANIFEST_UNKNOWN', message: '' },
  { code: 'MANIFEST_INVALID', message: '' },
  { code: 'DENIED', message: '' },
  { code: '__proto__', message: '' },
  unavailable('bad_answer'),
])('what is wrong with a tag itself ($code $detail.reason) is known, and not asked again', async (error) => {
  const { store, asked, refuseAll } = setup()
  store.show(many(2))
  await refuseAll(0, error)
  store.show([])
  store.show(many(2))
  expect(store.snapshot()).toMatchObject({ failure: undefined, inVain: 0 })
  expect(many(2).every(store.isKnown)).toBe(true)
  expect(asked).toHaveLength(1)
})

test('one tag that takes too long stops nothing, and is asked again when it comes into view after a pause', async () => {
  const { store, asked, answer } = setup()
  store.show(many(3))
  asked[0]?.give('t0', 't2')
  asked[0]?.refuse(unavailable('timeout'), 't1')
  asked[0]?.end()
  await vi.runAllTimersAsync()
  expect(store.snapshot()).toMatchObject({ inVain: 1, failure: { reason: 'timeout' } })
  store.show(many(3, 2))
  await answer(1)
  store.show(many(3))
  expect(asked).toHaveLength(2)
  store.show(many(3, 2))
  now += 11_000
  store.show(many(3))
  expect(asked[2]?.tags).toEqual(['t1'])
  await answer(2)
  expect(store.snapshot()).toMatchObject({ inVain: 0, failure: undefined })
})

test('after an outage whoever scrolls on later need not press a button', async () => {
  const { store, asked, refuseAll } = setup()
  store.show(many(2))
  await refuseAll(0, unavailable('registry_down'))
  now += 5000
  store.show(many(2, 2))
  expect(asked).toHaveLength(1)
  now += 6000
  store.show(many(2, 2))
  expect(asked).toHaveLength(1)
  store.show(many(2, 4))
  expect(asked[1]?.tags).toEqual(many(2, 4))
  expect(store.snapshot().failure).toBeUndefined()
})

test('a summary stays on show when asking again is in vain, and trying again asks for it', async () => {
  const { store, asked, answer, refuseAll } = setup()
  store.show(many(1))
  await answer(0)
  now += 31_000
  store.show([])
  store.show(many(1))
  await refuseAll(1, unavailable('registry_down'))
  expect(store.snapshot().known.get('t0' as Tag)?.row.error).toBeUndefined()
  expect(store.isKnown('t0' as Tag)).toBe(false)
  store.retry()
  expect(asked[2]?.tags).toEqual(many(1))
})

test('when nobody looks any more, everything ends', async () => {
  const { store, asked } = setup()
  store.show(many(2))
  store.loadAll(many(600))
  store.rest()
  expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, true])
  await vi.runAllTimersAsync()
  expect(asked).toHaveLength(2)
  expect(store.snapshot()).toMatchObject({ loadingAll: false, failure: undefined })
})
