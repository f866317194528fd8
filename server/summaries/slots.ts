// How many requests for summaries the registry gets at a time: as many as it takes gladly, never so many that
// the proxy, which shares its connections, would wait.

import { GatewayError } from '../errors.ts'
import { createTurns, type Place, type Turn } from './turns.ts'

export interface SlotsOptions {
  /** Requests in flight to begin with; default 16. */
  readonly initial?: number
  /** Most requests in flight; default 64 of the 128 connections of a pool (agents.ts). */
  readonly max?: number
}

/** One stream's access to the slots. */
export interface Lane {
  /**
   * Runs one upstream request, its body included, when it is its turn; if the registry asks to slow down, again
   * later: at most four times, and 30 seconds of waiting in all.
   *
   * @param first  before the stream's other requests.
   * @throws what `ask` throws; the reason of `close`.
   */
  run<T>(ask: () => Promise<T>, first: boolean): Promise<T>
  /** Gives back what waits. What runs is the caller's to abort. */
  close(reason: Error): void
}

export interface Slots {
  /** @throws GatewayError TOOMANYREQUESTS if this visitor has too many streams. */
  open(place: Place): Lane
  /** Requests that may be in flight now. */
  limit(): number
}

const MAX_RETRIES = 3
/** A registry that asks for more is asking people to come back later: its answer becomes the row's error. */
const MAX_WAIT_MS = 10_000
const MIN_WAIT_MS = 100
const DEFAULT_WAIT_MS = 500

/** What a registry that is too busy asks for. */
interface Wait {
  readonly milliseconds: number
  /** Everybody of the subject that asked, or everybody in the repository it asked for. */
  readonly whom: 'subject' | 'repository'
}

/** Undefined for a failure that asks nobody to wait. */
function waitAskedBy(error: unknown, retries: number): Wait | undefined {
  if (!(error instanceof GatewayError) || (error.statusCode !== 429 && error.statusCode !== 503))
    return undefined
  const asked = error.retryAfterSeconds
  const milliseconds =
    asked === undefined ? DEFAULT_WAIT_MS * 2 ** retries : Math.max(asked * 1000, MIN_WAIT_MS)
  return { milliseconds, whom: error.statusCode === 429 ? 'subject' : 'repository' }
}

/**
 * Slow start, additive increase, multiplicative decrease, as TCP does it: more after successes that used all of
 * the limit, half after a 429 or 503. A 429 is said to an account, so its subject alone waits. A 503 may be about no
 * more than what was asked for (a repository's storage backend), so that repository alone waits; if it is the whole
 * registry, each repository learns it with its first request, and the limit has shrunk by then.
 */
export function createSlots({ initial = 16, max = 64 }: SlotsOptions = {}): Slots {
  const turns = createTurns()
  let limit = Math.min(initial, max)
  let running = 0
  let cuts = 0

  function pump(): void {
    while (running < Math.floor(limit)) {
      const waiting = turns.take()
      if (waiting === undefined) return
      running++
      waiting.start()
    }
  }

  function hold(turn: Turn, { milliseconds, whom }: Wait): void {
    const takeBack = turn.hold(whom)
    const release = () => {
      takeBack()
      pump()
    }
    setTimeout(release, milliseconds).unref()
  }

  function slowDown(cutsBefore: number): void {
    // what was in flight together is one piece of news
    if (cuts !== cutsBefore) return
    cuts++
    limit = Math.max(1, limit / 2)
  }

  function speedUp(): void {
    if (running < Math.floor(limit)) return
    // twice as many each round until the registry has complained for the first time, then one more
    limit = Math.min(max, limit + (cuts === 0 ? 1 : 1 / limit))
  }

  function createLane(turn: Turn): Lane {
    let closed: Error | undefined

    function acquire(first: boolean): Promise<void> {
      return new Promise((start, cancel) => {
        if (closed !== undefined) return cancel(closed)
        turn.wait({ start, cancel }, first)
        pump()
      })
    }

    /** Undefined if the registry is to be asked again. */
    async function attempt<T>(ask: () => Promise<T>, retries: number): Promise<{ value: T } | undefined> {
      const cutsBefore = cuts
      try {
        const value = await ask()
        speedUp()
        return { value }
      } catch (error) {
        // a stream that was stopped fails with what stopped it, which is no news from the registry
        const request = closed === undefined ? waitAskedBy(error, retries) : undefined
        if (request === undefined) throw error
        slowDown(cutsBefore)
        if (retries === MAX_RETRIES || request.milliseconds > MAX_WAIT_MS) throw error
        hold(turn, request)
        return undefined
      }
    }

    return {
      async run(ask, first) {
        for (let retries = 0; ; retries++) {
          await acquire(first || retries > 0)
          try {
            const answer = await attempt(ask, retries)
            if (answer !== undefined) return answer.value
          } finally {
            running--
            pump()
          }
        }
      },
      close(reason) {
        closed ??= reason
        turn.leave(closed)
        // it may have been in the way of another stream
        pump()
      },
    }
  }

  return {
    limit: () => Math.floor(limit),
    open(place) {
      const turn = turns.enter(place)
      if (turn !== undefined) return createLane(turn)
      throw new GatewayError('TOOMANYREQUESTS', 'Too many lists of tags are being read at once.', {
        retryAfterSeconds: 1,
      })
    },
  }
}
