// Limits password guessing, per account and per address. Only refused logins count.
//
// @fastify/rate-limit does not fit: it counts requests. It would check before the login and count after the refusal, so
// that of a thousand parallel guesses none would have been counted yet. Here an attempt is checked and counted in one
// step before it is made, and uncounted unless it was refused; the plugin's counters only go up.

import { createHash } from 'node:crypto'
import { networkOf } from '../addresses.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { LoginProof } from '../registry/auth/login.ts'
import { type Counter, type LoginFailureCounters, MemoryCounters } from './login-failure-counters.ts'

export const MAX_REFUSED_OF_ACCOUNT = 10
export const MAX_REFUSED_OF_ADDRESS = 30
/** A registry with an open ping accepts any name: invented ones must not push out real counters. */
export const MAX_UNPROVEN_OF_ADDRESS = 300

function tooMany(retryAfterSeconds: number): GatewayError {
  return gatewayError('login_limit', {}, { retryAfterSeconds })
}

/** Some registries ignore case: each spelling would otherwise get its own guesses. */
function ofAccount(username: string): Counter {
  const name = username.normalize('NFKC').trim().toLowerCase()
  const key = createHash('sha256').update(name).digest('base64url')
  return { key: `account:${key}`, max: MAX_REFUSED_OF_ACCOUNT }
}

const ofAddress = (address: string): Counter => ({
  key: `address:${networkOf(address)}`,
  max: MAX_REFUSED_OF_ADDRESS,
})
const ofUnproven = (address: string): Counter => ({
  key: `unproven:${networkOf(address)}`,
  max: MAX_UNPROVEN_OF_ADDRESS,
})
const ofPage = (address: string): Counter => ({
  key: `page:${networkOf(address)}`,
  max: MAX_REFUSED_OF_ADDRESS,
})

export class LoginLimits {
  readonly #own = new MemoryCounters()
  readonly #shared: LoginFailureCounters | undefined
  /** Attempts in flight, by counter key. */
  readonly #inFlight = new Map<string, number>()

  /** @param shared  counters of all replicas; without them this process counts alone. */
  constructor(shared?: LoginFailureCounters) {
    this.#shared = shared
  }

  /**
   * Attempts a login. A refusal (GatewayError UNAUTHORIZED) counts for the account and for the address, whether or not
   * the account exists. An unproven login counts for the account until it is proven, since the registry's later
   * responses would reveal whether a guess was right; and for the address, which may have many of them. Nothing else
   * counts.
   *
   * @param address  `request.ip`: forwarded ones only from a trusted proxy.
   * @throws what `prove` throws; GatewayError TOOMANYREQUESTS/login_limit without calling it.
   */
  async guard(username: string, address: string, prove: () => Promise<LoginProof>): Promise<LoginProof> {
    const account = ofAccount(username)
    const [network, unproven] = [ofAddress(address), ofUnproven(address)]
    const counters = [account, network, unproven]
    const wait = await (this.#shared ?? this.#own).take(counters)
    // attempts in flight may be given back in a moment
    if (wait > 0) throw tooMany(counters.some(({ key }) => this.#inFlight.has(key)) ? 1 : wait)
    this.#countInFlight(counters, 1)
    let refused: readonly Counter[] = []
    try {
      const proof = await prove()
      if (!proof.verified) refused = [account, unproven]
      return proof
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'UNAUTHORIZED') refused = [account, network]
      throw error
    } finally {
      this.#countInFlight(counters, -1)
      await this.#giveBack(counters.filter((counter) => !refused.includes(counter)))
    }
  }

  /** An unproven login has been proven. Call it once per login; never throws. */
  async noteProven(username: string): Promise<void> {
    await this.#giveBack([ofAccount(username)])
  }

  /**
   * Throws TOOMANYREQUESTS/login_limit if the page's own password was guessed too often from this address. Runs for
   * each request, so it uses this process's counters only; they learn of the other replicas' at the first refusal.
   */
  admitToPage(address: string): void {
    const wait = this.#own.waitFor([ofPage(address)])
    if (wait > 0) throw tooMany(wait)
  }

  /** Counts such a guess. Throws like `admitToPage` if it was one too many. */
  async noteRefusedAtPage(address: string): Promise<void> {
    const counter = ofPage(address)
    const wait = await this.#own.take([counter])
    const sharedWait = this.#shared === undefined ? 0 : await this.#shared.take([counter])
    if (sharedWait > 0) this.#own.fill(counter, sharedWait)
    if (wait + sharedWait > 0) throw tooMany(Math.max(wait, sharedWait))
  }

  #countInFlight(counters: readonly Counter[], change: 1 | -1): void {
    for (const { key } of counters) {
      const count = (this.#inFlight.get(key) ?? 0) + change
      if (count > 0) this.#inFlight.set(key, count)
      else this.#inFlight.delete(key)
    }
  }

  /** If the store fails, one refusal too many stays counted until the window ends. */
  async #giveBack(counters: readonly Counter[]): Promise<void> {
    if (counters.length > 0) await (this.#shared ?? this.#own).giveBack(counters).catch(() => {})
  }
}
