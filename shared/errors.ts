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

/** `code` of an entry: of the distribution spec where one fits. */
export type ErrorCode =
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'MANIFEST_UNKNOWN'
  | 'BLOB_UNKNOWN'
  /** The registry holds under the right digest a document that is not a manifest. */
  | 'MANIFEST_INVALID'
  | 'UNSUPPORTED'
  /** Not of the spec: a malformed request to Gantry's own API. */
  | 'REQUEST_INVALID'
  | 'PAGINATION_NUMBER_INVALID'
  /** Not of the spec: the plan no longer matches the repository. */
  | 'CONFLICT'
  | 'MISDIRECTED'
  | 'TOOMANYREQUESTS'
  /** Distribution's own: registry, token server, session store or Gantry cannot respond now. */
  | 'UNAVAILABLE'

/** `detail.reason` of an entry. With the code it tells the page which sentence to show (server/errors.ts has all). */
export type Reason =
  // of `UNAUTHORIZED`
  | 'login_required'
  | 'session_ended'
  | 'password_refused'
  | 'page_password_required'
  // of `UNAVAILABLE`
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
  | 'stopping'
  // of `TOOMANYREQUESTS`
  | 'login_limit'
  | 'registry_slow_down'
  | 'token_server_slow_down'
  | 'too_many_streams'
  // of `DENIED`
  | 'catalog_denied'
  | 'tags_denied'
  | 'referrers_denied'
  | 'deletion_denied'
  | 'registry_denied'
  | 'repository_denied'
  | 'deletion_unproven'
  | 'deletion_needs_login'
  | 'deletion_needs_public_url'
  | 'cross_site'
  | 'origin_mismatch'
  // of `CONFLICT`
  | 'tag_moved'
  | 'no_single_tags'
  | 'siblings_gone'
  // of `UNSUPPORTED`
  | 'no_login'
  | 'login_off'
  | 'unsupported'
  | 'method_unsupported'
  | 'only_manifests_deleted'
  | 'deletion_off'
  | 'deletion_unsupported'
  | 'deletion_by_digest_only'
  | 'too_much_to_read'
  | 'schema1_image'
  // of what is unknown
  | 'ping_unknown'
  | 'catalog_unknown'
  | 'repository_unknown'
  | 'manifest_unknown'
  | 'blob_unknown'
  | 'referrers_unknown'
  | 'not_found'
  | 'path_unknown'
  // of what is invalid
  | 'manifest_invalid'
  | 'manifest_too_large'
  | 'repository_invalid'
  | 'query_invalid'
  | 'page_too_large'
  | 'next_page_invalid'
  | 'range_invalid'
  | 'request_not_understood'
  | 'body_invalid'
  | 'malformed'
  | 'misdirected'

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

/** Seconds the registry asks to wait, where there is no header field to say so: `detail.retryAfterSeconds`. */
export function retryAfterOf(entry: ErrorEntry): number | undefined {
  const seconds = isObject(entry.detail) ? entry.detail.retryAfterSeconds : undefined
  return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined
}
