// The one error shape of /v2 and /api: the distribution spec's envelope.

/** One entry of an error response (distribution-spec, "Error Codes"). `message` is meant for people. */
export interface ErrorEntry {
  readonly code: string
  readonly message: string
  readonly detail?: unknown
}

export interface ErrorEnvelope {
  readonly errors: readonly ErrorEntry[]
}

/** Why there is no usable response from the registry: `detail.reason` of an `UNAVAILABLE` entry. */
export type UnavailableReason =
  | 'registry_down'
  | 'token_server_down'
  | 'timeout'
  | 'bad_answer'
  | 'untrusted_certificate'
  | 'wrong_auth_type'
  | 'realm_refused'
  | 'service_account_refused'
  | 'store_down'
  | 'overloaded'

/** Why a login is needed: `detail.reason` of an `UNAUTHORIZED` entry. */
export type UnauthorizedReason = 'login_required' | 'session_ended' | 'password_refused'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads an error body; untrusted.
 *
 * @returns the envelope with the entries that have a code (an absent message becomes ''),
 *   or undefined if the value is not an envelope or has no such entry. Never throws.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
export function parseErrorEnvelope(value: unknown): ErrorEnvelope | undefined {
  if (!isObject(value) || !Array.isArray(value.errors)) return undefined
  const errors = value.errors.flatMap((entry: unknown): ErrorEntry[] => {
    if (!isObject(entry) || typeof entry.code !== 'string' || entry.code === '') return []
    const message = typeof entry.message === 'string' ? entry.message : ''
    return [
      entry.detail === undefined
        ? { code: entry.code, message }
        : { code: entry.code, message, detail: entry.detail },
    ]
  })
  return errors.length === 0 ? undefined : { errors }
}

/** `detail.reason` of an entry, if it has one. */
export function reasonOf(entry: ErrorEntry | undefined): string | undefined {
  return isObject(entry?.detail) && typeof entry.detail.reason === 'string' ? entry.detail.reason : undefined
}

/** Whether the message may be the registry's own: Gantry then keeps the registry's code as `detail.registryCode`. */
export function isRegistryMessage({ detail }: Pick<ErrorEntry, 'detail'>): boolean {
  return isObject(detail) && typeof detail.registryCode === 'string'
}

/** Seconds to wait, for an entry without a response header of its own: `detail.retryAfterSeconds`. */
export function retryAfterOf(entry: ErrorEntry): number | undefined {
  const seconds = isObject(entry.detail) ? entry.detail.retryAfterSeconds : undefined
  return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined
}
