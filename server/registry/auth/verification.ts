// Where a registry greets everybody, a login proves nothing. What proves it is a GET that the registry refuses to
// nobody and grants to this name and password; this module says which requests are asked twice for that.

import QuickLRU from 'quick-lru'
import type { RegistryEndpoint } from '../endpoint.ts'
import type { Subject } from '../subject.ts'

/** Random session ids come and go; quick-lru keeps up to twice as many. */
const MAX_SUBJECTS = 10_000
/** Requests compared for one subject and kind of answer, where the first ones told nothing. */
const MAX_COMPARISONS = 3

/** What is compared: the first list and the first manifest that somebody opens. */
type Kind = 'list' | 'manifest'

function kindOf({ method, kind }: RegistryEndpoint): Kind | undefined {
  if (method !== 'GET') return undefined
  if (kind === 'catalog' || kind === 'tags') return 'list'
  return kind === 'manifest' ? 'manifest' : undefined
}

/** Of this process: the session store knows for all replicas which sessions are verified. */
export class Verification {
  readonly #verified = new QuickLRU<string, true>({ maxSize: MAX_SUBJECTS })
  /** Comparisons left, by subject and kind; none while one is under way. */
  readonly #left = new QuickLRU<string, number>({ maxSize: MAX_SUBJECTS })

  /** Notes that the registry has told this subject's credentials from nobody's. */
  note({ key }: Subject): void {
    this.#verified.set(key, true)
  }

  /** A request may still carry the session as it was before another one verified it. */
  isNoted({ key }: Subject): boolean {
    return this.#verified.has(key)
  }

  /**
   * Asks the registry as nobody, if this request is one to be compared.
   *
   * @param askAsNobody  resolves to the status of the very same request without credentials; undefined if there was none.
   *   Never rejects.
   * @returns whether nobody was refused (401), so that a success with credentials proves them.
   */
  async isRefusedToNobody(
    endpoint: RegistryEndpoint,
    subject: Subject,
    askAsNobody: () => Promise<number | undefined>,
  ): Promise<boolean> {
    const kind = kindOf(endpoint)
    const key = `${kind} ${subject.key}`
    const left = this.#left.get(key) ?? MAX_COMPARISONS
    if (kind === undefined || left === 0) return false
    this.#left.set(key, 0)
    const status = await askAsNobody()
    // open to everybody: the next one would be too. Anything else (a redirect, 429, a browser that leaves) tells nothing.
    const isOpen = status !== undefined && status >= 200 && status < 300
    this.#left.set(key, isOpen ? 0 : left - 1)
    return status === 401
  }
}
