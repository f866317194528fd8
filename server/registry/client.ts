// The one way to the registry: every request, the browser's and the server's own, is sent from here.

import type { AuthType } from '../../shared/api.ts'
import { classifyHost } from '../addresses.ts'
import { type ClientCertificate, createAgents, TOKEN_CONNECTIONS } from './agents.ts'
import { type ConfiguredAuthType, createAuthState } from './auth-state.ts'
import { type Attempt, createAuthorizer, type Greeting } from './authorizer.ts'
import { discard } from './body.ts'
import type { StopSignal } from './exchange.ts'
import { createLogin, type LoginProof } from './login.ts'
import { observed, type RegistryObserver, UNOBSERVED } from './observer.ts'
import { createRealmPolicy, listedRealmOrigins } from './realm.ts'
import { type RegistryResponse, sendFollowing } from './redirects.ts'
import { deletionUnproven } from './refusal.ts'
import { retryAfterOf } from './retry-after.ts'
import type { Credentials, Subject } from './subject.ts'
import { GREETING, type RegistryTarget } from './target.ts'
import { createTokenCache } from './token-cache.ts'
import { createTokenClient } from './token-client.ts'
import { movedElsewhere, registryFault, storageRefused, toGatewayError } from './upstream-failure.ts'

export interface RegistryClientOptions {
  readonly origin: string
  readonly authType: ConfiguredAuthType
  readonly verifyTls: boolean
  readonly ca: string | undefined
  readonly clientCertificate?: ClientCertificate | undefined
  readonly timeoutSeconds: number
  /** `TOKEN_CACHE` in seconds. */
  readonly tokenCacheSeconds: number | undefined
  readonly realmAllow: readonly string[] | undefined
  readonly tokenServerUrl: URL | undefined
  readonly loginOffered: boolean
  readonly onPasswordRefused: (subject: Subject) => Promise<void>
  readonly onVerified: (subject: Subject) => Promise<void>
  readonly onRealmPinned: (origin: string) => void
  /** Absent: nothing is counted. */
  readonly observer?: RegistryObserver
}

export interface SendOptions {
  /** From an allow-list, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: StopSignal | undefined
}

export interface RegistryClient {
  /**
   * Sends one request for one subject: authorized, retried once after a 401 where that can help, redirects
   * followed. The answer's status is the registry's, never 401. Throws GatewayError.
   */
  send(target: RegistryTarget, subject: Subject, options: SendOptions): Promise<RegistryResponse>
  /** Proves a name and password; throws GatewayError. */
  login(credentials: Credentials): Promise<LoginProof>
  /** Drops all tokens of a subject that has ended. */
  forget(subjectKey: string): void
  authType(): AuthType
  /** Whether the registry answers at all, for the readiness report. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

const USER_AGENT = { 'user-agent': 'gantry' }

/** All WWW-Authenticate fields as one: undici gives several as an array. */
function challengeOf({ headers }: RegistryResponse): string | undefined {
  const value = headers['www-authenticate']
  return Array.isArray(value) ? value.join(', ') : value
}

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { observer = UNOBSERVED } = options
  const origin = new URL(options.origin)
  const agents = createAgents({
    ...options,
    clientCertificate: options.clientCertificate,
    loopbackAllowed: classifyHost(origin.hostname) === 'loopback',
    listedHosts: listedRealmOrigins({ allow: options.realmAllow, serverUrl: options.tokenServerUrl }).map(
      (listed) => new URL(listed).hostname,
    ),
  })
  const realms = createRealmPolicy({
    registryOrigin: options.origin,
    allow: options.realmAllow,
    serverUrl: options.tokenServerUrl,
    onPin: options.onRealmPinned,
  })
  const state = createAuthState(options.authType, realms)
  const cache = createTokenCache({ maxSeconds: options.tokenCacheSeconds, observer })
  const fetchToken = createTokenClient({
    dispatcher: agents.tokens,
    timeoutSeconds: options.timeoutSeconds,
    maxConcurrent: TOKEN_CONNECTIONS,
    observer,
  })

  function sendOnce(
    target: RegistryTarget,
    authorization: string | undefined,
    { headers, signal }: SendOptions,
  ) {
    const pool = target.kind === 'blob' ? 'blobs' : 'registry'
    const hop = { method: target.method, authorization, headers: { ...headers, ...USER_AGENT }, signal }
    return observed(
      observer,
      target.kind,
      () => sendFollowing(agents, pool, origin.origin, target.path, hop),
      signal,
    )
  }

  async function greet(authorization: string | undefined): Promise<Greeting> {
    try {
      // one deadline for all of it: everybody may be waiting for this answer
      const signal = AbortSignal.timeout(options.timeoutSeconds * 1000)
      const response = await sendOnce(GREETING, authorization, { headers: {}, signal })
      await discard(response.body)
      if (response.redirected) throw movedElsewhere()
      if (response.statusCode === 429 || response.statusCode >= 500)
        throw registryFault(response.statusCode, retryAfterOf(response.headers))
      return { statusCode: response.statusCode, challenge: challengeOf(response) }
    } catch (error) {
      throw toGatewayError(error, 'registry')
    }
  }

  const parts = { ...options, registryOrigin: options.origin, state, cache, greet, fetchToken }
  const authorizer = createAuthorizer(parts)

  /** The first attempt. Nothing is ever deleted unauthenticated for somebody who has credentials to show. */
  async function begin(target: RegistryTarget, subject: Subject, how: SendOptions): Promise<Attempt> {
    const attempt = await authorizer.begin(target, subject)
    const bare = attempt.sent === 'nothing' && subject.kind !== 'anonymous' && state.type() !== 'none'
    if (target.method !== 'DELETE' || !bare) return attempt
    // a HEAD may meet the challenge from which the way to log in is learnt
    await discard((await send({ ...target, method: 'HEAD' }, subject, how)).body)
    const second = await authorizer.begin(target, subject)
    if (second.sent === 'nothing') throw deletionUnproven()
    return second
  }

  async function send(target: RegistryTarget, subject: Subject, how: SendOptions): Promise<RegistryResponse> {
    let attempt = await begin(target, subject, how)
    let response = await sendOnce(target, attempt.authorization, how)
    if (response.statusCode === 401 && !response.redirected) {
      await discard(response.body)
      attempt = await authorizer.again(target, subject, attempt, challengeOf(response))
      response = await sendOnce(target, attempt.authorization, how)
    }
    const { statusCode, redirected } = response
    if (statusCode < 400) {
      await authorizer.accepted(subject, attempt)
      return response
    }
    if (![401, 403].includes(statusCode) && !redirected) return response
    await discard(response.body)
    if (redirected) throw storageRefused()
    throw statusCode === 401
      ? await authorizer.refused(target, subject, attempt)
      : authorizer.forbidden(target, subject)
  }

  return {
    async send(target, subject, how) {
      try {
        return await send(target, subject, how)
      } catch (error) {
        throw toGatewayError(error, 'registry')
      }
    },
    login: createLogin({ ...parts, discover: authorizer.discover }),
    forget: cache.forget,
    authType: state.type,
    ping: () =>
      greet(undefined).then(
        () => true,
        () => false,
      ),
    close: agents.close,
  }
}
