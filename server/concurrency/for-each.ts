// Many things to do, a few at a time.

/**
 * Does something with each item, in their order.
 *
 * @param limit  items at a time.
 * @param act  returns false to begin nothing further.
 * @throws the first failure; nothing further is begun then.
 */
export async function forEachConcurrent<T>(
  items: Iterable<T>,
  limit: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const ahead = items[Symbol.iterator]()
  let stopped = false
  async function workOn(): Promise<void> {
    for (let next = ahead.next(); !stopped && !next.done; next = ahead.next())
      if ((await act(next.value)) === false) stopped = true
  }
  try {
    await Promise.all(Array.from({ length: limit }, workOn))
  } finally {
    stopped = true
  }
}
