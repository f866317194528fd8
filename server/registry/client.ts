// The one way to the registry: every request, the browser's and the server's own, is sent from here.

import type { AuthType } from '../../shared/api.ts'
import { classifyHost } from './addresses.ts'
import { createAgents } from './agents.ts'
import { type ConfiguredAuthType, createAuthState } from './auth-state.ts'
import { createAuthorizer, type Greeting } from './authorizer.ts'
import { discard } from './body.ts'
import { createLogin, type LoginProof } from './login.ts'
import { createRealmPolicy, listedRealmOrigins } from './realm.ts'
import { type RegistryResponse, sendFollowing } from './redirects.ts'
import type { Credentials, Subject } from './subject.ts'
import { GREETING, type RegistryTarget } from './target.ts'
import { createTokenCache } from './token-cache.ts'
import { createTokenClient } from './token-client.ts'
import { greetingFailure, storageRefused, toGatewayError } from './upstream-failure.ts'

export interface RegistryClientOptions {
  readonly origin: string
  readonly authType: ConfiguredAuthType
  readonly verifyTls: boolean
  readonly ca: string | undefined
  readonly timeoutSeconds: number
  /** `TOKEN_CACHE` in seconds. */
  readonly tokenCacheSeconds: number | undefined
  readonly realmAllow: readonly string[] | undefined
  readonly tokenServerUrl: URL | undefined
  readonly loginOffered: boolean
  readonly onPasswordRefused: (subject: Subject) => Promise<void>
  readonly onVerified: (subject: Subject) => Promise<void>
  readonly onRealmPinned: (origin: string) => void
}

export interface SendOptions {
  /** From an allow-list, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal | undefined
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
  const origin = new URL(options.origin)
  const agents = createAgents({
    ...options,
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
  const cache = createTokenCache({ maxSeconds: options.tokenCacheSeconds })
  const fetchToken = createTokenClient({ dispatcher: agents.tokens, timeoutSeconds: options.timeoutSeconds })

  function sendOnce(
    target: RegistryTarget,
    authorization: string | undefined,
    { headers, signal }: SendOptions,
  ) {
    const pool = target.kind === 'blob' ? 'blobs' : 'registry'
    const hop = { method: target.method, authorization, headers: { ...headers, ...USER_AGENT }, signal }
    return sendFollowing(agents, pool, new URL(target.path, origin), hop)
  }

  async function greet(authorization: string | undefined): Promise<Greeting> {
    try {
      const response = await sendOnce(GREETING, authorization, { headers: {}, signal: undefined })
      await discard(response.body)
      const failure = greetingFailure(response.statusCode, response.redirected)
      if (failure !== undefined) throw failure
      return { statusCode: response.statusCode, challenge: challengeOf(response) }
    } catch (error) {
      throw toGatewayError(error, 'registry')
    }
  }

  const parts = { ...options, registryOrigin: options.origin, state, cache, greet, fetchToken }
  const authorizer = createAuthorizer(parts)

  async function send(target: RegistryTarget, subject: Subject, how: SendOptions): Promise<RegistryResponse> {
    if (target.method === 'DELETE' && state.type() === 'unknown' && subject.kind !== 'anonymous')
      // never an unauthenticated DELETE to find out how to log in: a HEAD meets the same challenge
      await discard((await send({ ...target, method: 'HEAD' }, subject, how)).body)
    let attempt = await authorizer.begin(target, subject)
    let response = await sendOnce(target, attempt.authorization, how)
    if (response.statusCode === 401 && !response.redirected) {
      await discard(response.body)
      attempt = await authorizer.again(target, subject, attempt, challengeOf(response))
      response = await sendOnce(target, attempt.authorization, how)
    }
    if (response.statusCode === 401) {
      await discard(response.body)
      if (response.redirected) throw storageRefused()
      throw await authorizer.refused(target, subject, attempt)
    }
    if (response.statusCode < 400) await authorizer.accepted(subject, attempt)
    return response
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
