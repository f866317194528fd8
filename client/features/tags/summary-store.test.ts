import { beforeEach, expect, test, vi } from 'vitest'
import type { SummaryRow } from '../../../shared/api.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import { createSummaryStore, type SummaryStoreOptions } from './summary-store.ts'

interface Asked {
  readonly tags: readonly Tag[]
  readonly signal: AbortSignal
  readonly give: (...tags: string[]) => void
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
      asked.push({ tags, signal, give, end: resolve, fail: reject })
    })
  const store = createSummaryStore({ fetch, now: () => now })
  /** Answers a request whole. */
  const answer = async (index: number) => {
    asked[index]?.give(...(asked[index]?.tags ?? []))
    asked[index]?.end()
    await vi.runAllTimersAsync()
  }
  return { store, asked, answer }
}

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

test('what is older than half a minute, or was expired, is asked again when in view and shown meanwhile', async () => {
  const { store, asked, answer } = setup()
  store.show(many(2))
  await answer(0)
  now += 29_000
  store.show(many(2))
  expect(asked).toHaveLength(1)
  now += 2000
  store.show(many(2))
  expect(asked[1]?.tags).toEqual(many(2))
  expect(store.snapshot().known.size).toBe(2)
  await answer(1)
  now += 1
  store.expire()
  expect(asked[2]?.tags).toEqual(many(2))
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
