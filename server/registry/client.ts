// The one way to the registry: every request, the browser's and the server's own, is sent from here.

import type { AuthType } from '../../shared/api/config.ts'
import { classifyHost } from '../addresses.ts'
import { denied } from './auth/auth-errors.ts'
import { type ConfiguredAuthType, createAuthState } from './auth/auth-state.ts'
import { Authenticator, challengeOf, type Ping, type SendOptions } from './auth/authenticator.ts'
import { createLogin, type LoginProof } from './auth/login.ts'
import { createRealmPolicy, listedRealmOrigins } from './auth/realm.ts'
import { createTokenCache } from './auth/token-cache.ts'
import { createTokenClient } from './auth/token-client.ts'
import { PING, type RegistryEndpoint } from './endpoint.ts'
import { movedElsewhere, registryFault, toGatewayError } from './errors.ts'
import { observed, type RegistryObserver, UNOBSERVED } from './observer.ts'
import { retryAfterOf } from './retry-after.ts'
import type { Credentials, Subject } from './subject.ts'
import { type ClientCertificate, createAgents, TOKEN_CONNECTIONS } from './transport/agents.ts'
import { discard } from './transport/body.ts'
import { AS_IT_IS, unpackDocument } from './transport/content-encoding.ts'
import { isPage } from './transport/document.ts'
import { REDIRECTS, type RegistryResponse, sendFollowing } from './transport/redirects.ts'

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

export interface RegistryClient {
  /**
   * Sends one request for one subject: authorized, retried once after a 401 where that can help, redirects
   * followed. The answer's status is the registry's, never 401. Throws GatewayError.
   */
  send(endpoint: RegistryEndpoint, subject: Subject, options: SendOptions): Promise<RegistryResponse>
  /** Proves a name and password; throws GatewayError. */
  login(credentials: Credentials): Promise<LoginProof>
  authType(): AuthType
  /** Whether the registry answers at all, for the readiness report. */
  ping(): Promise<boolean>
  close(): Promise<void>
}

/** What a 401 means to somebody who has shown no credentials, or on a registry that is said to want none. */
const ASKS_FOR_LOGIN = new Set<unknown>(['login_required', 'wrong_auth_type'])
const USER_AGENT = { 'user-agent': 'gantry' }

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

  async function sendOnce(
    endpoint: RegistryEndpoint,
    authorization: string | undefined,
    { headers, signal }: SendOptions,
    follow = true,
  ) {
    const pool = endpoint.kind === 'blob' ? 'blobs' : 'registry'
    const fields = { ...(endpoint.kind !== 'blob' && AS_IT_IS), ...headers, ...USER_AGENT }
    const staysHome = endpoint.kind === 'referrers'
    const hop = { method: endpoint.method, authorization, headers: fields, signal, follow, staysHome }
    const response = await observed(
      observer,
      endpoint.kind,
      () => sendFollowing(agents, pool, origin.origin, endpoint.path, hop),
      signal,
    )
    return unpackDocument(endpoint, response)
  }

  const ping: Ping = async (authorization) => {
    try {
      // one deadline for all of it: everybody may be waiting for this answer
      const signal = AbortSignal.timeout(options.timeoutSeconds * 1000)
      const response = await sendOnce(
        PING,
        authorization,
        { headers: {}, signal },
        authorization === undefined,
      )
      await discard(response.body)
      if (response.redirected || REDIRECTS.has(response.statusCode)) throw movedElsewhere()
      if (response.statusCode === 429 || response.statusCode >= 500)
        throw registryFault(response.statusCode, retryAfterOf(response.headers))
      const { statusCode } = response
      return { statusCode, challenge: challengeOf(response), isPage: isPage(response) }
    } catch (error) {
      throw toGatewayError(error, 'registry')
    }
  }

  const parts = {
    ...options,
    registryOrigin: options.origin,
    state,
    cache,
    transport: sendOnce,
    ping,
    fetchToken,
  }
  const authenticator = new Authenticator(parts)

  return {
    async send(endpoint, subject, how) {
      try {
        return await authenticator.send(endpoint, subject, how)
      } catch (error) {
        const failure = toGatewayError(error, 'registry')
        // whoever asks has read the manifest: this end point alone refuses, and a login is not what is missing
        const isRefusedAlone = endpoint.kind === 'referrers' && ASKS_FOR_LOGIN.has(failure.reason)
        throw isRefusedAlone ? denied(endpoint, []) : failure
      }
    },
    login: createLogin({ ...parts, discover: () => authenticator.discover() }),
    authType: state.type,
    ping: () =>
      ping(undefined).then(
        () => true,
        () => false,
      ),
    close: agents.close,
  }
}
