// The handshake with registry and token server: the Authorization that a request carries, and what a 401 to it means.

import type { StopSignal } from '../../concurrency/limiter.ts'
import { SingleFlight } from '../../concurrency/single-flight.ts'
import { type GatewayError, gatewayError } from '../../errors.ts'
import { PING, type RegistryEndpoint } from '../endpoint.ts'
import type { Subject } from '../subject.ts'
import { discard } from '../transport/body.ts'
import { isGranted } from '../transport/document.ts'
import type { RegistryResponse } from '../transport/redirects.ts'
import { type AuthState, demandKey, type TokenDemand } from './auth-state.ts'
import { parseChallenges } from './challenge.ts'
import { coversScopes } from './scope.ts'
import type { TokenCache } from './token-cache.ts'
import { basicAuthorization, type FetchToken, type Token } from './token-client.ts'
import { Verification } from './verification.ts'

/** The response to `GET /v2/`. */
export interface PingResult {
  readonly statusCode: number
  /** The WWW-Authenticate fields joined by ", ". */
  readonly challenge: string | undefined
  /** Whether it is an HTML page, which a proxy may show for a wrong password. */
  readonly isPage: boolean
}

/**
 * Sends `GET /v2/` with exactly this Authorization, to the registry's own address only. Throws GatewayError if the
 * registry cannot be reached, or redirects a request with an Authorization.
 */
export type Ping = (authorization: string | undefined) => Promise<PingResult>

export interface SendOptions {
  /** From an allow-list, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: StopSignal | undefined
  /** Called when a DELETE itself is sent, after everything that precedes it. */
  readonly onSent?: () => void
}

/** Sends one request with exactly this Authorization; throws as the network does. */
export type Transport = (
  endpoint: RegistryEndpoint,
  authorization: string | undefined,
  options: SendOptions,
  /** False: a redirect is not followed. Default: true. */
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
  /** The registry has accepted the credentials of a session that was not verified. */
  readonly onVerified: (subject: Subject) => Promise<void>
}

/** One attempt: its Authorization, and where that came from. */
interface Attempt {
  readonly authorization: string | undefined
  readonly sent: 'nothing' | 'basic' | 'cached token' | 'fresh token'
  /** Whether a document proves the credentials: without them it was refused, or the token server has accepted them. */
  readonly proves: boolean
  /** Of the token; with `sent: 'nothing'`, of the one that the token server refused without credentials. */
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

/** Whether the challenge asks for more than the token of this attempt was requested for. */
function asksMore({ sent, demand }: Attempt, wanted: TokenDemand): boolean {
  if (sent === 'cached token' || demand === undefined) return true
  const sameServer = demand.realm.href === wanted.realm.href && demand.service === wanted.service
  return !sameServer || !coversScopes(demand.scopes, wanted.scopes)
}

/** Carries the token server's 401 or 403 through the cache, which keeps no failures. */
class TokenRefused extends Error {
  readonly status: 401 | 403
  constructor(status: 401 | 403) {
    super(`the token server answered ${status}`)
    this.status = status
  }
}

/** The account is valid and may not do this. Unknown and forbidden are the same on many registries. */
export function denied(endpoint: RegistryEndpoint, scopes: readonly string[]): GatewayError {
  const { kind, method, repository } = endpoint
  const params = { scope: scopes.length === 0 ? undefined : scopes.join(' ') }
  if (kind === 'catalog') return gatewayError('catalog_denied', params)
  if (kind === 'tags') return gatewayError('tags_denied', params)
  if (kind === 'referrers') return gatewayError('referrers_denied', params)
  if (method === 'DELETE') return gatewayError('deletion_denied', params)
  return gatewayError(repository === undefined ? 'registry_denied' : 'repository_denied', params)
}

export class Authenticator {
  readonly #options: AuthenticatorOptions
  readonly #verification = new Verification()
  readonly #discovery = new SingleFlight<void>()

  constructor(options: AuthenticatorOptions) {
    this.#options = options
  }

  /** Learns scheme and realm from a ping; one request however many wait. Throws GatewayError. */
  discover(): Promise<void> {
    return this.#discovery.run(PING.path, () => this.#learnFromPing())
  }

  /**
   * Sends one request for one subject, and once more after a 401 where that can help. A warm request is one round
   * trip. The status is the registry's, never 401. Throws GatewayError; network errors as they are.
   */
  async send(endpoint: RegistryEndpoint, subject: Subject, options: SendOptions): Promise<RegistryResponse> {
    const { transport } = this.#options
    let attempt = await this.#firstAttempt(endpoint, subject, options)
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
    if (redirected) throw gatewayError('storage_refused')
    throw statusCode === 401
      ? await this.#refused(endpoint, subject, attempt, challengeOf(response))
      : this.#forbidden(endpoint, subject, [])
  }

  async #learnFromPing(): Promise<void> {
    const { ping, state, registryOrigin } = this.#options
    const { statusCode, challenge } = await ping(undefined)
    state.notePing(statusCode < 300)
    if (statusCode < 300) return
    if (statusCode !== 401) throw gatewayError('ping_unexpected', { statusCode })
    const chosen = state.choose(PING, parseChallenges(challenge), challenge)
    if (chosen === undefined) throw gatewayError('no_challenge')
    if (chosen.scheme === 'bearer') state.learn(PING, chosen, new URL(PING.path, registryOrigin))
  }

  /** Nothing is ever deleted without credentials for a subject that has some. */
  async #firstAttempt(endpoint: RegistryEndpoint, subject: Subject, options: SendOptions): Promise<Attempt> {
    const attempt = await this.#attempt(endpoint, subject)
    if (subject.kind === 'anonymous' || this.#options.state.type() === 'none') return attempt
    if (attempt.sent === 'basic' && (await this.#isRefusedAnonymously(endpoint, subject, options)))
      // the anonymous request's challenge may have named a token server
      return { ...(await this.#attempt(endpoint, subject)), proves: true }
    if (attempt.sent !== 'nothing' || endpoint.method !== 'DELETE') return attempt
    // a HEAD may bring the challenge that shows how to log in
    await discard((await this.send({ ...endpoint, method: 'HEAD' }, subject, options)).body)
    const second = await this.#attempt(endpoint, subject)
    if (second.sent === 'nothing') throw gatewayError('deletion_unproven')
    return second
  }

  /** The attempt without a challenge of its own. Costs no request when warm. */
  async #attempt(endpoint: RegistryEndpoint, subject: Subject): Promise<Attempt> {
    const { state } = this.#options
    if (state.type() === 'none') return BARE
    if (state.needsPing()) await this.discover()
    if (state.sendsBasic()) return subject.kind === 'anonymous' ? BARE : basic(subject)
    const demand = state.type() === 'token' ? state.demandOf(endpoint) : undefined
    return demand === undefined ? BARE : this.#withToken(endpoint, subject, demand)
  }

  /** Sends the same request without credentials, for the first list and manifest of a subject that is not proven. */
  async #isRefusedAnonymously(
    endpoint: RegistryEndpoint,
    subject: Account,
    options: SendOptions,
  ): Promise<boolean> {
    if (this.#isProven(subject)) return false
    const { transport, state, registryOrigin } = this.#options
    return this.#verification.isRefusedAnonymously(endpoint, subject, async () => {
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
        // the request itself will fail in the same way, and report it
        return undefined
      }
    })
  }

  /** The one attempt after a 401. Throws the GatewayError that the 401 means if nothing is left to try. */
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
      throw gatewayError('no_challenge')
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
    if (next.sent === 'nothing') throw gatewayError('login_required')
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
        ? this.#forbidden(endpoint, subject, demand.scopes)
        : await this.#passwordRefused(subject)
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
    // also when another request has proven it: the store may not have noted it
    const isNew = subject.kind === 'session' && !subject.verified && this.#verification.isNoted(subject)
    if (isNew) await this.#options.onVerified(subject)
  }

  /** The service account has no login: it is proven by the ping, unless that is open. */
  #isProven(subject: Account): boolean {
    if (this.#verification.isNoted(subject)) return true
    return subject.kind === 'session' ? subject.verified : !this.#options.state.isPingOpen()
  }

  /** What a 401 means that fresh credentials could not prevent. */
  async #refused(
    endpoint: RegistryEndpoint,
    subject: Subject,
    attempt: Attempt,
    challenge: string | undefined,
  ): Promise<GatewayError> {
    if (subject.kind === 'anonymous') return gatewayError('login_required')
    if (attempt.sent === 'basic' && (await this.#refusesPassword(endpoint, subject, attempt, challenge)))
      return this.#passwordRefused(subject)
    return this.#forbidden(endpoint, subject, attempt.demand?.scopes ?? [])
  }

  /** Whether a 401 to Basic is about the password, not about a missing right. */
  async #refusesPassword(
    endpoint: RegistryEndpoint,
    subject: Account,
    { authorization }: Attempt,
    challenge: string | undefined,
  ): Promise<boolean> {
    const { ping, state } = this.#options
    // with the type configured, the service account may have been sent before the first ping
    if (subject.kind === 'service' && !state.wasPinged()) await this.discover().catch(() => {})
    // no response has ever accepted this password, and an open `/v2/` proves nothing either
    if (!this.#isProven(subject)) return asksForBasic(challenge)
    // some registries send 401 for a missing right too: a ping tells it from a wrong password
    if (endpoint.kind === 'ping') return true
    const result = await ping(authorization)
    // a ping that wants a token says nothing about the password
    return result.statusCode === 401 && asksForBasic(result.challenge)
  }

  async #passwordRefused(subject: Account): Promise<GatewayError> {
    this.#options.cache.dropAll(subject)
    if (subject.kind === 'service') return gatewayError('service_account_refused')
    await this.#options.onPasswordRefused(subject)
    return gatewayError('password_refused')
  }

  /** The account is valid but may not do this. Another one may, where visitors can log in. */
  #forbidden(endpoint: RegistryEndpoint, subject: Subject, scopes: readonly string[]): GatewayError {
    const other = subject.kind === 'anonymous' || subject.kind === 'service'
    return other && this.#options.loginOffered ? gatewayError('login_required') : denied(endpoint, scopes)
  }
}
