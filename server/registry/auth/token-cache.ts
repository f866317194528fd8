// Tokens for reuse, each by the subject it was issued to and no other.

import QuickLRU from 'quick-lru'
import { SingleFlight } from '../../concurrency/single-flight.ts'
import { type RegistryObserver, UNOBSERVED } from '../observer.ts'
import type { Subject } from '../subject.ts'
import type { Token } from './token-client.ts'

export interface TokenCacheOptions {
  /** `TOKEN_CACHE`: caps how long a token is kept; 0 keeps and shares nothing; undefined: no cap. */
  readonly maxSeconds: number | undefined
  /** Default: counts nothing. */
  readonly observer?: RegistryObserver
}

export interface CachedToken {
  readonly value: string
  /** True if it was fetched for this call or one in flight with it: another fetch would bring nothing new. */
  readonly fresh: boolean
}

/** Once its session has ended, all tokens of a subject are dropped, and none is kept for it again. */
export type TokenSubject = Pick<Subject, 'key' | 'signal'>

/** quick-lru keeps up to 2 × maxSize − 1 entries, and a subject at most 500. */
const MAX_SIZE = 250

interface SubjectTokens {
  readonly kept: QuickLRU<string, string>
  readonly inFlight: SingleFlight<Token>
}

const noTokens = (): SubjectTokens => ({
  kept: new QuickLRU({ maxSize: MAX_SIZE }),
  inFlight: new SingleFlight(),
})

/**
 * One LRU per subject: no key that a client or registry can influence leads from one subject to another's.
 * Times follow `Date.now()`, which is quick-lru's clock.
 */
export class TokenCache {
  readonly #maxSeconds: number | undefined
  readonly #observer: RegistryObserver
  readonly #subjects = new Map<string, SubjectTokens>()

  constructor({ maxSeconds, observer = UNOBSERVED }: TokenCacheOptions) {
    this.#maxSeconds = maxSeconds
    this.#observer = observer
  }

  /**
   * The subject's token under `key`, fetched if it is not cached. However many callers there are, one fetch runs, and
   * it belongs to none of them: a caller that leaves cancels it for no other. A failed fetch is not remembered.
   *
   * @param key  realm, service and sorted scopes.
   */
  async get(subject: TokenSubject, key: string, fetch: () => Promise<Token>): Promise<CachedToken> {
    if (this.#maxSeconds === 0) return { value: (await this.#counted(fetch)).value, fresh: true }
    const tokens = this.#tokensOf(subject)
    const value = tokens.kept.get(key)
    if (value !== undefined) {
      this.#observer.tokenLookup('hit')
      return { value, fresh: false }
    }
    if (tokens.inFlight.has(key)) this.#observer.tokenLookup('shared')
    const token = await tokens.inFlight.run(key, () => this.#fetchAndKeep(tokens, key, fetch))
    return { value: token.value, fresh: true }
  }

  /** Drops one token that the registry has refused, unless another has already taken its place. */
  drop(subject: TokenSubject, key: string, refused: string): void {
    const kept = this.#subjects.get(subject.key)?.kept
    if (kept?.peek(key) === refused) kept.delete(key)
  }

  /** Drops all tokens of a subject whose password was refused. */
  dropAll(subject: TokenSubject): void {
    // with its fetches in flight, whose tokens must not be kept either
    if (this.#subjects.has(subject.key)) this.#subjects.set(subject.key, noTokens())
  }

  #tokensOf({ key, signal }: TokenSubject): SubjectTokens {
    const known = this.#subjects.get(key)
    if (known !== undefined) return known
    const created = noTokens()
    // a request may outlive its logout
    if (signal?.aborted) return created
    this.#subjects.set(key, created)
    signal?.addEventListener('abort', () => this.#subjects.delete(key), { once: true })
    return created
  }

  async #counted(fetch: () => Promise<Token>): Promise<Token> {
    this.#observer.tokenLookup('miss')
    this.#observer.tokenFetches(1)
    try {
      return await fetch()
    } finally {
      this.#observer.tokenFetches(-1)
    }
  }

  async #fetchAndKeep({ kept }: SubjectTokens, key: string, fetch: () => Promise<Token>): Promise<Token> {
    const token = await this.#counted(fetch)
    const seconds = Math.min(token.lifetimeSeconds, this.#maxSeconds ?? Number.POSITIVE_INFINITY)
    // quick-lru takes NaN for "for ever"
    if (seconds > 0) kept.set(key, token.value, { maxAge: seconds * 1000 })
    return token
  }
}
