import { expect, test } from 'vitest'
import { ApiError } from '../../api/http.ts'
import type { Step } from './plan.ts'
import { createRun } from './run.ts'

const step = (reference: string, siblings?: readonly string[]): Step => ({
  reference,
  tags: [reference],
  request: siblings === undefined ? {} : { siblings },
})
const many = (count: number) => Array.from({ length: count }, (_, index) => step(`t${index}`))
const refusal = (status: number, reason?: string) =>
  new ApiError(status, { code: 'X', message: 'x', detail: { reason } })

/** A registry whose answers are given one by one. */
function setup(steps: readonly Step[]) {
  const open = new Map<string, { resolve: (way: 'deleted' | 'gone') => void; reject: (e: unknown) => void }>()
  const rests: string[][] = []
  const run = createRun({
    steps,
    now: Date.now,
    send: ({ reference }) =>
      new Promise((resolve, reject) => {
        open.set(reference, { resolve, reject })
      }),
    onRest: (done) => rests.push(done.map(({ reference }) => reference)),
  })
  const settle = async (reference: string, error?: unknown) => {
    const asked = open.get(reference)
    if (asked === undefined) throw new Error(`${reference} was not sent`)
    open.delete(reference)
    if (error === undefined) asked.resolve('deleted')
    else asked.reject(error)
    await new Promise((resolve) => setTimeout(resolve))
  }
  return {
    run,
    rests,
    settle,
    sent: () => [...open.keys()],
    state: (tag: string) => run.snapshot().states.get(tag),
  }
}

test('six at a time, the next when one is done', async () => {
  const { run, rests, settle, sent } = setup(many(8))
  run.start()
  expect(sent()).toEqual(['t0', 't1', 't2', 't3', 't4', 't5'])
  await settle('t3')
  expect(sent()).toContain('t6')
  for (const reference of ['t0', 't1', 't2', 't4', 't5', 't6', 't7']) await settle(reference)
  expect(run.snapshot()).toMatchObject({ phase: 'resting', done: 8, failed: 0, halt: undefined })
  expect(rests.map((done) => done.length)).toEqual([8])
})

test('alone, until one has shown that its siblings survive', async () => {
  const { run, settle, sent } = setup([step('a', ['x']), step('b', ['x']), ...many(3)])
  run.start()
  expect(sent()).toEqual(['a'])
  await settle('a', refusal(502, 'timeout'))
  expect(sent()).toEqual(['b'])
  await settle('b')
  expect(sent()).toEqual(['t0', 't1', 't2'])
})

test('stopped, what is under way is waited for; then it goes on where it was', async () => {
  const { run, rests, settle, sent, state } = setup(many(9))
  run.start()
  await settle('t0')
  run.stop()
  expect(run.snapshot().phase).toBe('stopping')
  for (const reference of sent()) await settle(reference)
  expect(run.snapshot()).toMatchObject({ phase: 'resting', done: 7 })
  expect([state('t7'), state('t8')]).toEqual(['waiting', 'waiting'])
  expect(rests.map((done) => done.length)).toEqual([7])
  run.start()
  expect(sent()).toEqual(['t7', 't8'])
  await settle('t7')
  await settle('t8')
  expect(rests.at(-1)).toEqual(['t7', 't8'])
})

test('one that fails leaves the others alone, and is tried again when wanted', async () => {
  const { run, settle, sent, state } = setup(many(3))
  run.start()
  const error = refusal(502, 'timeout')
  await settle('t1', error)
  await settle('t0')
  await settle('t2')
  expect(run.snapshot()).toMatchObject({ phase: 'resting', done: 2, failed: 1, halt: undefined })
  expect(run.snapshot().errors.get('t1')).toBe(error)
  run.start()
  expect(sent()).toEqual([])
  run.retry()
  expect(sent()).toEqual(['t1'])
  await settle('t1')
  expect([run.snapshot().failed, state('t1')]).toEqual([0, 'deleted'])
})

test('trying again what failed leaves alone what was stopped before its turn', async () => {
  const { run, settle, sent, state } = setup(many(9))
  run.start()
  await settle('t0', refusal(502, 'timeout'))
  run.stop()
  for (const reference of sent()) await settle(reference)
  run.retry()
  expect(sent()).toEqual(['t0'])
  await settle('t0')
  expect(run.snapshot()).toMatchObject({ phase: 'resting', done: 7, failed: 0 })
  expect([state('t7'), state('t8')]).toEqual(['waiting', 'waiting'])
  run.start()
  expect(sent()).toEqual(['t7', 't8'])
})

test.each([
  ['a plan that no longer holds', refusal(409, 'tag_moved')],
  ['nobody logged in', refusal(401, 'session_ended')],
  ['not allowed', refusal(403)],
  ['turned off', refusal(405)],
  ['too many requests', refusal(429)],
  ['no connection', refusal(0)],
  ['a registry that is down', refusal(502, 'registry_down')],
  ['a fault of ours', new TypeError('x')],
])('%s stops everything, and what was under way waits again', async (_name, error) => {
  const { run, rests, settle, sent, state } = setup(many(9))
  run.start()
  await settle('t0')
  await settle('t1', error)
  for (const reference of sent()) await settle(reference, error)
  expect(run.snapshot()).toMatchObject({ phase: 'resting', done: 1, failed: 0, halt: error })
  expect(state('t1')).toBe('waiting')
  expect(rests).toEqual([['t0']])
  run.start()
  expect(run.snapshot()).toMatchObject({ phase: 'running', halt: undefined })
  expect(sent()[0]).toBe('t1')
})

test('a registry that took siblings along has deleted that tag, and is asked for no other', async () => {
  const { run, rests, settle, sent, state } = setup([step('a', ['x']), step('b', ['x'])])
  run.start()
  await settle('a', refusal(409, 'siblings_gone'))
  expect(sent()).toEqual([])
  expect([state('a'), state('b')]).toEqual(['deleted', 'waiting'])
  expect(rests).toEqual([['a']])
})
