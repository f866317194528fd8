// Tokens that may be used again, each only by the subject it was given to.

import QuickLRU from 'quick-lru'
import { SingleFlight } from '../../concurrency/single-flight.ts'
import { type RegistryObserver, UNOBSERVED } from '../observer.ts'
import type { Subject } from '../subject.ts'
import type { Token } from './token-client.ts'

export interface TokenCacheOptions {
  /** `TOKEN_CACHE`: caps how long a token is kept; 0 keeps and shares nothing; undefined: no cap. */
  readonly maxSeconds: number | undefined
  /** Absent: nothing is counted. */
  readonly observer?: RegistryObserver
}

export interface CachedToken {
  readonly value: string
  /** True if it was fetched for this very call or one in flight with it: asking again would bring nothing new. */
  readonly fresh: boolean
}

/** Once its session has ended, all that a subject has is dropped, and nothing is kept for it any more. */
export type TokenSubject = Pick<Subject, 'key' | 'signal'>

export interface TokenCache {
  /**
   * The subject's token under `key`, fetched if it is not there. However many ask at once, one fetch runs,
   * and it belongs to none of them: whoever leaves takes nobody with it. A failed fetch is not remembered.
   *
   * @param key  realm, service and sorted scopes.
   */
  get(subject: TokenSubject, key: string, fetch: () => Promise<Token>): Promise<CachedToken>
  /** Drops one token that the registry has refused, unless another has already taken its place. */
  drop(subject: TokenSubject, key: string, refused: string): void
  /** Drops all that a subject has, whose password was refused. */
  dropAll(subject: TokenSubject): void
}

/** quick-lru keeps up to 2 × maxSize − 1 entries, and a subject at most 500. */
const MAX_SIZE = 250

interface SubjectTokens {
  readonly kept: QuickLRU<string, string>
  readonly inFlight: SingleFlight<Token>
}

/**
 * One LRU per subject: no key that a client or registry can influence leads from one subject to another's.
 * Times follow `Date.now()`, which is quick-lru's clock.
 */
export function createTokenCache({ maxSeconds, observer = UNOBSERVED }: TokenCacheOptions): TokenCache {
  const subjects = new Map<string, SubjectTokens>()

  function tokensOf({ key, signal }: TokenSubject): SubjectTokens {
    const known = subjects.get(key)
    if (known !== undefined) return known
    const created: SubjectTokens = { kept: new QuickLRU({ maxSize: MAX_SIZE }), inFlight: new SingleFlight() }
    // a request may outlive its logout
    if (signal?.aborted) return created
    subjects.set(key, created)
    signal?.addEventListener('abort', () => subjects.delete(key), { once: true })
    return created
  }

  async function counted(fetch: () => Promise<Token>): Promise<Token> {
    observer.tokenLookup('miss')
    observer.tokenFetches(1)
    try {
      return await fetch()
    } finally {
      observer.tokenFetches(-1)
    }
  }

  async function fetchAndKeep({ kept }: SubjectTokens, key: string, fetch: () => Promise<Token>) {
    const token = await counted(fetch)
    const seconds = Math.min(token.lifetimeSeconds, maxSeconds ?? Number.POSITIVE_INFINITY)
    // quick-lru takes NaN for "for ever"
    if (seconds > 0) kept.set(key, token.value, { maxAge: seconds * 1000 })
    return token
  }

  return {
    async get(subject, key, fetch) {
      if (maxSeconds === 0) return { value: (await counted(fetch)).value, fresh: true }
      const tokens = tokensOf(subject)
      const value = tokens.kept.get(key)
      if (value !== undefined) {
        observer.tokenLookup('hit')
        return { value, fresh: false }
      }
      if (tokens.inFlight.has(key)) observer.tokenLookup('shared')
      const token = await tokens.inFlight.run(key, () => fetchAndKeep(tokens, key, fetch))
      return { value: token.value, fresh: true }
    },
    drop(subject, key, refused) {
      const kept = subjects.get(subject.key)?.kept
      if (kept?.peek(key) === refused) kept.delete(key)
    },
    dropAll(subject) {
      subjects.get(subject.key)?.kept.clear()
    },
  }
}
