// Does the steps of a plan, some at a time, and keeps what became of each.

import { ApiError } from '../../api/http.ts'
import { createBatches } from '../../lib/store.ts'
import type { Step } from './plan.ts'

export type StepState = 'waiting' | 'running' | 'deleted' | 'gone' | 'failed'

export interface RunSnapshot {
  /** By reference; one map that changes, `revision` tells when. */
  readonly states: ReadonlyMap<string, StepState>
  /** Why those that failed did. */
  readonly errors: ReadonlyMap<string, unknown>
  readonly revision: number
  readonly done: number
  readonly failed: number
  /** `stopping`: nothing further is begun, and what is under way is waited for. */
  readonly phase: 'running' | 'stopping' | 'resting'
  /** Why it stopped, if that is about all of them; what was under way then is waiting again. */
  readonly halt: unknown
}

export interface RunOptions {
  readonly steps: readonly Step[]
  readonly send: (step: Step) => Promise<'deleted' | 'gone'>
  /** Nothing is under way any more. Is given what was deleted since the last time. */
  readonly onRest: (done: readonly Step[]) => void
  /** Milliseconds, as `Date.now`. */
  readonly now: () => number
}

export interface Run {
  readonly steps: readonly Step[]
  subscribe(listener: () => void): () => void
  snapshot(): RunSnapshot
  /** Begins, and goes on after a stop. */
  start(): void
  /** Those that failed, once more; what was stopped before its turn still waits. */
  retry(): void
  /** Begins nothing further; what is under way cannot be taken back. */
  stop(): void
}

/** As many as browsers send to one host at a time over HTTP/1.1. */
const AT_A_TIME = 6

const ALL_STATUS = [0, 401, 403, 405, 409, 429]
const ALL_REASONS = ['registry_down', 'token_server_down', 'store_down', 'overloaded']

/** Whether a failure is about every further step too: the plan is void, nobody may, or nothing answers. */
function isAboutAll(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true
  return ALL_STATUS.includes(error.status) || ALL_REASONS.includes(error.reason ?? '')
}

export function createRun({ steps, send, onRest, now }: RunOptions): Run {
  const states = new Map<string, StepState>(steps.map(({ reference }) => [reference, 'waiting']))
  const errors = new Map<string, unknown>()
  /** What is to be begun, the next one last. */
  let ahead: Step[] = []
  let running = 0
  const done: Step[] = []
  let doneCount = 0
  let isStopped = true
  let halt: unknown
  // until one deletion has shown that the other tags of its manifest survive, each goes alone
  let atATime = steps[0]?.request.siblings === undefined ? AT_A_TIME : 1

  const { subscribe, snapshot, publish, publishSoon } = createBatches<RunSnapshot>({
    read: (revision) => ({
      states,
      errors,
      revision,
      done: doneCount,
      failed: errors.size,
      phase: running === 0 ? 'resting' : isStopped ? 'stopping' : 'running',
      halt,
    }),
    size: () => steps.length,
    now,
  })

  const stepsIn = (state: StepState) => steps.filter(({ reference }) => states.get(reference) === state)

  function finish(step: Step, state: 'deleted' | 'gone'): void {
    states.set(step.reference, state)
    done.push(step)
    doneCount++
    if (step.request.siblings !== undefined) atATime = AT_A_TIME
  }

  function fail(step: Step, error: unknown): void {
    const isOver = error instanceof ApiError && error.reason === 'siblings_gone'
    if (isOver) finish(step, 'deleted')
    if (!isAboutAll(error)) {
      states.set(step.reference, 'failed')
      errors.set(step.reference, error)
      return
    }
    if (!isOver) states.set(step.reference, 'waiting')
    isStopped = true
    halt ??= error
  }

  async function work(step: Step): Promise<void> {
    running++
    states.set(step.reference, 'running')
    try {
      finish(step, await send(step))
    } catch (error) {
      fail(step, error)
    }
    running--
    goOn()
  }

  function goOn(): void {
    while (!isStopped && running < atATime) {
      const next = ahead.pop()
      if (next === undefined) break
      void work(next)
    }
    if (running > 0) {
      publishSoon()
      return
    }
    isStopped = true
    publish()
    onRest(done.splice(0))
  }

  function begin(what: readonly Step[]): void {
    ahead = what.toReversed()
    halt = undefined
    isStopped = false
    goOn()
    if (running > 0) publish()
  }

  return {
    steps,
    subscribe,
    snapshot,
    start() {
      if (running === 0) begin(stepsIn('waiting'))
    },
    retry() {
      if (running > 0) return
      const failed = stepsIn('failed')
      for (const { reference } of failed) states.set(reference, 'waiting')
      errors.clear()
      begin(failed)
    },
    stop() {
      isStopped = true
      publish()
    },
  }
}
