// What visitors have met: what was right, what failed as it may, and what must not happen at all.

export interface Count {
  total: number
  /** By what they said: `registry_down`, `timeout` … */
  readonly failures: Map<string, number>
}

export interface Tally {
  readonly answers: Count
  /** Of lists of tags. One token that could not be fetched fails all rows of a list. */
  readonly rows: Count
  /** What no fault of a registry explains. */
  readonly unexpected: string[]
}

export function createTally(): Tally {
  const count = (): Count => ({ total: 0, failures: new Map() })
  return { answers: count(), rows: count(), unexpected: [] }
}

export function countFailure({ failures }: Count, reason: string): void {
  failures.set(reason, (failures.get(reason) ?? 0) + 1)
}

export const failureCount = ({ failures }: Count) => [...failures.values()].reduce((sum, n) => sum + n, 0)
