// What this process has learnt about how the registry authenticates: nothing of any person.

import QuickLRU from 'quick-lru'
import type { AuthType } from '../../../shared/api/config.ts'
import { GatewayError } from '../../errors.ts'
import type { RegistryEndpoint } from '../endpoint.ts'
import { wrongAuthType } from './auth-errors.ts'
import type { BearerChallenge, Challenge } from './challenge.ts'
import type { RealmPolicy } from './realm.ts'
import { normalizeScopes, scopeOf } from './scope.ts'

export type ConfiguredAuthType = 'none' | 'basic' | 'token' | undefined

/** All that decides which token a request needs. */
export interface TokenDemand {
  readonly realm: URL
  readonly service: string | undefined
  /** Normalised. */
  readonly scopes: readonly string[]
}

/** The cache key of a demand: the same however the scopes were written. */
export function demandKey({ realm, service, scopes }: TokenDemand): string {
  return JSON.stringify([realm.href, service ?? null, scopes])
}

export interface AuthState {
  /** The scheme in force: as configured, else as the registry has last asked; `unknown` until it has answered. */
  type(): AuthType
  /** Whether `/v2/` has answered anonymously: then it proves no login. */
  isPingOpen(): boolean
  /** Whether `/v2/` has answered at all. */
  wasPinged(): boolean
  /**
   * Whether name and password go out unasked: where Basic is set or was asked for, and where `/v2/` greets everybody
   * and no Bearer challenge was seen yet.
   */
  sendsBasic(): boolean
  /** Whether `/v2/` has still to be asked before a request can be authorized. */
  needsPing(): boolean
  /** Notes what `/v2/` answers to nobody. */
  notePing(open: boolean): void
  /**
   * Picks the challenge to follow. Bearer wins over Basic where both are offered. The scheme is remembered for
   * the process, but one path that asks otherwise than the rest changes it for nobody else.
   *
   * @returns undefined if the registry has sent no challenge at all.
   * @throws GatewayError wrong_auth_type if it asks for something else than what is configured.
   */
  choose(
    endpoint: RegistryEndpoint,
    challenges: readonly Challenge[],
    header: string | undefined,
  ): Challenge | undefined
  /** The token that `endpoint` needs, as far as known; undefined until a realm is. */
  demandOf(endpoint: RegistryEndpoint): TokenDemand | undefined
  /**
   * The token that a challenge asks for, remembered for this kind of request: the registry's own scope wins
   * over the computed one.
   *
   * @throws GatewayError realm_refused.
   */
  learn(endpoint: RegistryEndpoint, challenge: BearerChallenge, requestUrl: URL): TokenDemand
  /**
   * Takes note of a challenge that was not asked for its own sake: a token server it names is used from now on,
   * unless Basic is set.
   *
   * @throws GatewayError realm_refused.
   */
  meet(endpoint: RegistryEndpoint, challenges: readonly Challenge[], requestUrl: URL): void
}

/** Targets whose registry wants more, or another token server, than is computed. */
const MAX_HINTS = 1000

export function createAuthState(configured: ConfiguredAuthType, realms: RealmPolicy): AuthState {
  let learnt: 'basic' | 'token' | undefined
  /** Whether `/v2/` greets everybody; undefined until it has answered. */
  let open: boolean | undefined
  let known: Omit<TokenDemand, 'scopes'> | undefined
  const hints = new QuickLRU<string, TokenDemand>({ maxSize: MAX_HINTS })

  const computedScopes = (endpoint: RegistryEndpoint) => {
    const scope = scopeOf(endpoint)
    return scope === undefined ? [] : [scope]
  }

  /**
   * The greeting speaks for the whole registry. Where it greets everybody, the first Bearer challenge of any path does:
   * from then on no password goes there unasked.
   */
  function noteScheme({ kind }: RegistryEndpoint, scheme: Challenge['scheme']): void {
    const decides = open === true ? scheme === 'bearer' : kind === 'ping'
    if (learnt === undefined || decides) learnt = scheme === 'bearer' ? 'token' : 'basic'
  }

  const type = () => configured ?? learnt ?? 'unknown'
  const state: AuthState = {
    type,
    isPingOpen: () => open === true,
    wasPinged: () => open !== undefined,
    sendsBasic: () => type() === 'basic' || (type() === 'unknown' && open === true),
    needsPing: () => open !== true && known === undefined && configured !== 'basic' && learnt !== 'basic',
    notePing(isOpen) {
      open = isOpen
    },
    choose(endpoint, challenges, header) {
      const bearer = challenges.find((challenge) => challenge.scheme === 'bearer')
      const basic = challenges.find((challenge) => challenge.scheme === 'basic')
      const offered = bearer ?? basic
      const accepted = configured === 'token' ? bearer : configured === 'basic' ? basic : offered
      if (configured === 'none' || (accepted === undefined && header !== undefined))
        throw wrongAuthType(configured, offered?.scheme ?? 'nothing')
      if (accepted !== undefined) noteScheme(endpoint, accepted.scheme)
      return accepted
    },
    demandOf(endpoint) {
      const scopes = computedScopes(endpoint)
      return hints.get(scopes.join()) ?? (known && { ...known, scopes })
    },
    learn(endpoint, challenge, requestUrl) {
      const computed = computedScopes(endpoint)
      const realm = realms.resolve(challenge.realm, requestUrl)
      const scopes = challenge.scopes.length === 0 ? computed : normalizeScopes(challenge.scopes)
      const demand: TokenDemand = { realm, service: challenge.service, scopes }
      if (known === undefined || endpoint.kind === 'ping') known = { realm, service: challenge.service }
      const usual = demandKey({ ...known, scopes: computed })
      if (demandKey(demand) === usual) hints.delete(computed.join())
      else hints.set(computed.join(), demand)
      return demand
    },
    meet(endpoint, challenges, requestUrl) {
      const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
      if (bearer?.scheme !== 'bearer' || configured === 'basic') return
      noteScheme(endpoint, bearer.scheme)
      state.learn(endpoint, bearer, requestUrl)
    },
  }
  return state
}

/** 401 in a way no client could answer. */
export function unanswerable(): GatewayError {
  return new GatewayError('UNAVAILABLE', 'The registry refuses access without saying how to log in.', {
    reason: 'bad_answer',
  })
}
