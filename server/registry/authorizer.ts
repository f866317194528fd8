// The handshake with the registry: which Authorization a request carries, and what a refusal of it means.

import type { GatewayError } from '../errors.ts'
import { type AuthState, demandKey, type TokenDemand, unanswerable } from './auth-state.ts'
import { parseChallenges } from './challenge.ts'
import { denied, loginRequired, noRegistry, passwordRefused, serviceAccountRefused } from './refusal.ts'
import { coversScopes } from './scope.ts'
import type { Subject } from './subject.ts'
import { GREETING, type RegistryTarget } from './target.ts'
import type { TokenCache } from './token-cache.ts'
import { basicAuthorization, type FetchToken, type Token } from './token-client.ts'

/** What the registry answered to `GET /v2/`: a status, and its challenges if it was 401. */
export interface Greeting {
  readonly statusCode: number
  /** The WWW-Authenticate fields joined by ", ". */
  readonly challenge: string | undefined
}

/** One try: what goes out as Authorization, and where that came from. */
export interface Attempt {
  readonly authorization: string | undefined
  readonly sent: 'nothing' | 'basic' | 'cached token' | 'fresh token'
  /** What a token was asked for; with `sent: 'nothing'`, what the token server would not give to nobody. */
  readonly demand?: TokenDemand
}

export interface AuthorizerOptions {
  readonly registryOrigin: string
  readonly state: AuthState
  readonly cache: TokenCache
  readonly fetchToken: FetchToken
  /** Asks `GET /v2/` with exactly this Authorization. Throws GatewayError if the registry cannot be asked. */
  readonly greet: (authorization: string | undefined) => Promise<Greeting>
  /** Whether visitors may log in, which may help where the service account is not enough. */
  readonly loginOffered: boolean
  /** The registry or its token server has refused a session's password: that session must end. */
  readonly onPasswordRefused: (subject: Subject) => Promise<void>
  /** The registry has accepted the credentials of a session that was taken unproven. */
  readonly onVerified: (subject: Subject) => Promise<void>
}

export interface Authorizer {
  /** Learns scheme and realm from `GET /v2/`; one request however many wait. Throws GatewayError. */
  discover(): Promise<void>
  /** The first attempt. Costs no upstream request when warm. Throws GatewayError. */
  begin(target: RegistryTarget, subject: Subject): Promise<Attempt>
  /** The one further attempt after a 401; throws the GatewayError that the 401 means if there is none to make. */
  again(
    target: RegistryTarget,
    subject: Subject,
    attempt: Attempt,
    challenge: string | undefined,
  ): Promise<Attempt>
  /** What a 401 means that fresh credentials did not prevent. */
  refused(target: RegistryTarget, subject: Subject, attempt: Attempt): Promise<GatewayError>
  /** What the registry's own 403 means. */
  forbidden(target: RegistryTarget, subject: Subject): GatewayError
  /** To be told of each success. */
  accepted(subject: Subject, attempt: Attempt): Promise<void>
}

const BARE: Attempt = { authorization: undefined, sent: 'nothing' }

/** Carries a token server's refusal through the cache, which keeps no failures. */
class TokenRefused extends Error {
  readonly status: 401 | 403
  constructor(status: 401 | 403) {
    super(`the token server answered ${status}`)
    this.status = status
  }
}

export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { registryOrigin, state, cache, greet } = options
  let discovery: Promise<void> | undefined

  async function learnFromGreeting(): Promise<void> {
    const { statusCode, challenge } = await greet(undefined)
    state.noteGreeting(statusCode < 300)
    if (statusCode < 300) return
    if (statusCode !== 401) throw noRegistry(statusCode)
    const chosen = state.choose(GREETING, parseChallenges(challenge), challenge)
    if (chosen === undefined) throw unanswerable()
    if (chosen.scheme === 'bearer') state.learn(GREETING, chosen, new URL(GREETING.path, registryOrigin))
  }

  function discover(): Promise<void> {
    discovery ??= learnFromGreeting().finally(() => {
      discovery = undefined
    })
    return discovery
  }

  const basic = (subject: Exclude<Subject, { kind: 'anonymous' }>): Attempt => ({
    authorization: basicAuthorization(subject.credentials),
    sent: 'basic',
  })

  async function fetchFor(subject: Subject, demand: TokenDemand): Promise<Token> {
    const credentials = subject.kind === 'anonymous' ? undefined : subject.credentials
    const answer = await options.fetchToken({ ...demand, credentials, asker: subject.key })
    if (answer.kind === 'refused') throw new TokenRefused(answer.status)
    return answer.token
  }

  async function withToken(target: RegistryTarget, subject: Subject, demand: TokenDemand): Promise<Attempt> {
    try {
      const token = await cache.get(subject.key, demandKey(demand), () => fetchFor(subject, demand))
      const sent = token.fresh ? 'fresh token' : 'cached token'
      return { authorization: `Bearer ${token.value}`, sent, demand }
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error
      if (subject.kind === 'anonymous') return { ...BARE, demand }
      throw error.status === 403 ? mayNot(target, subject, demand.scopes) : await passwordIsRefused(subject)
    }
  }

  async function passwordIsRefused(subject: Subject): Promise<GatewayError> {
    cache.forget(subject.key)
    if (subject.kind === 'service') return serviceAccountRefused()
    await options.onPasswordRefused(subject)
    return passwordRefused()
  }

  async function refused(target: RegistryTarget, subject: Subject, attempt: Attempt): Promise<GatewayError> {
    if (subject.kind === 'anonymous') return loginRequired()
    if (attempt.sent === 'basic') {
      // the registry says 401 for everything: its greeting tells a wrong password from a missing right
      if (target.kind === 'greeting' || (await refusesBasic(attempt))) return passwordIsRefused(subject)
    }
    return mayNot(target, subject, attempt.demand?.scopes ?? [])
  }

  /** Asked in Basic and refused in Basic: a greeting that wants a token says nothing about the password. */
  async function refusesBasic({ authorization }: Attempt): Promise<boolean> {
    const { statusCode, challenge } = await greet(authorization)
    return statusCode === 401 && parseChallenges(challenge).some(({ scheme }) => scheme === 'basic')
  }

  /** The account is right and not enough. Another one may be, where visitors can log in. */
  function mayNot(target: RegistryTarget, subject: Subject, scopes: readonly string[]): GatewayError {
    const other = subject.kind === 'anonymous' || subject.kind === 'service'
    return other && options.loginOffered ? loginRequired() : denied(target, scopes)
  }

  /** Whether the registry now asks for something that no token has been asked for yet. */
  function asksMore(attempt: Attempt, wanted: TokenDemand): boolean {
    const { sent, demand } = attempt
    if (sent === 'cached token' || demand === undefined) return true
    const sameServer = demand.realm.href === wanted.realm.href && demand.service === wanted.service
    return !sameServer || !coversScopes(demand.scopes, wanted.scopes)
  }

  return {
    discover,
    refused,
    forbidden: (target, subject) => mayNot(target, subject, []),

    async begin(target, subject) {
      if (state.type() === 'none') return BARE
      if (state.needsGreeting()) await discover()
      // unproven credentials go out only in answer to a challenge; but nothing is ever deleted to get one
      if (subject.kind === 'session' && !subject.verified && target.method !== 'DELETE') return BARE
      if (state.type() === 'basic') return subject.kind === 'anonymous' ? BARE : basic(subject)
      const demand = state.type() === 'token' ? state.demandOf(target) : undefined
      return demand === undefined ? BARE : withToken(target, subject, demand)
    },

    async again(target, subject, attempt, challenge) {
      const chosen = state.choose(target, parseChallenges(challenge), challenge)
      if (chosen === undefined) {
        if (subject.kind === 'anonymous' || attempt.sent !== 'nothing')
          throw await refused(target, subject, attempt)
        throw unanswerable()
      }
      if (chosen.scheme === 'basic') {
        if (subject.kind === 'anonymous' || attempt.sent === 'basic')
          throw await refused(target, subject, attempt)
        return basic(subject)
      }
      const demand = state.learn(target, chosen, new URL(target.path, registryOrigin))
      if (!asksMore(attempt, demand)) throw await refused(target, subject, attempt)
      if (attempt.sent === 'cached token' && attempt.demand !== undefined)
        cache.drop(
          subject.key,
          demandKey(attempt.demand),
          attempt.authorization?.slice('Bearer '.length) ?? '',
        )
      const next = await withToken(target, subject, demand)
      if (next.sent === 'nothing') throw loginRequired()
      return next
    },

    async accepted(subject, attempt) {
      if (subject.kind === 'session' && !subject.verified && attempt.sent !== 'nothing')
        await options.onVerified(subject)
    },
  }
}
