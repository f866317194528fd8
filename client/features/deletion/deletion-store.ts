// One deletion from the question what goes to the last answer: plan, look again, delete.

import type { DeletionPlan, DeletionProgress } from '../../../shared/api/deletion.ts'
import { type Step, samePlan, stepsOf } from './plan.ts'
import { createRun, type Run } from './run.ts'

export type DeletionState =
  /** Finding out what goes; undefined until something is known. */
  | { readonly phase: 'planning'; readonly progress: DeletionProgress | undefined }
  /** There is no plan. */
  | { readonly phase: 'failed'; readonly error: unknown }
  | {
      readonly phase: 'planned'
      readonly plan: DeletionPlan
      /** It is not what the person agreed to. */
      readonly isChanged: boolean
      /** Agreed to, and asked for once more before anything is deleted. */
      readonly checking: { readonly progress: DeletionProgress | undefined } | undefined
    }
  | { readonly phase: 'deleting'; readonly plan: DeletionPlan; readonly run: Run }

export interface DeletionOptions {
  readonly tags: readonly string[]
  /** Rejects with AbortError when the signal says so. */
  readonly fetchPlan: (
    tags: readonly string[],
    signal: AbortSignal,
    onProgress: (progress: DeletionProgress) => void,
  ) => Promise<DeletionPlan>
  readonly send: (step: Step) => Promise<'deleted' | 'gone'>
  /** Nothing is under way any more: what is gone since the last time. */
  readonly onRest: (done: readonly Step[]) => void
  /** Milliseconds, as `Date.now`. */
  readonly now: () => number
}

export interface Deletion {
  subscribe(listener: () => void): () => void
  snapshot(): DeletionState
  /** Finds out what goes: at first, after a failure, and when what there is to delete has changed. */
  plan(): void
  /** The person agrees: the plan is asked for once more, and what it says is deleted if it still says the same. */
  confirm(): void
  /** Ends what can be ended; what was begun at the registry goes on. */
  leave(): void
}

export function createDeletion({ tags, fetchPlan, send, onRest, now }: DeletionOptions): Deletion {
  const listeners = new Set<() => void>()
  const isGone = new Set<string>()
  let state: DeletionState = { phase: 'planning', progress: undefined }
  let leaving = new AbortController()

  function set(next: DeletionState): void {
    state = next
    for (const listener of listeners) listener()
  }

  /** Asks for the plan of what is left; any earlier question ends. */
  function ask(onProgress: (progress: DeletionProgress) => void, onPlan: (plan: DeletionPlan) => void): void {
    leaving.abort()
    leaving = new AbortController()
    const { signal } = leaving
    const whileHere =
      <T>(act: (value: T) => void) =>
      (value: T) => {
        if (!signal.aborted) act(value)
      }
    const left = tags.filter((tag) => !isGone.has(tag))
    fetchPlan(left, signal, whileHere(onProgress)).then(
      whileHere(onPlan),
      whileHere((error: unknown) => set({ phase: 'failed', error })),
    )
  }

  function begin(plan: DeletionPlan): void {
    const run = createRun({
      steps: stepsOf(plan),
      send,
      now,
      onRest(done) {
        for (const step of done) for (const tag of step.tags) isGone.add(tag)
        onRest(done)
      },
    })
    set({ phase: 'deleting', plan, run })
    run.start()
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => state,
    plan() {
      set({ phase: 'planning', progress: undefined })
      ask(
        (progress) => set({ phase: 'planning', progress }),
        (plan) => set({ phase: 'planned', plan, isChanged: false, checking: undefined }),
      )
    },
    confirm() {
      if (state.phase !== 'planned' || state.checking !== undefined) return
      const { plan } = state
      const check = (progress: DeletionProgress | undefined) =>
        set({ phase: 'planned', plan, isChanged: false, checking: { progress } })
      check(undefined)
      ask(check, (now) => {
        if (samePlan(plan, now)) begin(now)
        else set({ phase: 'planned', plan: now, isChanged: true, checking: undefined })
      })
    },
    leave() {
      leaving.abort()
      if (state.phase === 'deleting') state.run.stop()
    },
  }
}
