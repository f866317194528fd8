// How the benches time things: several rounds, what is compared in turn, medians.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]]
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2
}

/** @returns milliseconds until `work` is done. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

/**
 * Measures several things by turns, so that a machine that slows down slows all of them. Every second round goes
 * the other way round: whoever comes second may find what the first has warmed.
 *
 * @returns what each has measured, a value a round.
 */
export async function byTurns<Subjects extends Readonly<Record<string, () => Promise<unknown>>>>(
  rounds: number,
  subjects: Subjects,
): Promise<Measured<Subjects>> {
  const names = Object.keys(subjects)
  const values: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed())
      values[name]?.push(await subjects[name]?.())
  return values as Measured<Subjects>
}

type Measured<Subjects extends Record<string, () => Promise<unknown>>> = {
  [Name in keyof Subjects]: Awaited<ReturnType<Subjects[Name]>>[]
}

/**
 * The ratio that a noisy machine can tell: the median of the rounds' own ratios.
 *
 * @param measured and @param baseline  a value a round.
 */
export function medianRatio(measured: readonly number[], baseline: readonly number[]): number {
  return median(measured.map((value, round) => value / (baseline[round] ?? Number.NaN)))
}
