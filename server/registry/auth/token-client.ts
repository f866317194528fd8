// Fetches one token from a token server.

import { type Dispatcher, request } from 'undici'
import * as z from 'zod/mini'
import { Limiter } from '../../concurrency/limiter.ts'
import { type GatewayError, gatewayError } from '../../errors.ts'
import { VISITOR_SHARE } from '../limits.ts'
import { observed, type RegistryObserver, UNOBSERVED } from '../observer.ts'
import { retryAfterOf } from '../retry-after.ts'
import type { Credentials } from '../subject.ts'
import { readText } from '../transport/body.ts'
import { AS_IT_IS, unpackedBody } from '../transport/content-encoding.ts'
import type { ResponseHeaders } from '../transport/http.ts'
import { parseJson } from '../transport/json.ts'
import { REDIRECTS } from '../transport/redirects.ts'
import { toUpstreamError } from '../upstream-errors.ts'
import { forLog } from './realm.ts'

export interface TokenRequest {
  /** Already allowed by the realm policy. May carry its own query, which is kept. */
  readonly realm: URL
  readonly service: string | undefined
  readonly scopes: readonly string[]
  /** Undefined: no Authorization at all. */
  readonly credentials: Credentials | undefined
  /** Shares the limiter with the others: `Subject.key`, or one name for all who are logging in. */
  readonly visitor: string
}

export interface Token {
  /** Opaque (jwt.md of distribution forbids clients to look inside); visible ASCII only. */
  readonly value: string
  /** How long it may be kept, from the end of the exchange. */
  readonly lifetimeSeconds: number
}

/** `refused`: name and password are wrong (401), or this account may not have such a token (403). */
export type TokenResult =
  | { readonly kind: 'token'; readonly token: Token }
  | { readonly kind: 'refused'; readonly status: 401 | 403 }

export type FetchToken = (request: TokenRequest) => Promise<TokenResult>

export interface TokenClientOptions {
  readonly dispatcher: Dispatcher
  /** For the whole exchange, once the limiter lets it through. */
  readonly timeoutSeconds: number
  /** Exchanges with one token server at a time; the connections the dispatcher allows. */
  readonly maxConcurrent: number
  /** Absent: nothing is counted. */
  readonly observer?: RegistryObserver
}

const MAX_BODY_BYTES = 1024 * 1024
const MAX_TOKEN_LENGTH = 64 * 1024
/** Less than this "should never be returned" (token.md), so smaller values are raised to it. */
const MIN_LIFETIME_SECONDS = 60
const MAX_LIFETIME_SECONDS = 86_400
/** Renewed this much early: clocks and networks are not exact. */
const MARGIN_SECONDS = 5

const tokenBody = z.object({
  token: z.nullish(z.string()),
  access_token: z.nullish(z.string()),
  expires_in: z.optional(z.unknown()),
})

/**
 * How long a token may be kept.
 *
 * @param expiresIn  `expires_in` as sent; what is not a finite number counts as the 60 s of the
 *   specification. `issued_at` is ignored: it would trust a remote clock.
 * @returns seconds, 55 to 86395.
 */
export function tokenLifetime(expiresIn: unknown): number {
  const seconds =
    typeof expiresIn === 'number' && Number.isFinite(expiresIn) ? expiresIn : MIN_LIFETIME_SECONDS
  return Math.min(Math.max(seconds, MIN_LIFETIME_SECONDS), MAX_LIFETIME_SECONDS) - MARGIN_SECONDS
}

/** The `Authorization` value of a name and password, in UTF-8 (RFC 7617 §2.1). */
export function basicAuthorization({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
}

function tokenUrl({ realm, service, scopes }: TokenRequest): URL {
  const url = new URL(realm)
  if (service !== undefined) url.searchParams.set('service', service)
  for (const scope of scopes) url.searchParams.append('scope', scope)
  // not `account`: docker_auth responds with 400 when it differs from the user in the Authorization field
  if (!url.searchParams.has('client_id')) url.searchParams.set('client_id', 'gantry')
  return url
}

const badToken = (cause: unknown) => gatewayError('token_invalid', {}, { cause })

function readToken(text: string): Token {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (error) {
    throw badToken(error)
  }
  const body = tokenBody.safeParse(value)
  if (!body.success) throw badToken(body.error)
  const token = body.data.access_token || body.data.token
  if (token == null || token.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token))
    throw badToken(new Error('no token, or one with bytes that no header may carry'))
  return { value: token, lifetimeSeconds: tokenLifetime(body.data.expires_in) }
}

/** What a status besides 200, 201, 401 and 403 means. */
function failureOf(status: number, headers: ResponseHeaders): GatewayError {
  // never followed: the password would go to an address that nobody has allowed, if only to another path
  if (REDIRECTS.has(status)) {
    const address = forLog(String(headers.location ?? 'none'))
    const cause = new Error(`token server answered ${status} with the address ${address}`)
    return gatewayError('token_redirected', {}, { cause })
  }
  if (status === 429)
    return gatewayError('token_server_slow_down', {}, { retryAfterSeconds: retryAfterOf(headers) })
  const cause = new Error(`token server answered ${status}`)
  if (status === 504) return gatewayError('token_server_timeout', {}, { cause })
  return status >= 500 ? gatewayError('token_server_fault', {}, { cause }) : badToken(cause)
}

const overloaded = (retryAfterSeconds: number) => gatewayError('token_server_busy', {}, { retryAfterSeconds })

/**
 * Fetches tokens with GET, the form every token server knows.
 *
 * When the tokens of a thousand people expire together, their requests must neither reach the token server all at once
 * nor fail. The dispatcher's connections alone would bound the first and not the second: its queue is first come, first
 * served, and a request's deadline would run out there. So each token server has one limiter here (a silent one keeps
 * no places of another's), and the deadline begins once a request is let through.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export class TokenClient {
  readonly #options: TokenClientOptions
  readonly #observer: RegistryObserver
  /** As many as the realm policy allows: one, or those of TOKEN_REALM_ALLOW. */
  readonly #limiters = new Map<string, Limiter>()

  constructor(options: TokenClientOptions) {
    this.#options = options
    this.#observer = options.observer ?? UNOBSERVED
  }

  /**
   * @returns a token, or that it was refused.
   * @throws GatewayError for everything that says nothing about the password: down, slow, malformed, 429, or a
   *   redirect, which is never followed: it would carry the password to an address that nobody has allowed.
   */
  fetch(request: TokenRequest): Promise<TokenResult> {
    const { visitor, realm } = request
    const caller = { visitor, subject: visitor, repository: undefined }
    return this.#limiterOf(realm).run(caller, () => this.#exchange(request))
  }

  /** All guests are one visitor, and so are all who are logging in: guessers slow each other. */
  #limiterOf({ origin }: URL): Limiter {
    const known = this.#limiters.get(origin)
    if (known !== undefined) return known
    const { maxConcurrent } = this.#options
    const share = Math.max(1, Math.floor(maxConcurrent * VISITOR_SHARE))
    const created = new Limiter({ max: maxConcurrent, share, reserve: maxConcurrent, overloaded })
    this.#limiters.set(origin, created)
    return created
  }

  async #exchange(tokenRequest: TokenRequest): Promise<TokenResult> {
    const { dispatcher, timeoutSeconds } = this.#options
    try {
      const signal = AbortSignal.timeout(timeoutSeconds * 1000)
      const authorization = tokenRequest.credentials && basicAuthorization(tokenRequest.credentials)
      const headers = { accept: 'application/json', ...AS_IT_IS, ...(authorization && { authorization }) }
      const response = await observed(this.#observer, 'token', () =>
        request(tokenUrl(tokenRequest), { dispatcher, signal, headers }),
      )
      // 201 too, as docker accepts it: only a token in the body counts
      const isToken = response.statusCode === 200 || response.statusCode === 201
      const body = isToken ? unpackedBody(response.body, response.headers, 'token server') : response.body
      const text = await readText(body, MAX_BODY_BYTES, timeoutSeconds * 1000)
      if (isToken) {
        if (text === undefined) throw badToken(new Error('body too large'))
        return { kind: 'token', token: readToken(text) }
      }
      if (response.statusCode === 401 || response.statusCode === 403)
        return { kind: 'refused', status: response.statusCode }
      throw failureOf(response.statusCode, response.headers)
    } catch (error) {
      throw toUpstreamError(error, 'token server')
    }
  }
}
