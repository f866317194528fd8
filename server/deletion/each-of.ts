// Many things to do, some at a time.

/** As many as the registry may get at once (slots.ts): more would only wait there. */
const AT_A_TIME = 64

/**
 * Does something with each item, at most 64 at a time, in their order.
 *
 * @throws what the first that fails throws; nothing further is begun then.
 */
export async function eachOf<T>(items: Iterable<T>, act: (item: T) => Promise<void>): Promise<void> {
  const ahead = items[Symbol.iterator]()
  let stopped = false
  const workOn = async () => {
    for (let next = ahead.next(); !stopped && !next.done; next = ahead.next()) await act(next.value)
  }
  try {
    await Promise.all(Array.from({ length: AT_A_TIME }, workOn))
  } finally {
    stopped = true
  }
}
