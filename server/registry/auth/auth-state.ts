// How the registry authenticates, as far as this process has learnt it: nothing about any person.

import QuickLRU from 'quick-lru'
import type { AuthType } from '../../../shared/api/config.ts'
import { gatewayError } from '../../errors.ts'
import type { RegistryEndpoint } from '../endpoint.ts'
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

/** Scopes whose registry wants more, or another token server, than is computed. */
const MAX_HINTS = 1000

function computedScopes(endpoint: RegistryEndpoint): readonly string[] {
  const scope = scopeOf(endpoint)
  return scope === undefined ? [] : [scope]
}

export class AuthState {
  readonly #configured: ConfiguredAuthType
  readonly #realms: Pick<RealmPolicy, 'resolve'>
  readonly #hints = new QuickLRU<string, TokenDemand>({ maxSize: MAX_HINTS })
  #learnt: 'basic' | 'token' | undefined
  /** Whether `/v2/` is open to everybody; undefined until the first ping. */
  #isOpen: boolean | undefined
  #tokenServer: Omit<TokenDemand, 'scopes'> | undefined

  constructor(configured: ConfiguredAuthType, realms: Pick<RealmPolicy, 'resolve'>) {
    this.#configured = configured
    this.#realms = realms
  }

  /** The scheme in force: as configured, else as the registry last asked; `unknown` until it has responded. */
  type(): AuthType {
    return this.#configured ?? this.#learnt ?? 'unknown'
  }

  /** Whether `/v2/` is open to everybody, so that it proves no login. */
  isPingOpen(): boolean {
    return this.#isOpen === true
  }

  wasPinged(): boolean {
    return this.#isOpen !== undefined
  }

  /**
   * Whether name and password are sent without a challenge: where Basic is set or was asked for, and where `/v2/` is
   * open and no Bearer challenge has been seen.
   */
  sendsBasic(): boolean {
    return this.type() === 'basic' || (this.type() === 'unknown' && this.#isOpen === true)
  }

  /** Whether a ping is needed before a request can be authorized. */
  needsPing(): boolean {
    if (this.#isOpen === true || this.#tokenServer !== undefined) return false
    return this.#configured !== 'basic' && this.#learnt !== 'basic'
  }

  /** @param isOpen  whether `/v2/` succeeds without credentials. */
  notePing(isOpen: boolean): void {
    this.#isOpen = isOpen
  }

  /**
   * Picks the challenge to follow. Bearer wins over Basic where both are offered. The scheme is remembered for
   * the process, but one path that asks for another scheme than the rest changes it for no other.
   *
   * @returns undefined if the registry has sent no challenge at all.
   * @throws GatewayError wrong_auth_type if it asks for another scheme than the configured one.
   */
  choose(
    endpoint: RegistryEndpoint,
    challenges: readonly Challenge[],
    header: string | undefined,
  ): Challenge | undefined {
    const bearer = challenges.find((challenge) => challenge.scheme === 'bearer')
    const basic = challenges.find((challenge) => challenge.scheme === 'basic')
    const offered = bearer ?? basic
    const configured = this.#configured
    const accepted = configured === 'token' ? bearer : configured === 'basic' ? basic : offered
    if (configured === 'none' || (accepted === undefined && header !== undefined))
      throw gatewayError('wrong_auth_type', { configured, offered: offered?.scheme ?? 'nothing' })
    if (accepted !== undefined) this.#noteScheme(endpoint, accepted.scheme)
    return accepted
  }

  /** The token that `endpoint` needs, as far as known; undefined until a realm is. */
  demandOf(endpoint: RegistryEndpoint): TokenDemand | undefined {
    const scopes = computedScopes(endpoint)
    return this.#hints.get(scopes.join()) ?? (this.#tokenServer && { ...this.#tokenServer, scopes })
  }

  /**
   * The token that a challenge asks for, remembered for this kind of request: the registry's own scope wins
   * over the computed one.
   *
   * @throws GatewayError realm_refused.
   */
  learn(endpoint: RegistryEndpoint, challenge: BearerChallenge, requestUrl: URL): TokenDemand {
    const computed = computedScopes(endpoint)
    const server = { realm: this.#realms.resolve(challenge.realm, requestUrl), service: challenge.service }
    const scopes = challenge.scopes.length === 0 ? computed : normalizeScopes(challenge.scopes)
    const demand: TokenDemand = { ...server, scopes }
    if (this.#tokenServer === undefined || endpoint.kind === 'ping') this.#tokenServer = server
    const usual = demandKey({ ...this.#tokenServer, scopes: computed })
    if (demandKey(demand) === usual) this.#hints.delete(computed.join())
    else this.#hints.set(computed.join(), demand)
    return demand
  }

  /**
   * Notes a challenge to a request that carried no credentials: the token server it names is used from now on,
   * unless Basic is set.
   *
   * @throws GatewayError realm_refused.
   */
  observe(endpoint: RegistryEndpoint, challenges: readonly Challenge[], requestUrl: URL): void {
    const bearer = challenges.find((challenge) => challenge.scheme === 'bearer')
    if (bearer === undefined || this.#configured === 'basic') return
    this.#noteScheme(endpoint, bearer.scheme)
    this.learn(endpoint, bearer, requestUrl)
  }

  /**
   * The ping speaks for the whole registry. Where it is open, the first Bearer challenge of any path does: from then
   * on no password is sent there without a challenge.
   */
  #noteScheme({ kind }: RegistryEndpoint, scheme: Challenge['scheme']): void {
    const decides = this.#isOpen === true ? scheme === 'bearer' : kind === 'ping'
    if (this.#learnt === undefined || decides) this.#learnt = scheme === 'bearer' ? 'token' : 'basic'
  }
}
