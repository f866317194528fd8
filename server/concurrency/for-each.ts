// A loop with bounded concurrency.

/**
 * Calls a function for each item, started in order.
 *
 * @param limit  calls in flight at a time.
 * @param act  returns false to start no further calls.
 * @throws the first failure, after which no further calls start.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T>,
  limit: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  let stopped = false
  async function workOn(): Promise<void> {
    for (let next = iterator.next(); !stopped && !next.done; next = iterator.next())
      if ((await act(next.value)) === false) stopped = true
  }
  try {
    await Promise.all(Array.from({ length: limit }, workOn))
  } finally {
    stopped = true
  }
}
