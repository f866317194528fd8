// One request for one thing, however many callers want it.

interface Caller<T> {
  readonly signal: AbortSignal | undefined
  fetch(): Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** Calls by key: while one is under way, further ones for the same key wait for its result. */
export class SingleFlight<T> {
  readonly #followers = new Map<string, Caller<T>[]>()
  readonly #isPersonal: (error: unknown) => boolean

  /** @param isPersonal  whether an error concerns its caller alone, so that another must ask with its own rights. */
  constructor(isPersonal: (error: unknown) => boolean = () => false) {
    this.#isPersonal = isPersonal
  }

  /**
   * Joins the call for `key` that is under way, or leads one. A failure that concerns the leader alone (it has
   * disconnected, or was refused) is not passed on: the next caller asks with its own rights. Nothing is remembered.
   *
   * @param fetch  called only if this caller leads.
   * @param signal  of the caller; undefined for a call that belongs to nobody.
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

  /** Whether a call for `key` is under way. */
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

  /** Fails the followers too, or lets the first that is still there lead. */
  #passOn(key: string, followers: Caller<T>[], error: unknown, isShared: boolean): void {
    for (let next = followers.shift(); next !== undefined; next = followers.shift()) {
      if (isShared) next.reject(error)
      else if (next.signal?.aborted) next.reject(next.signal.reason)
      else return void this.#lead(key, next)
    }
    this.#followers.delete(key)
  }
}
