// Going through all tags of a large repository without the page noticing.

/** So long a page may work without anybody feeling it. */
const SLICE_MS = 10
/** Of work in all, pauses not counted. An ordinary pattern needs a tenth of it for 20,000 tags. */
const BUDGET_MS = 2000

const pause = () => new Promise((resolve) => setTimeout(resolve))

/**
 * Those texts that match, found in slices between which the page draws and takes keys.
 *
 * @param now  milliseconds.
 * @returns undefined if `matches` is so slow that it was given up. Throws the signal's reason when it aborts.
 */
export async function sift(
  texts: readonly string[],
  matches: (text: string) => boolean,
  signal: AbortSignal,
  now: () => number = () => performance.now(),
): Promise<ReadonlySet<string> | undefined> {
  const found = new Set<string>()
  let spentMs = 0
  let began = now()
  for (const text of texts) {
    if (matches(text)) found.add(text)
    const sliceMs = now() - began
    if (sliceMs < SLICE_MS) continue
    spentMs += sliceMs
    if (spentMs >= BUDGET_MS) return undefined
    await pause()
    signal.throwIfAborted()
    began = now()
  }
  return found
}
