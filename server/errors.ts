// Every failure this server raises on purpose, with what the browser may know of it.

import type { ErrorEntry, ErrorEnvelope, UnauthorizedReason, UnavailableReason } from '../shared/errors.ts'

/** Code to HTTP status. A code of the distribution spec where one fits; UNAVAILABLE is distribution's own. */
const STATUS = {
  UNAUTHORIZED: 401,
  DENIED: 403,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  MANIFEST_UNKNOWN: 404,
  BLOB_UNKNOWN: 404,
  /** The registry holds, under the right digest, what is no manifest that anybody could run. */
  MANIFEST_INVALID: 502,
  UNSUPPORTED: 405,
  /** Not of the spec: a malformed request to our own API. */
  REQUEST_INVALID: 400,
  PAGINATION_NUMBER_INVALID: 400,
  /** Not of the spec: what was planned is no longer what is there. */
  CONFLICT: 409,
  MISDIRECTED: 421,
  TOOMANYREQUESTS: 429,
  UNAVAILABLE: 502,
} as const
export type GatewayErrorCode = keyof typeof STATUS

const UNAVAILABLE_STATUS: Partial<Record<UnavailableReason, number>> = {
  timeout: 504,
  store_down: 503,
  overloaded: 503,
}

export interface GatewayErrorOptions {
  /** Machine-readable cause, sent as `detail.reason`. */
  reason?: UnavailableReason | UnauthorizedReason
  /** More for the browser, merged into `detail`. Never a host, a path of this machine or a secret. */
  detail?: Readonly<Record<string, unknown>>
  /** Seconds for a `Retry-After` field. */
  retryAfterSeconds?: number
  /** Overrides the code's status: only for a registry's own status that must survive (its 503). */
  status?: number
  /** What really happened: logged, never sent. */
  cause?: unknown
}

/** A failure whose `message` is safe to show. Secrets and hosts belong in `cause`: logged, never sent. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: GatewayErrorCode
  readonly reason: GatewayErrorOptions['reason']
  readonly statusCode: number
  readonly retryAfterSeconds: number | undefined
  readonly #detail: Readonly<Record<string, unknown>> | undefined

  constructor(code: GatewayErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.reason = options.reason
    this.retryAfterSeconds = options.retryAfterSeconds
    this.#detail = options.detail
    const byReason =
      code === 'UNAVAILABLE' && options.reason !== undefined
        ? UNAVAILABLE_STATUS[options.reason as UnavailableReason]
        : undefined
    this.statusCode = options.status ?? byReason ?? STATUS[code]
  }

  /** More than code and message for the browser; undefined if there is no more. */
  get detail(): Readonly<Record<string, unknown>> | undefined {
    return this.reason === undefined ? this.#detail : { reason: this.reason, ...this.#detail }
  }

  /** What the browser gets to know. */
  toEntry(): ErrorEntry {
    const { code, message, detail } = this
    return detail === undefined ? { code, message } : { code, message, detail }
  }

  /** The same for a line of a stream, which has no header fields: Retry-After is `detail.retryAfterSeconds`. */
  toLine(): ErrorEntry {
    const { retryAfterSeconds } = this
    const entry = this.toEntry()
    return retryAfterSeconds === undefined
      ? entry
      : { ...entry, detail: { ...this.detail, retryAfterSeconds } }
  }

  /** The body the browser gets. */
  toEnvelope(): ErrorEnvelope {
    return { errors: [this.toEntry()] }
  }
}

export const sessionEnded = () =>
  new GatewayError('UNAUTHORIZED', 'Your session has ended. Log in again.', { reason: 'session_ended' })

/** Why work is stopped whose browser has left. */
export const clientDisconnected = () => new GatewayError('UNAVAILABLE', 'Nobody waits for this any more.')
