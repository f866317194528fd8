// Concurrent calls for the same key share one request.

interface Caller<T> {
  readonly signal: AbortSignal | undefined
  fetch(): Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** While a call for a key is in flight, further ones for that key wait for its result. */
export class SingleFlight<T> {
  readonly #followers = new Map<string, Caller<T>[]>()
  readonly #isPersonal: (error: unknown) => boolean

  /** @param isPersonal  whether an error depends on its caller's rights, so that others must make their own request. */
  constructor(isPersonal: (error: unknown) => boolean = () => false) {
    this.#isPersonal = isPersonal
  }

  /**
   * Joins the call in flight for `key`, or leads a new one. If the leader disconnects or is denied access, the next
   * caller makes the request with its own rights. Results are not cached.
   *
   * @param fetch  called only if this caller leads.
   * @param signal  of the caller; undefined for a call without one.
   * @throws what `fetch` throws.
   */
  run(key: string, fetch: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const caller = { signal, fetch, resolve, reject }
      const followers = this.#followers.get(key)
      if (followers !== undefined) {
        followers.push(caller)
        return
      }
      this.#followers.set(key, [])
      void this.#lead(key, caller)
    })
  }

  /** Whether a call for `key` is in flight. */
  has(key: string): boolean {
    return this.#followers.has(key)
  }

  async #lead(key: string, leader: Caller<T>): Promise<void> {
    const followers = this.#followers.get(key) ?? []
    try {
      const value = await leader.fetch()
      this.#followers.delete(key)
      for (const caller of [leader, ...followers]) caller.resolve(value)
    } catch (error) {
      leader.reject(error)
      this.#passOn(key, followers, error, leader.signal?.aborted !== true && !this.#isPersonal(error))
    }
  }

  /** Rejects the followers too, or lets the first one that has not disconnected lead. */
  #passOn(key: string, followers: Caller<T>[], error: unknown, isShared: boolean): void {
    for (let next = followers.shift(); next !== undefined; next = followers.shift()) {
      if (isShared) next.reject(error)
      else if (next.signal?.aborted) next.reject(next.signal.reason)
      else return void this.#lead(key, next)
    }
    this.#followers.delete(key)
  }
}
