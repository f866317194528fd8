import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Bulkhead, createBulkhead } from './bulkhead.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const settle = () => vi.advanceTimersByTimeAsync(0)

/** Works that end when told to. */
function createWorks(bulkhead: Bulkhead) {
  const open: { name: string; succeed(): void; fail(error: Error): void }[] = []
  const started: string[] = []
  function ask(asker: string, name = asker): Promise<string> {
    const result = bulkhead.run(
      asker,
      () =>
        new Promise<string>((resolve, reject) => {
          started.push(name)
          open.push({ name, succeed: () => resolve(name), fail: reject })
        }),
    )
    result.catch(() => {})
    return result
  }
  return { open, started, ask }
}

test('no more run than the most, and each that ends lets the next begin', async () => {
  const { open, started, ask } = createWorks(createBulkhead({ max: 3, maxEach: 3, maxWaitSeconds: 60 }))
  const results = Array.from({ length: 10 }, (_, n) => ask(`session:${n}`))
  await settle()
  let most = 0
  while (open.length > 0) {
    most = Math.max(most, open.length)
    open.shift()?.succeed()
    await settle()
  }
  expect([most, started.length, (await Promise.all(results)).length]).toEqual([3, 10, 10])
})

test('whoever asks for much does not stand in the way of whoever asks for little', async () => {
  const { open, started, ask } = createWorks(createBulkhead({ max: 1, maxEach: 1, maxWaitSeconds: 60 }))
  for (let n = 0; n < 5; n++) void ask('much', `much ${n}`)
  void ask('little')
  for (let n = 0; n < 4; n++) {
    await settle()
    open.shift()?.succeed()
  }
  expect(started.slice(0, 4)).toEqual(['much 0', 'much 1', 'little', 'much 2'])
})

test('nobody alone takes all places', async () => {
  const { started, ask } = createWorks(createBulkhead({ max: 4, maxEach: 1, maxWaitSeconds: 60 }))
  for (let n = 0; n < 5; n++) void ask('a', `a ${n}`)
  void ask('b')
  await settle()
  expect(started).toEqual(['a 0', 'b'])
})

test('a work that fails frees its place, and its failure is its own', async () => {
  const { open, started, ask } = createWorks(createBulkhead({ max: 1, maxEach: 1, maxWaitSeconds: 60 }))
  const [first, second] = [ask('a'), ask('b')]
  await settle()
  open.shift()?.fail(new Error('down'))
  await expect(first).rejects.toThrow('down')
  await settle()
  expect(started).toEqual(['a', 'b'])
  open.shift()?.succeed()
  expect(await second).toBe('b')
})

test('whoever has waited too long is told so, and nothing is done for them later', async () => {
  const { open, started, ask } = createWorks(createBulkhead({ max: 1, maxEach: 1, maxWaitSeconds: 60 }))
  void ask('a')
  const waiting = [ask('b', 'b 0'), ask('b', 'b 1')]
  await vi.advanceTimersByTimeAsync(59_999)
  const late = ask('b', 'late')
  await vi.advanceTimersByTimeAsync(1)
  for (const result of waiting)
    await expect(result).rejects.toMatchObject({ reason: 'overloaded', statusCode: 503 })
  open.shift()?.succeed()
  await settle()
  expect(started).toEqual(['a', 'late'])
  open.shift()?.succeed()
  expect(await late).toBe('late')
})
