// Where a registry's ping is open, a login proves nothing. A GET proves it that the registry refuses without credentials
// and grants with them; this module decides which requests are sent twice for that.

import QuickLRU from 'quick-lru'
import type { RegistryEndpoint } from '../endpoint.ts'
import type { Subject } from '../subject.ts'

/** Random session ids come and go; quick-lru keeps up to twice as many. */
const MAX_SUBJECTS = 10_000
/** Requests compared for one subject and kind, where the first ones showed nothing. */
const MAX_COMPARISONS = 3

/** The first list and the first manifest that a subject opens are compared. */
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

  /** Notes that the registry treats this subject's credentials differently from none. */
  note({ key }: Subject): void {
    this.#verified.set(key, true)
  }

  /** A request may still carry the session as it was before another one verified it. */
  isNoted({ key }: Subject): boolean {
    return this.#verified.has(key)
  }

  /**
   * Sends the request without credentials, if it is one to be compared.
   *
   * @param sendAnonymously  resolves to the status of the same request without credentials; undefined if it failed.
   *   Never rejects.
   * @returns whether that was a 401, so that a success with credentials proves them.
   */
  async isRefusedAnonymously(
    endpoint: RegistryEndpoint,
    subject: Subject,
    sendAnonymously: () => Promise<number | undefined>,
  ): Promise<boolean> {
    const kind = kindOf(endpoint)
    const key = `${kind} ${subject.key}`
    const left = this.#left.get(key) ?? MAX_COMPARISONS
    if (kind === undefined || left === 0) return false
    this.#left.set(key, 0)
    const status = await sendAnonymously()
    // open to everybody: the next one would be too. Anything else (a redirect, 429, a closed connection) proves nothing.
    const isOpen = status !== undefined && status >= 200 && status < 300
    this.#left.set(key, isOpen ? 0 : left - 1)
    return status === 401
  }
}
