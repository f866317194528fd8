// Events on the way to the registry that may be counted.

import type { StopSignal } from '../concurrency/limiter.ts'
import type { EndpointKind } from './endpoint.ts'

/** A status class; `failed`: there was no response; `left`: the client disconnected before there was one. */
export type Outcome = '2xx' | '3xx' | '4xx' | '5xx' | 'failed' | 'left'

/** Called for each request: none of it may throw, or cost more than a few microseconds. */
export interface RegistryObserver {
  /** One exchange with the registry, redirects included, or with the token server, until the response's header. */
  exchanged(kind: EndpointKind | 'token', outcome: Outcome, seconds: number): void
  /** A token was needed. `shared`: it was being fetched already. */
  tokenLookup(result: 'hit' | 'miss' | 'shared'): void
  /** A fetch of a token has begun (1) or ended (-1), its wait for the limiter included. */
  tokenFetches(change: 1 | -1): void
}

/** Counts nothing. */
export const UNOBSERVED: RegistryObserver = {
  exchanged() {},
  tokenLookup() {},
  tokenFetches() {},
}

function outcomeOf(statusCode: number): Outcome {
  if (statusCode < 300) return '2xx'
  if (statusCode < 400) return '3xx'
  return statusCode < 500 ? '4xx' : '5xx'
}

/** Whether the client disconnected; a deadline is a signal too, and then the registry has failed. */
function hasLeft(signal: StopSignal | undefined): boolean {
  if (signal?.aborted !== true) return false
  return !(signal.reason instanceof Error && signal.reason.name === 'TimeoutError')
}

/** Runs an exchange and reports its outcome. @param signal  aborts it. */
export async function observed<T extends { readonly statusCode: number }>(
  observer: RegistryObserver,
  kind: EndpointKind | 'token',
  exchange: () => Promise<T>,
  signal?: StopSignal,
): Promise<T> {
  const start = performance.now()
  const report = (outcome: Outcome) => observer.exchanged(kind, outcome, (performance.now() - start) / 1000)
  try {
    const response = await exchange()
    report(outcomeOf(response.statusCode))
    return response
  } catch (error) {
    report(hasLeft(signal) ? 'left' : 'failed')
    throw error
  }
}
