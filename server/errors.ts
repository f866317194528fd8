// Every failure that this server raises on purpose: its code, reason, parameters and sentence. Nothing decides by the
// sentence; it is for clients and scripts that print it, and for the page where it has none of its own.

import type { ErrorCode, ErrorEntry, ErrorEnvelope, Reason } from '../shared/errors.ts'

/** Code to HTTP status. A code of the distribution spec where one fits; UNAVAILABLE is distribution's own. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  UNAUTHORIZED: 401,
  DENIED: 403,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  MANIFEST_UNKNOWN: 404,
  BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 502,
  UNSUPPORTED: 405,
  REQUEST_INVALID: 400,
  PAGINATION_NUMBER_INVALID: 400,
  CONFLICT: 409,
  MISDIRECTED: 421,
  TOOMANYREQUESTS: 429,
  UNAVAILABLE: 502,
}

/** Of UNAVAILABLE, where the reason says more than 502. */
const UNAVAILABLE_STATUS: Partial<Record<Reason, number>> = {
  timeout: 504,
  store_down: 503,
  overloaded: 503,
}

/** One kind of failure. */
interface Kind<Params> {
  readonly code: ErrorCode
  /** Sent as `detail.reason`; undefined for a fault of Gantry's own. */
  readonly reason: Reason | undefined
  /** Where it differs from the code's. */
  readonly status?: number
  readonly message: (params: Params) => string
  /** The parameters that are sent in `detail`: never a host, a path of this machine or a secret. */
  readonly sent?: readonly (keyof Params)[]
}

type NoParams = Readonly<Record<never, never>>

/** A kind whose sentence has no parameters. */
const kind = (
  code: ErrorCode,
  reason: Reason | undefined,
  message: string,
  status?: number,
): Kind<NoParams> => ({ code, reason, message: () => message, ...(status !== undefined && { status }) })

/** The scopes that an account lacks, separated by spaces; undefined where they are not known. */
interface Denied {
  readonly scope: string | undefined
}
const denied = (reason: Reason, message: string): Kind<Denied> => ({
  code: 'DENIED',
  reason,
  message: () => message,
  sent: ['scope'],
})

/** The registry's own error: its code, and its message, which replaces ours. */
interface FromRegistry {
  readonly registryCode: string | undefined
  readonly registryMessage: string | undefined
}
const fromRegistry = (code: ErrorCode, reason: Reason, ours: string): Kind<FromRegistry> => ({
  code,
  reason,
  message: ({ registryMessage }) => registryMessage ?? ours,
  sent: ['registryCode'],
})

export type UpstreamName = 'registry' | 'token server'
interface OfUpstream {
  readonly upstream: UpstreamName
}
const ofUpstream = (reason: Reason, message: (upstream: UpstreamName) => string): Kind<OfUpstream> => ({
  code: 'UNAVAILABLE',
  reason,
  message: ({ upstream }) => message(upstream),
})

/** A response of the registry, or of its proxy, that is not what the request asks for. */
const invalid = (message: string) => kind('UNAVAILABLE', 'bad_answer', message)

const ALLOW_REALM = 'If it is right, set TOKEN_REALM_ALLOW to its origin (the log names it).'
const realm = (message: string, mend = ALLOW_REALM) =>
  kind('UNAVAILABLE', 'realm_refused', `${message} ${mend}`)

const AUTH_SETTING = {
  none: 'REGISTRY_AUTH_TYPE is none',
  basic: 'REGISTRY_AUTH_TYPE is basic',
  token: 'REGISTRY_AUTH_TYPE is token',
}
const AUTH_SCHEME = {
  basic: 'basic authentication',
  bearer: 'token authentication',
  nothing: 'a login in a way that Gantry does not support',
}
const AUTH_TYPE = { basic: 'basic', bearer: 'token', nothing: undefined }

interface WrongAuthType {
  readonly configured: keyof typeof AUTH_SETTING | undefined
  readonly offered: keyof typeof AUTH_SCHEME
}
function wrongAuthType({ configured, offered }: WrongAuthType): string {
  const setting = configured === undefined ? '' : `, but ${AUTH_SETTING[configured]}`
  const type = AUTH_TYPE[offered]
  const change = type === undefined ? '' : ` Set REGISTRY_AUTH_TYPE=${type}, or leave it unset.`
  return `The registry asks for ${AUTH_SCHEME[offered]}${setting}.${change}`
}

/** Of a proxy's or registry's status that fits none of the others. */
interface WithStatus {
  readonly statusCode: number
}

interface OfTag {
  readonly tag: string
}

/** Every kind, by its id. */
export const CATALOGUE = {
  // logins, sessions and rights
  login_required: kind('UNAUTHORIZED', 'login_required', 'The registry asks for a login.'),
  session_ended: kind('UNAUTHORIZED', 'session_ended', 'Your session has ended. Log in again.'),
  password_refused: kind(
    'UNAUTHORIZED',
    'password_refused',
    'The registry does not accept this name and password.',
  ),
  page_password_required: kind('UNAUTHORIZED', 'page_password_required', 'This page asks for a password.'),
  login_limit: kind(
    'TOOMANYREQUESTS',
    'login_limit',
    'Too many logins were refused. Wait before you try again.',
  ),
  login_undecided: invalid('The registry neither accepts nor refuses this login.'),
  no_login: kind('UNSUPPORTED', 'no_login', 'This registry has no login (REGISTRY_AUTH_TYPE is none).'),
  login_off: kind('UNSUPPORTED', 'login_off', 'Logging in is turned off here (ALLOW_REGISTRY_LOGIN).'),
  too_many_sessions: kind(
    'UNAVAILABLE',
    'overloaded',
    'Too many people are logged in at the moment. Try again later.',
  ),
  store_down: kind(
    'UNAVAILABLE',
    'store_down',
    'Gantry cannot reach its session store. Try again in a moment.',
  ),
  service_account_refused: kind(
    'UNAVAILABLE',
    'service_account_refused',
    'The registry does not accept Gantry’s own account. Check REGISTRY_USERNAME and REGISTRY_PASSWORD.',
  ),
  catalog_denied: denied('catalog_denied', 'This account may not list the registry’s repositories.'),
  tags_denied: denied(
    'tags_denied',
    'This account may not list the tags of this repository, or there is no such repository.',
  ),
  referrers_denied: denied(
    'referrers_denied',
    'The registry does not let this account list the referrers of an image.',
  ),
  deletion_denied: denied(
    'deletion_denied',
    'This account may not delete from this repository. It needs the right “delete” there.',
  ),
  registry_denied: denied('registry_denied', 'This account may not use the registry.'),
  repository_denied: denied(
    'repository_denied',
    'This account may not read this repository, or there is no such repository.',
  ),
  deletion_unproven: kind(
    'DENIED',
    'deletion_unproven',
    'The registry has not asked for a login here, and Gantry deletes nothing without one. If the registry has none, set REGISTRY_AUTH_TYPE=none.',
  ),

  // how the registry authenticates
  wrong_auth_type: {
    code: 'UNAVAILABLE',
    reason: 'wrong_auth_type',
    message: wrongAuthType,
  } satisfies Kind<WrongAuthType>,
  no_challenge: invalid('The registry refuses access without saying how to log in.'),
  realm_unreadable: realm('The registry names a token server with an invalid address.'),
  realm_scheme: realm('The registry names a token server that is not on http or https.'),
  realm_with_user: realm('The registry names a token server with a user name in its address.'),
  realm_forbidden: realm(
    'The registry names a token server at an address that Gantry never uses (link-local or metadata).',
  ),
  realm_on_loopback: realm('The registry names a token server on this machine’s own loopback address.'),
  // never an allowance: it would send the password in the clear, where most such servers only redirect to https
  realm_unencrypted: realm(
    'The registry is on https but names a token server on plain http.',
    'Set TOKEN_SERVER_URL to its https address, path included, or correct the external address that the registry has of itself (the log has the address).',
  ),
  realm_not_allowed: realm('The registry names a token server that is not in TOKEN_REALM_ALLOW.'),
  realm_changed: realm('The registry names another token server than it did before.'),
  realm_resolves_forbidden: kind(
    'UNAVAILABLE',
    'realm_refused',
    'The token server’s name resolves to an address that Gantry never uses. Set TOKEN_REALM_ALLOW or TOKEN_SERVER_URL if it is right.',
  ),
  token_invalid: invalid('The registry’s token server sent no usable token.'),
  token_redirected: invalid(
    'The registry’s token server redirects to another address, and Gantry sends no password after a redirect. Set TOKEN_SERVER_URL to the address it redirects to (the log names it), without its query.',
  ),
  token_not_accepted: invalid(
    'The token server accepts this name and password, but the registry does not accept its token. Check that both have the same service, issuer and key.',
  ),
  token_server_slow_down: kind(
    'TOOMANYREQUESTS',
    'token_server_slow_down',
    'The registry’s token server asks to slow down.',
  ),
  token_server_fault: kind(
    'UNAVAILABLE',
    'token_server_down',
    'The registry’s token server reports an error of its own.',
  ),
  token_server_timeout: kind('UNAVAILABLE', 'timeout', 'The registry’s token server reports a timeout.'),
  token_server_busy: kind(
    'UNAVAILABLE',
    'overloaded',
    'Too many logins need the registry’s token server at the moment.',
  ),

  // the way to registry and token server
  registry_down: kind(
    'UNAVAILABLE',
    'registry_down',
    'The registry cannot be reached. Check that it runs, and REGISTRY_HOST, REGISTRY_PORT or REGISTRY_URL.',
  ),
  token_server_down: kind(
    'UNAVAILABLE',
    'token_server_down',
    'The registry’s token server cannot be reached. Check that it runs and that Gantry can reach it (TOKEN_SERVER_URL).',
  ),
  timeout: ofUpstream('timeout', (upstream) => `The ${upstream} did not respond in time (REGISTRY_TIMEOUT).`),
  untrusted_certificate: ofUpstream(
    'untrusted_certificate',
    (upstream) =>
      `The ${upstream}’s certificate is not trusted. Set REGISTRY_CA_FILE to the CA that signed it, and check the host name in its address.`,
  ),
  not_tls: ofUpstream(
    'bad_answer',
    (upstream) => `The ${upstream} does not speak valid TLS. Is it on plain http (REGISTRY_PROTOCOL)?`,
  ),
  not_http: ofUpstream(
    'bad_answer',
    (upstream) => `The ${upstream} does not speak valid HTTP. Is it on https (REGISTRY_PROTOCOL)?`,
  ),
  broken_off: ofUpstream('bad_answer', (upstream) => `The ${upstream}’s response broke off before its end.`),
  encoding_invalid: ofUpstream(
    'bad_answer',
    (upstream) => `The ${upstream}’s response is compressed and cannot be unpacked.`,
  ),
  encoding_unknown: ofUpstream(
    'bad_answer',
    (upstream) => `The ${upstream}’s response is compressed in a way that Gantry does not support.`,
  ),
  response_too_large: ofUpstream(
    'bad_answer',
    (upstream) => `The ${upstream}’s response is too large (more than 32 MiB).`,
  ),
  registry_moved: invalid('The registry’s address redirects to another one. Set REGISTRY_URL to that one.'),
  redirect_invalid: invalid('The registry redirects to an invalid address.'),
  redirect_of_referrers: invalid('The registry redirects its list of referrers to another place.'),
  redirect_unencrypted: invalid('The registry redirects to an unencrypted address.'),
  redirect_forbidden: invalid('The registry redirects to an address that Gantry never uses.'),
  redirect_circle: invalid('The registry redirects in circles.'),
  redirect_unfollowed: invalid('The registry sends a redirect that cannot be followed.'),
  storage_refused: invalid('The storage that the registry redirects this request to has refused it.'),

  // the registry's responses
  ping_unknown: fromRegistry(
    'NAME_UNKNOWN',
    'ping_unknown',
    'This server does not speak the registry API at /v2/.',
  ),
  catalog_unknown: fromRegistry(
    'NAME_UNKNOWN',
    'catalog_unknown',
    'This registry has no catalog of its repositories.',
  ),
  repository_unknown: fromRegistry(
    'NAME_UNKNOWN',
    'repository_unknown',
    'The registry has no such repository.',
  ),
  manifest_unknown: fromRegistry(
    'MANIFEST_UNKNOWN',
    'manifest_unknown',
    'The registry has no such manifest.',
  ),
  blob_unknown: fromRegistry('BLOB_UNKNOWN', 'blob_unknown', 'The registry has no such blob.'),
  referrers_unknown: fromRegistry(
    'NAME_UNKNOWN',
    'referrers_unknown',
    'This registry cannot list referrers.',
  ),
  unsupported: fromRegistry('UNSUPPORTED', 'unsupported', 'The registry does not support this.'),
  page_too_large: fromRegistry(
    'PAGINATION_NUMBER_INVALID',
    'page_too_large',
    'The registry allows smaller pages only.',
  ),
  request_not_understood: fromRegistry(
    'REQUEST_INVALID',
    'request_not_understood',
    'The registry does not understand this request.',
  ),
  deletion_unsupported: {
    code: 'UNSUPPORTED',
    reason: 'deletion_unsupported',
    message: () =>
      'The registry does not delete. Its operator can allow it (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true); a pull-through cache never does.',
    sent: ['registryCode'],
  } satisfies Kind<FromRegistry>,
  deletion_by_digest_only: {
    code: 'UNSUPPORTED',
    reason: 'deletion_by_digest_only',
    message: () =>
      'This registry deletes whole manifests only, by their digest, and all their tags with them.',
    sent: ['registryCode'],
  } satisfies Kind<FromRegistry>,
  range_invalid: kind('REQUEST_INVALID', 'range_invalid', 'The blob has no such range.', 416),
  registry_slow_down: kind(
    'TOOMANYREQUESTS',
    'registry_slow_down',
    'The registry asks to slow down. Wait a little before you try again.',
  ),
  registry_unavailable: kind(
    'UNAVAILABLE',
    'registry_down',
    'The registry is not available at the moment.',
    503,
  ),
  registry_timeout: kind('UNAVAILABLE', 'timeout', 'The registry did not respond in time.'),
  registry_bad_gateway: {
    code: 'UNAVAILABLE',
    reason: 'registry_down',
    message: ({ statusCode }) => `The registry reports an error of its own (status ${statusCode}).`,
  } satisfies Kind<WithStatus>,
  registry_fault: {
    code: 'UNAVAILABLE',
    reason: 'bad_answer',
    message: ({ statusCode }) => `The registry reports an error of its own (status ${statusCode}).`,
  } satisfies Kind<WithStatus>,
  status_unexpected: {
    code: 'UNAVAILABLE',
    reason: 'bad_answer',
    message: ({ statusCode }) => `Invalid response from the registry (status ${statusCode}).`,
  } satisfies Kind<WithStatus>,
  ping_unexpected: {
    code: 'UNAVAILABLE',
    reason: 'bad_answer',
    message: ({ statusCode }) =>
      `The server at the registry’s address is not a registry: its /v2/ responds with ${statusCode}.${statusCode === 400 ? ' Is it on https (REGISTRY_PROTOCOL)?' : ''}`,
  } satisfies Kind<WithStatus>,
  not_a_registry: invalid(
    'The server at the registry’s address is not a registry, or a proxy stands between (it sent no JSON).',
  ),
  digest_algorithm_unknown: invalid('Gantry does not support the algorithm of this digest.'),
  digest_mismatch: invalid('The registry’s response does not match its digest: it was changed or cut off.'),
  document_invalid: invalid('The registry’s response is not JSON, or more deeply nested than Gantry reads.'),
  document_too_large: invalid('The registry’s response is larger than 4 MiB.'),
  tags_invalid: invalid('The registry’s response is not a list of tags.'),
  tags_incomplete: invalid('The registry’s list of tags cannot be read to its end: some may be missing.'),
  schema1_image: kind(
    'UNSUPPORTED',
    'schema1_image',
    'This image is in Docker’s schema 1, which no client pulls any more.',
  ),
  manifest_invalid: {
    code: 'MANIFEST_INVALID',
    reason: 'manifest_invalid',
    message: ({ problem }) => `This is not a valid manifest. ${problem}`,
  } satisfies Kind<{ readonly problem: string }>,
  manifest_too_large: kind(
    'MANIFEST_INVALID',
    'manifest_too_large',
    'It names more than Gantry reads of one manifest.',
  ),

  // load
  busy: kind('UNAVAILABLE', 'overloaded', 'Gantry is busy. Try again in a moment.'),
  too_many_streams: kind(
    'TOOMANYREQUESTS',
    'too_many_streams',
    'Too many lists of tags are being read at once.',
  ),
  client_disconnected: kind('UNAVAILABLE', undefined, 'The client disconnected.'),

  // requests to Gantry
  path_unknown: kind('NAME_INVALID', 'path_unknown', 'No such registry path.', 404),
  repository_invalid: kind('NAME_INVALID', 'repository_invalid', 'This is not a repository’s name.'),
  query_invalid: {
    code: 'PAGINATION_NUMBER_INVALID',
    reason: 'query_invalid',
    message: ({ name }) => `The query parameter ${name} is not valid.`,
  } satisfies Kind<{ readonly name: string }>,
  next_page_invalid: kind(
    'REQUEST_INVALID',
    'next_page_invalid',
    'This next page was not named by Gantry, or under a secret that no longer holds: load the list again.',
  ),
  method_unsupported: {
    code: 'UNSUPPORTED',
    reason: 'method_unsupported',
    message: ({ method }) => `Gantry does not pass ${method} to the registry.`,
  } satisfies Kind<{ readonly method: string }>,
  only_manifests_deleted: kind(
    'UNSUPPORTED',
    'only_manifests_deleted',
    'Only manifests can be deleted through Gantry.',
  ),
  not_found: kind('NAME_UNKNOWN', 'not_found', 'There is nothing here.'),
  cross_site: kind('DENIED', 'cross_site', 'This request was sent by another site.'),
  origin_mismatch: {
    code: 'DENIED',
    reason: 'origin_mismatch',
    message: ({ origin, expected }) =>
      `This request was sent by a page of ${origin}, but Gantry is at ${expected}. If both are right, set PUBLIC_URL to the address people use.`,
  } satisfies Kind<{ readonly origin: string; readonly expected: string }>,
  misdirected: kind('MISDIRECTED', 'misdirected', 'This is not the address of Gantry that PUBLIC_URL names.'),
  body_invalid: {
    code: 'REQUEST_INVALID',
    reason: 'body_invalid',
    message: ({ expected }) => expected,
  } satisfies Kind<{ readonly expected: string }>,
  /** Refused by the HTTP server or Fastify, whose own messages may quote the request. */
  malformed: {
    code: 'REQUEST_INVALID',
    reason: 'malformed',
    message: ({ problem }) => problem,
  } satisfies Kind<{ readonly problem: string }>,
  internal: {
    code: 'UNAVAILABLE',
    reason: undefined,
    status: 500,
    message: () => 'Something went wrong inside Gantry; its log has more.',
    sent: ['requestId'],
  } satisfies Kind<{ readonly requestId: string | undefined }>,

  // deletions
  deletion_off: kind(
    'UNSUPPORTED',
    'deletion_off',
    'Deleting is turned off in Gantry (REGISTRY_ALLOW_DELETE).',
  ),
  deletion_needs_login: kind(
    'DENIED',
    'deletion_needs_login',
    'Gantry does not delete with its own account for everybody. Log in with yours.',
  ),
  deletion_needs_public_url: kind(
    'DENIED',
    'deletion_needs_public_url',
    'Deleting without a login is possible only once PUBLIC_URL is set.',
  ),
  too_many_tags: kind(
    'UNAVAILABLE',
    'overloaded',
    'This repository has too many tags to plan a deletion here.',
  ),
  tag_moved: {
    code: 'CONFLICT',
    reason: 'tag_moved',
    message: ({ tag, digest }) =>
      `${tag} ${digest === undefined ? 'is gone' : 'names another manifest by now'}: nothing was deleted. Look at the plan again.`,
    sent: ['tag', 'digest'],
  } satisfies Kind<OfTag & { readonly digest: string | undefined }>,
  tag_ambiguous: {
    code: 'CONFLICT',
    reason: 'tag_moved',
    message: ({ tag }) =>
      `The registry does not say reliably which manifest the tag ${tag} names, or it was moved just now. Try again.`,
    sent: ['tag'],
  } satisfies Kind<OfTag>,
  too_much_to_read: {
    code: 'UNSUPPORTED',
    reason: 'too_much_to_read',
    message: ({ tag, limit }) => `Gantry cannot say what the tag ${tag} would lose: ${limit}.`,
    sent: ['tag'],
  } satisfies Kind<OfTag & { readonly limit: string }>,
  no_single_tags: kind(
    'CONFLICT',
    'no_single_tags',
    'This registry removes whole manifests when it is told to delete a tag: nothing was deleted. Look at the plan again.',
  ),
  siblings_gone: {
    code: 'CONFLICT',
    reason: 'siblings_gone',
    message: ({ tag, tags }) =>
      `This registry says that it deletes single tags, but with ${tag} it has removed ${tags.join(', ')} too. Nothing more was deleted; from now on whole manifests are shown.`,
    sent: ['tags'],
  } satisfies Kind<OfTag & { readonly tags: readonly string[] }>,
}

export type ErrorId = keyof typeof CATALOGUE
type ParamsOf<Id extends ErrorId> =
  Parameters<(typeof CATALOGUE)[Id]['message']> extends readonly [infer Params] ? Params : NoParams

export interface ErrorOptions {
  /** Seconds for a `Retry-After` field. */
  readonly retryAfterSeconds?: number | undefined
  /** What really happened: logged, never sent. */
  readonly cause?: unknown
  /** Of a refusal by the HTTP server or Fastify: its own status. */
  readonly status?: number
}

type ErrorArguments<Id extends ErrorId> = keyof ParamsOf<Id> extends never
  ? [params?: NoParams, options?: ErrorOptions]
  : [params: ParamsOf<Id>, options?: ErrorOptions]

/** Makes a failure of a kind in the catalogue. */
export function gatewayError<Id extends ErrorId>(
  id: Id,
  ...[params, options = {}]: ErrorArguments<Id>
): GatewayError {
  const { code, reason, status, message, sent = [] } = CATALOGUE[id] as Kind<Record<string, unknown>>
  const values: Readonly<Record<string, unknown>> = params ?? {}
  const known = sent.filter((name) => values[name] !== undefined)
  return new GatewayError(code, message(values), {
    id,
    reason,
    detail: Object.fromEntries(known.map((name) => [name, values[name]])),
    retryAfterSeconds: options.retryAfterSeconds,
    status: options.status ?? status,
    cause: options.cause,
  })
}

export interface GatewayErrorOptions {
  readonly id?: ErrorId
  /** Sent as `detail.reason`. */
  readonly reason?: Reason | undefined
  /** Parameters for the browser, merged into `detail`. */
  readonly detail?: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterSeconds?: number | undefined
  /** Overrides the status of code and reason. */
  readonly status?: number | undefined
  readonly cause?: unknown
}

/** A failure whose message and detail may be sent. Made by `gatewayError`, and freely in tests only. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  /** Its kind in the catalogue. */
  readonly id: ErrorId | undefined
  readonly code: ErrorCode
  readonly reason: Reason | undefined
  readonly statusCode: number
  readonly retryAfterSeconds: number | undefined
  readonly #detail: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    const { id, reason, detail = {}, retryAfterSeconds, status } = options
    this.id = id
    this.code = code
    this.reason = reason
    this.retryAfterSeconds = retryAfterSeconds
    this.#detail = detail
    const byReason = code === 'UNAVAILABLE' && reason !== undefined ? UNAVAILABLE_STATUS[reason] : undefined
    this.statusCode = status ?? byReason ?? STATUS[code]
  }

  /** Reason and parameters for the browser; undefined if there are none. */
  get detail(): Readonly<Record<string, unknown>> | undefined {
    const detail = this.reason === undefined ? this.#detail : { reason: this.reason, ...this.#detail }
    return Object.keys(detail).length === 0 ? undefined : detail
  }

  /** The same failure, met while reading a tag without which there is no deletion plan. */
  ofTag(tag: string): GatewayError {
    const { id, code, reason, statusCode, cause, message } = this
    const context = `The tag ${tag} cannot be read, so Gantry cannot say what would be deleted.`
    const detail = { ...this.#detail, tag }
    return new GatewayError(code, `${context} ${message}`, {
      ...(id !== undefined && { id }),
      reason,
      detail,
      status: statusCode,
      cause,
    })
  }

  /** The entry of the error envelope. */
  toEntry(): ErrorEntry {
    const { code, message, detail } = this
    return detail === undefined ? { code, message } : { code, message, detail }
  }

  /** The entry in a line of a stream, which has no header fields: Retry-After is `detail.retryAfterSeconds`. */
  toLine(): ErrorEntry {
    const { retryAfterSeconds } = this
    const entry = this.toEntry()
    return retryAfterSeconds === undefined
      ? entry
      : { ...entry, detail: { ...this.detail, retryAfterSeconds } }
  }

  /** The body of an error response. */
  toEnvelope(): ErrorEnvelope {
    return { errors: [this.toEntry()] }
  }
}
