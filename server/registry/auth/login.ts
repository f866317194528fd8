// Whether a name and password are right, by ping and token server, never by the catalog: a person without catalog
// rights may log in too.

import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError, gatewayError } from '../../errors.ts'
import { PING } from '../endpoint.ts'
import type { Credentials } from '../subject.ts'
import type { AuthState, TokenDemand } from './auth-state.ts'
import type { Ping, PingResult } from './authenticator.ts'
import { parseChallenges } from './challenge.ts'
import { basicAuthorization, type FetchToken } from './token-client.ts'

export interface LoginOptions {
  readonly registryOrigin: string
  readonly state: AuthState
  /** Learns scheme and realm from `GET /v2/`. */
  readonly discover: () => Promise<void>
  readonly ping: Ping
  readonly fetchToken: FetchToken
}

export interface LoginProof {
  /** False if the registry's ping is open, so that nothing has shown yet whether the password is right. */
  readonly verified: boolean
}

/** How long a failed login waits for a ping. */
const LOOK_MS = 2000
/** Errors of a ping that explain the failure better: the operator has something to set. */
const TELLS_MORE = new Set<unknown>(['realm_refused', 'wrong_auth_type'])

/** Whether both ask one token server for one service; scopes and queries may differ from ping to ping. */
function isSameServer(a: TokenDemand, b: TokenDemand): boolean {
  return a.realm.origin === b.realm.origin && a.realm.pathname === b.realm.pathname && a.service === b.service
}

/** Only 2xx proves a login: not "anything but 401", which would let a 500 log somebody in. */
function isSuccess({ statusCode }: PingResult): boolean {
  return statusCode >= 200 && statusCode < 300
}

/** The ping's status, for the log. */
const causeOf = ({ statusCode }: PingResult) => ({ cause: new Error(`/v2/ answered ${statusCode}`) })

/** Proves logins; the way that one of them has found serves the next. */
export class Login {
  readonly #options: LoginOptions

  constructor(options: LoginOptions) {
    this.#options = options
  }

  /**
   * @returns once name and password are accepted.
   * @throws GatewayError: UNAUTHORIZED/password_refused if they are wrong, UNAVAILABLE if that is unknown.
   */
  async prove(credentials: Credentials): Promise<LoginProof> {
    const known = this.#tokenDemand()
    if (known === undefined) {
      await this.#options.discover()
      return this.#proveAsLearnt(credentials)
    }
    // not before the password is checked, since a slow ping would hold up every login; but with each login, so that the
    // next one goes where the registry sends people by then
    const look = () => this.#options.discover().catch((error: unknown) => error)
    let token: string
    try {
      token = await this.#tokenOf(credentials, known)
    } catch (failure) {
      const problem = await Promise.race([look(), sleep(LOOK_MS, undefined, { ref: false })])
      if (problem instanceof GatewayError && TELLS_MORE.has(problem.reason)) throw problem
      return this.#elsewhere(credentials, known, failure)
    }
    try {
      const proof = await this.#pingWith(token, credentials, known)
      void look()
      return proof
    } catch (failure) {
      // its 401 may have named another token server
      return this.#elsewhere(credentials, known, failure)
    }
  }

  #tokenDemand(): TokenDemand | undefined {
    const { state } = this.#options
    return state.type() === 'token' ? state.demandOf(PING) : undefined
  }

  async #proveAsLearnt(credentials: Credentials): Promise<LoginProof> {
    const { state } = this.#options
    const demand = this.#tokenDemand()
    if (demand !== undefined) return this.#proveByToken(credentials, demand)
    if (!state.isPingOpen()) return this.#proveByBasic(credentials)
    // a registry that hands people to a token server gets no password, whether or not it has named one yet
    return state.sendsBasic() ? this.#tryUnasked(credentials) : { verified: false }
  }

  /** Another way, if one is known by now; else throws the failure. Never the same one twice: it counts wrong passwords. */
  #elsewhere(credentials: Credentials, known: TokenDemand, failure: unknown): Promise<LoginProof> {
    const demand = this.#tokenDemand()
    if (demand !== undefined && isSameServer(demand, known)) throw failure
    return this.#proveAsLearnt(credentials)
  }

  async #tokenOf(credentials: Credentials, demand: TokenDemand): Promise<string> {
    const result = await this.#options.fetchToken({ ...demand, credentials, visitor: 'login' })
    if (result.kind === 'refused') throw gatewayError('password_refused')
    return result.token.value
  }

  async #proveByToken(credentials: Credentials, demand: TokenDemand): Promise<LoginProof> {
    return this.#pingWith(await this.#tokenOf(credentials, demand), credentials, demand)
  }

  async #pingWith(token: string, credentials: Credentials, demand: TokenDemand): Promise<LoginProof> {
    const { ping } = this.#options
    let result = await ping(`Bearer ${token}`)
    if (result.statusCode === 401) {
      // some registries want a scope even for a ping: asked once, as the challenge says
      const wanted = this.#demandIn(result)
      if (wanted !== undefined && wanted.scopes.length > demand.scopes.length)
        result = await ping(`Bearer ${await this.#tokenOf(credentials, wanted)}`)
    }
    if (isSuccess(result)) return { verified: true }
    throw gatewayError('token_not_accepted', {}, causeOf(result))
  }

  async #proveByBasic(credentials: Credentials): Promise<LoginProof> {
    const result = await this.#options.ping(basicAuthorization(credentials))
    // a proxy may show its login page for a wrong password: then a list or a manifest will prove it
    if (isSuccess(result)) return { verified: !result.isPage }
    if (result.statusCode === 401) throw gatewayError('password_refused')
    throw gatewayError('login_undecided', {}, causeOf(result))
  }

  /** Where the ping is open: a refusal proves the password wrong, and a success proves nothing. */
  async #tryUnasked(credentials: Credentials): Promise<LoginProof> {
    const result = await this.#options.ping(basicAuthorization(credentials))
    if (isSuccess(result)) return { verified: false }
    if (result.statusCode !== 401) throw gatewayError('login_undecided', {}, causeOf(result))
    const demand = this.#demandIn(result)
    if (demand === undefined) throw gatewayError('password_refused')
    return this.#proveByToken(credentials, demand)
  }

  /** The token that a ping's 401 asks for; undefined for another scheme. */
  #demandIn({ challenge }: PingResult): TokenDemand | undefined {
    const { state, registryOrigin } = this.#options
    const chosen = state.choose(PING, parseChallenges(challenge), challenge)
    if (chosen?.scheme !== 'bearer') return undefined
    return state.learn(PING, chosen, new URL(PING.path, registryOrigin))
  }
}
