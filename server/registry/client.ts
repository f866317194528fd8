import type { AuthType } from '../../shared/api/config.ts'
import { classifyHost } from '../addresses.ts'
import { gatewayError } from '../errors.ts'
import { AuthState, type ConfiguredAuthType } from './auth/auth-state.ts'
import {
  Authenticator,
  challengeOf,
  denied,
  type Ping,
  type SendOptions,
  type Transport,
} from './auth/authenticator.ts'
import { Login, type LoginProof } from './auth/login.ts'
import { listedRealmOrigins, RealmPolicy } from './auth/realm.ts'
import { TokenCache } from './auth/token-cache.ts'
import { TokenClient, type TokenRequest } from './auth/token-client.ts'
import { PING, type RegistryEndpoint } from './endpoint.ts'
import { TOKEN_CONNECTIONS } from './limits.ts'
import { observed, type RegistryObserver, UNOBSERVED } from './observer.ts'
import { retryAfterOf } from './retry-after.ts'
import type { Credentials, Subject } from './subject.ts'
import { type Agents, type ClientCertificate, createAgents } from './transport/agents.ts'
import { discard } from './transport/body.ts'
import { AS_IT_IS, unpackDocument } from './transport/content-encoding.ts'
import { isPage } from './transport/document.ts'
import { REDIRECTS, type RegistryResponse, sendFollowing } from './transport/redirects.ts'
import { registryFault, toUpstreamError } from './upstream-errors.ts'

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
  /** Default: counts nothing. */
  readonly observer?: RegistryObserver
}

/** What a 401 means without credentials, or on a registry whose configured type is `none`. */
const LOGIN_REQUIRED = new Set<unknown>(['login_required', 'wrong_auth_type'])
const USER_AGENT = { 'user-agent': 'gantry' }

/** The one way to the registry: every request, the browser's and the server's own, is sent from here. */
export class RegistryClient {
  readonly #origin: string
  readonly #timeoutMs: number
  readonly #observer: RegistryObserver
  readonly #agents: Agents
  readonly #state: AuthState
  readonly #authenticator: Authenticator
  readonly #login: Login

  constructor(options: RegistryClientOptions) {
    const { realmAllow, tokenServerUrl, observer = UNOBSERVED, timeoutSeconds } = options
    const { origin, hostname } = new URL(options.origin)
    this.#origin = origin
    this.#timeoutMs = timeoutSeconds * 1000
    this.#observer = observer
    const listed = listedRealmOrigins({ allow: realmAllow, serverUrl: tokenServerUrl })
    this.#agents = createAgents({
      ...options,
      clientCertificate: options.clientCertificate,
      loopbackAllowed: classifyHost(hostname) === 'loopback',
      listedHosts: listed.map((realm) => new URL(realm).hostname),
    })
    const realms = new RealmPolicy({
      registryOrigin: origin,
      allow: realmAllow,
      serverUrl: tokenServerUrl,
      onPin: options.onRealmPinned,
    })
    const tokens = new TokenClient({
      dispatcher: this.#agents.tokens,
      timeoutSeconds,
      maxConcurrent: TOKEN_CONNECTIONS,
      observer,
    })
    this.#state = new AuthState(options.authType, realms)
    const shared = {
      registryOrigin: origin,
      state: this.#state,
      ping: this.#ping,
      fetchToken: (request: TokenRequest) => tokens.fetch(request),
    }
    this.#authenticator = new Authenticator({
      ...shared,
      cache: new TokenCache({ maxSeconds: options.tokenCacheSeconds, observer }),
      transport: this.#transport,
      loginOffered: options.loginOffered,
      onPasswordRefused: options.onPasswordRefused,
      onVerified: options.onVerified,
    })
    this.#login = new Login({ ...shared, discover: () => this.#authenticator.discover() })
  }

  /**
   * Sends one request for one subject: authorized, retried once after a 401 where that can help, redirects followed.
   * The status is the registry's, never 401.
   *
   * @throws GatewayError.
   */
  async send(endpoint: RegistryEndpoint, subject: Subject, options: SendOptions): Promise<RegistryResponse> {
    try {
      return await this.#authenticator.send(endpoint, subject, options)
    } catch (error) {
      const failure = toUpstreamError(error, 'registry')
      // its manifest could be read: this endpoint alone is refused, and a login is not what is missing
      const isRefusedAlone = endpoint.kind === 'referrers' && LOGIN_REQUIRED.has(failure.reason)
      throw isRefusedAlone ? denied(endpoint, []) : failure
    }
  }

  /** Proves a name and password. @throws GatewayError. */
  login(credentials: Credentials): Promise<LoginProof> {
    return this.#login.prove(credentials)
  }

  authType(): AuthType {
    return this.#state.type()
  }

  /** Whether the registry responds at all, for the readiness report. */
  async ping(): Promise<boolean> {
    try {
      await this.#ping(undefined)
      return true
    } catch {
      return false
    }
  }

  close(): Promise<void> {
    return this.#agents.close()
  }

  readonly #transport: Transport = async (
    endpoint,
    authorization,
    { headers, signal, onSent },
    follow = true,
  ) => {
    const { kind, method, path } = endpoint
    if (method === 'DELETE') onSent?.()
    const pool = kind === 'blob' ? 'blobs' : 'registry'
    const fields = { ...(kind !== 'blob' && AS_IT_IS), ...headers, ...USER_AGENT }
    const hop = { method, authorization, headers: fields, signal, follow, staysHome: kind === 'referrers' }
    const response = await observed(
      this.#observer,
      kind,
      () => sendFollowing(this.#agents, pool, this.#origin, path, hop),
      signal,
    )
    return unpackDocument(endpoint, response)
  }

  readonly #ping: Ping = async (authorization) => {
    try {
      // one deadline for all of it: everybody may be waiting for it
      const signal = AbortSignal.timeout(this.#timeoutMs)
      const follow = authorization === undefined
      const response = await this.#transport(PING, authorization, { headers: {}, signal }, follow)
      await discard(response.body)
      const { statusCode, headers, redirected } = response
      if (redirected || REDIRECTS.has(statusCode)) throw gatewayError('registry_moved')
      if (statusCode === 429 || statusCode >= 500) throw registryFault(statusCode, retryAfterOf(headers))
      return { statusCode, challenge: challengeOf(response), isPage: isPage(response) }
    } catch (error) {
      throw toUpstreamError(error, 'registry')
    }
  }
}
