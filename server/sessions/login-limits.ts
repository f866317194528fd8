// How many wrong guesses somebody gets: by account and by address, and only refusals count.
//
// Not by @fastify/rate-limit, which counts requests: it would have to look first and count after the refusal, and of
// a thousand guesses at once each would look before any had been counted. Here a try is counted before it is made and
// given back unless it was refused, in one step with the look; the plugin's counters only go up.

import { createHash } from 'node:crypto'
import { networkOf } from '../addresses.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { LoginProof } from '../registry/auth/login.ts'
import { type Counter, createMemoryCounters, type LoginFailureCounters } from './login-failure-counters.ts'

export interface LoginLimits {
  /**
   * Tries a name and password. A refusal (GatewayError UNAUTHORIZED) counts for the account and for the address, known
   * or not. What is taken unproven counts for the account until it is proven: the registry's later answers would tell
   * whether a guess was right; and for the address, which gets many of them. Anything else does not count.
   *
   * @param address  `request.ip`: forwarded ones only from a trusted proxy.
   * @throws what `prove` throws; GatewayError TOOMANYREQUESTS/login_limit without asking it.
   */
  guard(username: string, address: string, prove: () => Promise<LoginProof>): Promise<LoginProof>
  /** A login that was taken unproven has been proven. To be called once for it; never throws. */
  noteProven(username: string): Promise<void>
  /** Throws TOOMANYREQUESTS/login_limit if the page's own password was guessed too often from this address. */
  admitToPage(address: string): void
  /** Counts such a guess. Throws like `admitToPage` if it was one too many. */
  noteRefusedAtPage(address: string): Promise<void>
}

export const MAX_REFUSED_OF_ACCOUNT = 10
export const MAX_REFUSED_OF_ADDRESS = 30
/** Where a registry greets everybody, names can be invented without end: they must not push out what is counted. */
export const MAX_UNPROVEN_OF_ADDRESS = 300

function tooMany(retryAfterSeconds: number): GatewayError {
  return gatewayError('login_limit', {}, { retryAfterSeconds })
}

/** Registries that take a name in any case would otherwise give each spelling guesses of its own. */
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

/** @param shared  counters of all replicas; without them this process counts alone. */
export function createLoginLimits(shared?: LoginFailureCounters): LoginLimits {
  const own = createMemoryCounters()
  const counters = shared ?? own
  const underWay = new Map<string, number>()

  function note(keys: readonly Counter[], change: 1 | -1): void {
    for (const { key } of keys) {
      const count = (underWay.get(key) ?? 0) + change
      if (count > 0) underWay.set(key, count)
      else underWay.delete(key)
    }
  }

  /** What the store does not take back is a refusal too many, and forgotten with the others. */
  async function giveBack(keys: readonly Counter[]): Promise<void> {
    if (keys.length > 0) await counters.giveBack(keys).catch(() => {})
  }

  return {
    async guard(username, address, prove) {
      const account = ofAccount(username)
      const [network, unproven] = [ofAddress(address), ofUnproven(address)]
      const keys = [account, network, unproven]
      const wait = await counters.take(keys)
      // what is only full of tries that are being made has room in a moment
      if (wait > 0) throw tooMany(keys.some(({ key }) => underWay.has(key)) ? 1 : wait)
      note(keys, 1)
      let refused: readonly Counter[] = []
      try {
        const proof = await prove()
        if (!proof.verified) refused = [account, unproven]
        return proof
      } catch (error) {
        if (error instanceof GatewayError && error.code === 'UNAUTHORIZED') refused = [account, network]
        throw error
      } finally {
        note(keys, -1)
        await giveBack(keys.filter((counter) => !refused.includes(counter)))
      }
    },
    noteProven: (username) => giveBack([ofAccount(username)]),
    // asked at each request: by what this process knows, which learns of the others' count at its first refusal
    admitToPage(address) {
      const wait = own.waitFor([ofPage(address)])
      if (wait > 0) throw tooMany(wait)
    },
    async noteRefusedAtPage(address) {
      const counter = ofPage(address)
      const wait = await own.take([counter])
      const sharedWait = shared === undefined ? 0 : await shared.take([counter])
      if (sharedWait > 0) own.fill(counter, sharedWait)
      if (wait + sharedWait > 0) throw tooMany(Math.max(wait, sharedWait))
    },
  }
}
