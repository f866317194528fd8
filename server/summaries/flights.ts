// One request for one thing, however many want it.

export interface Flights<T> {
  /**
   * Joins the request for `key` that is on its way, or leads one. A failure that concerns the leader alone (it
   * has left, or was refused) is not passed on: the next in line asks with its own rights.
   *
   * @param signal  of the one who asks.
   * @param fetch  the request with the rights of the one who asks; called only if it leads.
   * @throws what the request throws.
   */
  join(key: string, signal: AbortSignal, fetch: () => Promise<T>): Promise<T>
}

interface Traveller<T> {
  readonly signal: AbortSignal
  fetch(): Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** @param isPersonal  whether a failure says nothing about what another would be answered. */
export function createFlights<T>(isPersonal: (error: unknown) => boolean): Flights<T> {
  const flights = new Map<string, Traveller<T>[]>()

  async function lead(key: string, leader: Traveller<T>): Promise<void> {
    const followers = flights.get(key) ?? []
    try {
      const value = await leader.fetch()
      flights.delete(key)
      for (const traveller of [leader, ...followers]) traveller.resolve(value)
    } catch (error) {
      leader.reject(error)
      const shared = !leader.signal.aborted && !isPersonal(error)
      let next = followers.shift()
      for (; next !== undefined && (shared || next.signal.aborted); next = followers.shift())
        next.reject(shared ? error : next.signal.reason)
      if (next === undefined) flights.delete(key)
      else void lead(key, next)
    }
  }

  return {
    join(key, signal, fetch) {
      return new Promise((resolve, reject) => {
        const traveller = { signal, fetch, resolve, reject }
        const followers = flights.get(key)
        if (followers !== undefined) {
          followers.push(traveller)
          return
        }
        flights.set(key, [])
        void lead(key, traveller)
      })
    },
  }
}
