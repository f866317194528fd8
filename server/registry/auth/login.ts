// Is this name and password right? Asked of the registry's greeting and its token server, never of the
// catalog: a person without catalog rights may log in too.

import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../errors.ts'
import { PING } from '../endpoint.ts'
import type { Credentials } from '../subject.ts'
import { passwordRefused } from './auth-errors.ts'
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
  /** False if the registry greets everybody, so that nothing could tell yet whether the password is right. */
  readonly verified: boolean
}

/** How long a failed login waits for the registry's greeting. */
const LOOK_MS = 2000
const UNDECIDED = 'The registry can say neither yes nor no to this login.'
/** What a greeting may tell that explains the failure better: the operator has something to set. */
const TELLS_MORE = new Set<unknown>(['realm_refused', 'wrong_auth_type'])

/** Whether both ask one token server for one service; scopes and queries may differ from greeting to greeting. */
function isSameServer(a: TokenDemand, b: TokenDemand): boolean {
  return a.realm.origin === b.realm.origin && a.realm.pathname === b.realm.pathname && a.service === b.service
}

/** Only 2xx proves a login: not "anything but 401", which would let a 500 log somebody in. */
function isSuccess({ statusCode }: PingResult): boolean {
  return statusCode >= 200 && statusCode < 300
}

function unexpected(what: string, { statusCode }: PingResult): GatewayError {
  return new GatewayError('UNAVAILABLE', what, {
    reason: 'bad_answer',
    cause: new Error(`/v2/ answered ${statusCode}`),
  })
}

/**
 * Proves a login.
 *
 * @returns a function that resolves when name and password are taken, and throws GatewayError: UNAUTHORIZED/
 *   password_refused if they are wrong, UNAVAILABLE if that could not be found out.
 */
export function createLogin(options: LoginOptions): (credentials: Credentials) => Promise<LoginProof> {
  const { state, ping } = options

  async function tokenOf(credentials: Credentials, demand: TokenDemand): Promise<string> {
    const answer = await options.fetchToken({ ...demand, credentials, context: 'login' })
    if (answer.kind === 'refused') throw passwordRefused()
    return answer.token.value
  }

  async function proveByToken(credentials: Credentials, demand: TokenDemand): Promise<LoginProof> {
    return pingWith(await tokenOf(credentials, demand), credentials, demand)
  }

  async function pingWith(token: string, credentials: Credentials, demand: TokenDemand): Promise<LoginProof> {
    let greeting = await ping(`Bearer ${token}`)
    if (greeting.statusCode === 401) {
      // some registries want a scope even for their greeting: asked once, as the challenge says
      const chosen = state.choose(PING, parseChallenges(greeting.challenge), greeting.challenge)
      const url = new URL(PING.path, options.registryOrigin)
      const wanted = chosen?.scheme === 'bearer' ? state.learn(PING, chosen, url) : undefined
      if (wanted !== undefined && wanted.scopes.length > demand.scopes.length)
        greeting = await ping(`Bearer ${await tokenOf(credentials, wanted)}`)
    }
    if (isSuccess(greeting)) return { verified: true }
    throw unexpected(
      'The token server accepts this name and password, but the registry does not accept its token. Check that both have the same service, issuer and key.',
      greeting,
    )
  }

  async function proveByBasic(credentials: Credentials): Promise<LoginProof> {
    const greeting = await ping(basicAuthorization(credentials))
    // a proxy may show its login to a wrong password: then a list or a manifest will tell
    if (isSuccess(greeting)) return { verified: !greeting.isPage }
    if (greeting.statusCode === 401) throw passwordRefused()
    throw unexpected(UNDECIDED, greeting)
  }

  /** Where everybody is greeted: a refusal tells, and a success says nothing. */
  async function tryUnasked(credentials: Credentials): Promise<LoginProof> {
    const greeting = await ping(basicAuthorization(credentials))
    if (isSuccess(greeting)) return { verified: false }
    const { statusCode, challenge } = greeting
    if (statusCode !== 401) throw unexpected(UNDECIDED, greeting)
    const chosen = state.choose(PING, parseChallenges(challenge), challenge)
    if (chosen?.scheme !== 'bearer') throw passwordRefused()
    const url = new URL(PING.path, options.registryOrigin)
    return proveByToken(credentials, state.learn(PING, chosen, url))
  }

  const tokenDemand = () => (state.type() === 'token' ? state.demandOf(PING) : undefined)

  async function proveAsLearnt(credentials: Credentials): Promise<LoginProof> {
    const demand = tokenDemand()
    if (demand !== undefined) return proveByToken(credentials, demand)
    if (!state.isPingOpen()) return proveByBasic(credentials)
    // a registry that hands people to a token server gets no password, whether or not it has named one yet
    return state.sendsBasic() ? tryUnasked(credentials) : { verified: false }
  }

  /** Another way, if there is one by now; else throws the failure. Never the same one twice: it counts wrong passwords. */
  function elsewhere(credentials: Credentials, known: TokenDemand, failure: unknown): Promise<LoginProof> {
    const demand = tokenDemand()
    if (demand !== undefined && isSameServer(demand, known)) throw failure
    return proveAsLearnt(credentials)
  }

  return async (credentials) => {
    const known = tokenDemand()
    if (known === undefined) {
      await options.discover()
      return proveAsLearnt(credentials)
    }
    // not before the password is asked about, since a slow one would hold up everybody who is logging in; but looked at
    // with each login, so that the next one goes where the registry sends people by then
    const look = () => options.discover().catch((error: unknown) => error)
    let token: string
    try {
      token = await tokenOf(credentials, known)
    } catch (failure) {
      const problem = await Promise.race([look(), sleep(LOOK_MS, undefined, { ref: false })])
      if (problem instanceof GatewayError && TELLS_MORE.has(problem.reason)) throw problem
      return elsewhere(credentials, known, failure)
    }
    try {
      const proof = await pingWith(token, credentials, known)
      void look()
      return proof
    } catch (failure) {
      // a 401 has said where to go
      return elsewhere(credentials, known, failure)
    }
  }
}
