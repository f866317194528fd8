// The one error shape of /v2 and /api: the distribution spec's envelope.

/** One entry of an error answer (distribution-spec, "Error Codes"). `message` is text for a person. */
export interface ErrorEntry {
  readonly code: string
  readonly message: string
  readonly detail?: unknown
}

export interface ErrorEnvelope {
  readonly errors: readonly ErrorEntry[]
}

/** Why the registry side could not answer: `detail.reason` of an `UNAVAILABLE` entry. */
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

/** Why somebody has to log in (again): `detail.reason` of an `UNAUTHORIZED` entry. */
export type UnauthorizedReason = 'login_required' | 'session_ended' | 'password_refused'

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Reads an error body that anybody may have written.
 *
 * @returns the envelope with the entries that have a code (an absent message becomes ''),
 *   or undefined if the value is no envelope or has no such entry. Never throws.
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

/** `detail.reason` of an entry, if it names one. */
export function reasonOf(entry: ErrorEntry | undefined): string | undefined {
  return isObject(entry?.detail) && typeof entry.detail.reason === 'string' ? entry.detail.reason : undefined
}

/** Seconds the registry asks to wait, where there is no header field to say so: `detail.retryAfterSeconds`. */
export function retryAfterOf(entry: ErrorEntry): number | undefined {
  const seconds = isObject(entry.detail) ? entry.detail.retryAfterSeconds : undefined
  return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined
}
