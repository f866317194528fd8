import { expect, test } from 'vitest'
import type { DeletionPlan, DeletionProgress } from '../../../shared/api/deletion.ts'
import { ApiError } from '../../api/http.ts'
import { createDeletion } from './deletion-store.ts'

const plan = (others: readonly string[] = [], asked: readonly string[] = ['1.0', '1.1']): DeletionPlan => ({
  mode: 'tag',
  manifests: [{ digest: 'sha256:a', mediaType: 'm', asked, others, platforms: [], referrers: [] }],
  broken: [],
  gone: [],
  tagCount: 9,
  bytes: 0,
})
const settle = () => new Promise((resolve) => setTimeout(resolve))

/** A server that answers with these, one after the other. */
function setup(...answers: (DeletionPlan | Error | 'never')[]) {
  const asked: { tags: readonly string[]; signal: AbortSignal; tell: (p: DeletionProgress) => void }[] = []
  const sent: string[] = []
  const rests: (readonly string[])[] = []
  const failing = new Map<string, unknown>()
  const deletion = createDeletion({
    tags: ['1.0', '1.1'],
    now: Date.now,
    fetchPlan: async (tags, signal, tell) => {
      asked.push({ tags, signal, tell })
      const answer = answers.shift()
      if (answer === undefined || answer === 'never') return new Promise(() => {})
      if (answer instanceof Error) throw answer
      return answer
    },
    send: async ({ reference }) => {
      sent.push(reference)
      if (failing.has(reference)) throw failing.get(reference)
      return 'deleted'
    },
    onRest: (done) => rests.push(done.flatMap(({ tags }) => tags)),
  })
  return { deletion, asked, sent, rests, failing }
}

test('planned, agreed to, looked at again, deleted', async () => {
  const { deletion, asked, sent, rests } = setup(plan(), plan())
  deletion.plan()
  asked[0]?.tell({ known: 3, all: 9 })
  expect(deletion.snapshot()).toEqual({ phase: 'planning', progress: { known: 3, all: 9 } })
  await settle()
  expect(deletion.snapshot()).toMatchObject({ phase: 'planned', isChanged: false })
  expect(sent).toEqual([])
  deletion.confirm()
  expect(deletion.snapshot()).toMatchObject({ checking: { progress: undefined } })
  // once is enough
  deletion.confirm()
  await settle()
  expect(asked).toHaveLength(2)
  expect(deletion.snapshot().phase).toBe('deleting')
  expect(sent).toEqual(['1.0', '1.1'])
  await settle()
  expect(rests).toEqual([['1.0', '1.1']])
})

test('a plan that has changed is shown, and nothing deleted until it is agreed to as well', async () => {
  const { deletion, sent } = setup(plan(), plan(['latest']), plan(['latest']))
  deletion.plan()
  await settle()
  deletion.confirm()
  await settle()
  expect(deletion.snapshot()).toMatchObject({ phase: 'planned', isChanged: true, checking: undefined })
  expect(sent).toEqual([])
  deletion.confirm()
  await settle()
  expect(deletion.snapshot().phase).toBe('deleting')
})

test.each([[1], [2]])('a question that fails is said, and deletes nothing (the %i.)', async (which) => {
  const down = new ApiError(502, { code: 'UNAVAILABLE', message: 'Down.' })
  const { deletion, sent } = setup(...(which === 1 ? [down] : [plan(), down]), plan())
  deletion.plan()
  await settle()
  if (which === 2) deletion.confirm()
  await settle()
  expect(deletion.snapshot()).toEqual({ phase: 'failed', error: down })
  expect(sent).toEqual([])
  deletion.plan()
  await settle()
  expect(deletion.snapshot().phase).toBe('planned')
})

test('whoever leaves while it is planned or looked at again deletes nothing', async () => {
  const { deletion, asked, sent } = setup(plan(), plan())
  deletion.plan()
  await settle()
  deletion.confirm()
  deletion.leave()
  await settle()
  expect(asked[1]?.signal.aborted).toBe(true)
  expect(sent).toEqual([])
})

test('after a moved tag the plan is made of what is left', async () => {
  const { deletion, asked, failing } = setup(plan(), plan(), plan([], ['1.1']))
  failing.set(
    '1.1',
    new ApiError(409, { code: 'CONFLICT', message: 'Moved.', detail: { reason: 'tag_moved' } }),
  )
  deletion.plan()
  await settle()
  deletion.confirm()
  await settle()
  await settle()
  const state = deletion.snapshot()
  expect(state.phase === 'deleting' && state.run.snapshot()).toMatchObject({ done: 1, phase: 'resting' })
  deletion.plan()
  expect(asked.at(-1)?.tags).toEqual(['1.1'])
})
