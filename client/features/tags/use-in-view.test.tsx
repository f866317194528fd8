// @vitest-environment happy-dom
import { act } from 'react'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Tag } from '../../../shared/oci/reference.ts'
import { createTestRoot } from '../../test-root.ts'
import { useInView } from './use-in-view.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
beforeEach(() => {
  vi.useFakeTimers()
})

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `t${index + from}` as Tag)

async function setup() {
  const told: (readonly Tag[])[] = []
  const onShow = (tags: readonly Tag[]) => void told.push(tags)
  function Table({ tags, first, last }: { tags: readonly Tag[]; first: number; last: number }) {
    useInView(tags, { first, last }, onShow)
    return null
  }
  const root = createTestRoot(document.createElement('div'))
  const draw = (tags: readonly Tag[], first: number, last: number) =>
    act(() => root.render(<Table tags={tags} first={first} last={last} />))
  const wait = (milliseconds: number) => act(() => vi.advanceTimersByTimeAsync(milliseconds))
  return { told, draw, wait }
}

test('told at once at first, and nothing while there is no range', async () => {
  const { told, draw } = await setup()
  await draw(many(9), 0, -1)
  expect(told).toEqual([])
  await draw(many(9), 0, 2)
  expect(told).toEqual([many(3)])
})

test('what flies past while scrolling is not told', async () => {
  const { told, draw, wait } = await setup()
  const tags = many(1000)
  await draw(tags, 0, 2)
  for (let first = 10; first <= 100; first += 10) {
    await draw(tags, first, first + 2)
    await wait(40)
  }
  expect(told).toEqual([many(3)])
  await wait(80)
  expect(told.slice(1)).toEqual([many(3, 100)])
})

test('an order that changes all the time does not put it off', async () => {
  const { told, draw, wait } = await setup()
  for (let first = 0; first < 30; first++) {
    await draw(many(9, first), 0, 2)
    await wait(20)
  }
  expect(told.length).toBeGreaterThan(4)
  expect(told.length).toBeLessThan(10)
  await wait(80)
  expect(told.at(-1)).toEqual(many(3, 29))
})
