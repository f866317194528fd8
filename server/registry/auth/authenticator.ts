// The handshake with the registry: which Authorization a request carries, and what a refusal of it means.

import { SingleFlight } from '../../concurrency/single-flight.ts'
import type { GatewayError } from '../../errors.ts'
import { PING, type RegistryEndpoint } from '../endpoint.ts'
import { storageRefused } from '../errors.ts'
import type { Subject } from '../subject.ts'
import { discard } from '../transport/body.ts'
import { isGranted } from '../transport/document.ts'
import type { StopSignal } from '../transport/http.ts'
import type { RegistryResponse } from '../transport/redirects.ts'
import {
  deletionUnproven,
  denied,
  loginRequired,
  noRegistry,
  passwordRefused,
  serviceAccountRefused,
} from './auth-errors.ts'
import { type AuthState, demandKey, type TokenDemand, unanswerable } from './auth-state.ts'
import { parseChallenges } from './challenge.ts'
import { coversScopes } from './scope.ts'
import type { TokenCache } from './token-cache.ts'
import { basicAuthorization, type FetchToken, type Token } from './token-client.ts'
import { Verification } from './verification.ts'

/** What the registry answered to `GET /v2/`: a status, and its challenges if it was 401. */
export interface PingResult {
  readonly statusCode: number
  /** The WWW-Authenticate fields joined by ", ". */
  readonly challenge: string | undefined
  /** True if it is an HTML page, as a proxy may show it to a wrong password. */
  readonly isPage: boolean
}

/**
 * Asks `GET /v2/` with exactly this Authorization, which goes nowhere else. Throws GatewayError if the registry cannot
 * be asked, or redirects whoever shows one.
 */
export type Ping = (authorization: string | undefined) => Promise<PingResult>

export interface SendOptions {
  /** From an allow-list, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: StopSignal | undefined
}

/** Sends one request with exactly this Authorization; throws as the network does. */
export type Transport = (
  endpoint: RegistryEndpoint,
  authorization: string | undefined,
  options: SendOptions,
  /** False: a redirect is the answer. True unless told. */
  follow?: boolean,
) => Promise<RegistryResponse>

export interface AuthenticatorOptions {
  readonly registryOrigin: string
  readonly state: AuthState
  readonly cache: TokenCache
  readonly fetchToken: FetchToken
  readonly transport: Transport
  readonly ping: Ping
  /** Whether visitors may log in, which may help where the service account is not enough. */
  readonly loginOffered: boolean
  /** The registry or its token server has refused a session's password: that session must end. */
  readonly onPasswordRefused: (subject: Subject) => Promise<void>
  /** The registry has accepted the credentials of a session that was taken unproven. */
  readonly onVerified: (subject: Subject) => Promise<void>
}

/** One try: what goes out as Authorization, and where that came from. */
interface Attempt {
  readonly authorization: string | undefined
  readonly sent: 'nothing' | 'basic' | 'cached token' | 'fresh token'
  /** Whether a document proves the credentials: nobody was refused it, or the token server has accepted them. */
  readonly proves: boolean
  /** What a token was asked for; with `sent: 'nothing'`, what the token server would not give to nobody. */
  readonly demand?: TokenDemand
}

type Account = Exclude<Subject, { kind: 'anonymous' }>

const BARE: Attempt = { authorization: undefined, sent: 'nothing', proves: false }

function basic({ credentials }: Account): Attempt {
  return { authorization: basicAuthorization(credentials), sent: 'basic', proves: false }
}

/** All WWW-Authenticate fields as one: undici gives several as an array. */
export function challengeOf({ headers }: Pick<RegistryResponse, 'headers'>): string | undefined {
  const value = headers['www-authenticate']
  return Array.isArray(value) ? value.join(', ') : value
}

const asksForBasic = (challenge: string | undefined) =>
  parseChallenges(challenge).some(({ scheme }) => scheme === 'basic')

/** Whether the registry now asks for something that no token has been asked for yet. */
function asksMore({ sent, demand }: Attempt, wanted: TokenDemand): boolean {
  if (sent === 'cached token' || demand === undefined) return true
  const sameServer = demand.realm.href === wanted.realm.href && demand.service === wanted.service
  return !sameServer || !coversScopes(demand.scopes, wanted.scopes)
}

/** Carries a token server's refusal through the cache, which keeps no failures. */
class TokenRefused extends Error {
  readonly status: 401 | 403
  constructor(status: 401 | 403) {
    super(`the token server answered ${status}`)
    this.status = status
  }
}

export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #verification = new Verification()
  readonly #discovery = new SingleFlight<void>()

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /** Learns scheme and realm from `GET /v2/`; one request however many wait. Throws GatewayError. */
  discover(): Promise<void> {
    return this.#discovery.run(PING.path, () => this.#learnFromPing())
  }

  /**
   * Sends one request for one subject, and once more after a 401 where that can help. A warm request is one round
   * trip. The status that comes back is the registry's, never 401. Throws GatewayError; network errors as they are.
   */
  async send(endpoint: RegistryEndpoint, subject: Subject, options: SendOptions): Promise<RegistryResponse> {
    const { transport } = this.#options
    let attempt = await this.#begin(endpoint, subject, options)
    let response = await transport(endpoint, attempt.authorization, options)
    if (response.statusCode === 401 && !response.redirected) {
      await discard(response.body)
      attempt = await this.#retry(endpoint, subject, attempt, challengeOf(response))
      response = await transport(endpoint, attempt.authorization, options)
    }
    const { statusCode, redirected } = response
    if (statusCode < 400) {
      const proves = attempt.proves && isGranted(endpoint, response)
      await this.#accepted(subject, { ...attempt, proves })
      return response
    }
    if (![401, 403].includes(statusCode) && !redirected) return response
    await discard(response.body)
    if (redirected) throw storageRefused()
    throw statusCode === 401
      ? await this.#refused(endpoint, subject, attempt, challengeOf(response))
      : this.#mayNot(endpoint, subject, [])
  }

  async #learnFromPing(): Promise<void> {
    const { ping, state, registryOrigin } = this.#options
    const { statusCode, challenge } = await ping(undefined)
    state.notePing(statusCode < 300)
    if (statusCode < 300) return
    if (statusCode !== 401) throw noRegistry(statusCode)
    const chosen = state.choose(PING, parseChallenges(challenge), challenge)
    if (chosen === undefined) throw unanswerable()
    if (chosen.scheme === 'bearer') state.learn(PING, chosen, new URL(PING.path, registryOrigin))
  }

  /** The first attempt. Nothing is ever deleted unauthenticated for somebody who has credentials to show. */
  async #begin(endpoint: RegistryEndpoint, subject: Subject, options: SendOptions): Promise<Attempt> {
    const attempt = await this.#attempt(endpoint, subject)
    if (subject.kind === 'anonymous' || this.#options.state.type() === 'none') return attempt
    if (attempt.sent === 'basic' && (await this.#isRefusedToNobody(endpoint, subject, options)))
      // what nobody was told may have named a token server
      return { ...(await this.#attempt(endpoint, subject)), proves: true }
    if (attempt.sent !== 'nothing' || endpoint.method !== 'DELETE') return attempt
    // a HEAD may meet the challenge from which the way to log in is learnt
    await discard((await this.send({ ...endpoint, method: 'HEAD' }, subject, options)).body)
    const second = await this.#attempt(endpoint, subject)
    if (second.sent === 'nothing') throw deletionUnproven()
    return second
  }

  /** What goes out unasked. Costs no request when warm. */
  async #attempt(endpoint: RegistryEndpoint, subject: Subject): Promise<Attempt> {
    const { state } = this.#options
    if (state.type() === 'none') return BARE
    if (state.needsPing()) await this.discover()
    if (state.sendsBasic()) return subject.kind === 'anonymous' ? BARE : basic(subject)
    const demand = state.type() === 'token' ? state.demandOf(endpoint) : undefined
    return demand === undefined ? BARE : this.#withToken(endpoint, subject, demand)
  }

  /** Compares what nobody gets, at the first list and the first manifest of whoever is not proven yet. */
  async #isRefusedToNobody(
    endpoint: RegistryEndpoint,
    subject: Account,
    options: SendOptions,
  ): Promise<boolean> {
    if (this.#isProven(subject)) return false
    const { transport, state, registryOrigin } = this.#options
    return this.#verification.isRefusedToNobody(endpoint, subject, async () => {
      try {
        const response = await transport(endpoint, undefined, options, false)
        await discard(response.body)
        if (response.statusCode === 401)
          state.observe(
            endpoint,
            parseChallenges(challengeOf(response)),
            new URL(endpoint.path, registryOrigin),
          )
        return response.statusCode
      } catch {
        // the request itself will meet it too, and say so
        return undefined
      }
    })
  }

  /** The one further attempt after a 401; throws the GatewayError that the 401 means if there is none to make. */
  async #retry(
    endpoint: RegistryEndpoint,
    subject: Subject,
    attempt: Attempt,
    challenge: string | undefined,
  ): Promise<Attempt> {
    const { state, cache, registryOrigin } = this.#options
    const chosen = state.choose(endpoint, parseChallenges(challenge), challenge)
    if (chosen === undefined) {
      if (subject.kind === 'anonymous' || attempt.sent !== 'nothing')
        throw await this.#refused(endpoint, subject, attempt, challenge)
      throw unanswerable()
    }
    if (chosen.scheme === 'basic') {
      if (subject.kind === 'anonymous' || attempt.sent === 'basic')
        throw await this.#refused(endpoint, subject, attempt, challenge)
      return { ...basic(subject), proves: true }
    }
    const demand = state.learn(endpoint, chosen, new URL(endpoint.path, registryOrigin))
    if (!asksMore(attempt, demand)) throw await this.#refused(endpoint, subject, attempt, challenge)
    if (attempt.sent === 'cached token' && attempt.demand !== undefined)
      cache.drop(subject, demandKey(attempt.demand), attempt.authorization?.slice('Bearer '.length) ?? '')
    const next = await this.#withToken(endpoint, subject, demand)
    if (next.sent === 'nothing') throw loginRequired()
    return next
  }

  async #withToken(endpoint: RegistryEndpoint, subject: Subject, demand: TokenDemand): Promise<Attempt> {
    const { cache } = this.#options
    try {
      const token = await cache.get(subject, demandKey(demand), () => this.#fetchFor(subject, demand))
      const sent = token.fresh ? 'fresh token' : 'cached token'
      return { authorization: `Bearer ${token.value}`, sent, proves: true, demand }
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      if (subject.kind === 'anonymous') return { ...BARE, demand }
      throw error.status === 403
        ? this.#mayNot(endpoint, subject, demand.scopes)
        : await this.#passwordIsRefused(subject)
    }
  }

  async #fetchFor(subject: Subject, demand: TokenDemand): Promise<Token> {
    const credentials = subject.kind === 'anonymous' ? undefined : subject.credentials
    const result = await this.#options.fetchToken({ ...demand, credentials, visitor: subject.key })
    if (result.kind === 'refused') throw new TokenRefused(result.status)
    return result.token
  }

  async #accepted(subject: Subject, attempt: Attempt): Promise<void> {
    if (subject.kind === 'anonymous' || attempt.sent === 'nothing') return
    if (attempt.proves && !this.#isProven(subject)) this.#verification.note(subject)
    // also when another request has proven it: the store may have missed the note
    const isNews = subject.kind === 'session' && !subject.verified && this.#verification.isNoted(subject)
    if (isNews) await this.#options.onVerified(subject)
  }

  /** The service account has no login: it is proven by the greeting, unless that lets everybody in. */
  #isProven(subject: Account): boolean {
    if (this.#verification.isNoted(subject)) return true
    return subject.kind === 'session' ? subject.verified : !this.#options.state.isPingOpen()
  }

  /** What a 401 means that fresh credentials did not prevent. */
  async #refused(
    endpoint: RegistryEndpoint,
    subject: Subject,
    attempt: Attempt,
    challenge: string | undefined,
  ): Promise<GatewayError> {
    if (subject.kind === 'anonymous') return loginRequired()
    if (attempt.sent === 'basic' && (await this.#refusesPassword(endpoint, subject, attempt, challenge)))
      return this.#passwordIsRefused(subject)
    return this.#mayNot(endpoint, subject, attempt.demand?.scopes ?? [])
  }

  /** Whether a 401 to Basic is about the password, and not about a right that is missing. */
  async #refusesPassword(
    endpoint: RegistryEndpoint,
    subject: Account,
    { authorization }: Attempt,
    challenge: string | undefined,
  ): Promise<boolean> {
    const { ping, state } = this.#options
    // with the type set, a service account may have been sent before anybody has looked at the greeting
    if (subject.kind === 'service' && !state.wasPinged()) await this.discover().catch(() => {})
    // nobody has ever accepted this password, and `/v2/` would say nothing either
    if (!this.#isProven(subject)) return asksForBasic(challenge)
    // the registry says 401 for everything: its greeting tells a wrong password from a missing right
    if (endpoint.kind === 'ping') return true
    const greeting = await ping(authorization)
    // a greeting that wants a token says nothing about the password
    return greeting.statusCode === 401 && asksForBasic(greeting.challenge)
  }

  async #passwordIsRefused(subject: Account): Promise<GatewayError> {
    this.#options.cache.dropAll(subject)
    if (subject.kind === 'service') return serviceAccountRefused()
    await this.#options.onPasswordRefused(subject)
    return passwordRefused()
  }

  /** The account is right and not enough. Another one may be, where visitors can log in. */
  #mayNot(endpoint: RegistryEndpoint, subject: Subject, scopes: readonly string[]): GatewayError {
    const other = subject.kind === 'anonymous' || subject.kind === 'service'
    return other && this.#options.loginOffered ? loginRequired() : denied(endpoint, scopes)
  }
}
