// What a failure means to the person in front of it.

import { isRegistryMessage } from '../../shared/errors.ts'
import { ApiError } from './http.ts'

/** The states a page tells apart, besides loading, empty and no match. */
export type FailureKind = 'login' | 'denied' | 'not-found' | 'failed'

export interface Explanation {
  readonly kind: FailureKind
  readonly title: string
  /** The cause, and what to change. */
  readonly hint: string
  readonly retryAfterSeconds: number | undefined
}

const TITLES: Readonly<Record<string, string>> = {
  registry_down: 'The registry cannot be reached',
  token_server_down: 'The token server cannot be reached',
  timeout: 'The registry takes too long',
  bad_answer: 'The registry’s answer makes no sense',
  untrusted_certificate: 'The registry’s certificate is not trusted',
  wrong_auth_type: 'The registry asks for another kind of login',
  realm_refused: 'The token server is not allowed',
  service_account_refused: 'Gantry’s own account is refused',
  store_down: 'Gantry’s session store cannot be reached',
  login_limit: 'Too many logins were refused',
  overloaded: 'Too much is going on just now',
}

/** In place of a registry's short message for the code. */
const UNKNOWN: Readonly<Record<string, string>> = {
  NAME_UNKNOWN: 'The registry has no repository of this name, or nothing was pushed to it yet.',
  MANIFEST_UNKNOWN: 'The registry has no manifest for it: it was deleted, or what it points to is gone.',
  BLOB_UNKNOWN: 'The registry has lost this blob, or it was never pushed.',
}

/** Gantry's own messages are shown as they are; of the registry's, those with a clearer sentence here are replaced. */
const hintFor = (error: ApiError) =>
  (isRegistryMessage(error) ? UNKNOWN[error.code] : undefined) ?? error.message

function kindOf({ status, code }: ApiError): FailureKind {
  if (status === 401) return 'login'
  if (status === 403) return 'denied'
  return status === 404 || code.endsWith('_UNKNOWN') ? 'not-found' : 'failed'
}

/** Puts anything that was thrown into words. Never throws. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof ApiError))
    return {
      kind: 'failed',
      title: 'Something went wrong on this page',
      hint: 'A part of it failed or could not be loaded. Reload it to go on.',
      retryAfterSeconds: undefined,
    }
  const kind = kindOf(error)
  const titles = {
    login: 'A login is needed',
    denied: 'Not allowed',
    'not-found': 'Not found',
    failed: 'This did not work',
  }
  const title =
    TITLES[error.reason ?? ''] ?? (error.status === 429 ? 'The registry asks to slow down' : titles[kind])
  const shown = kind === 'failed' ? title : titles[kind]
  const hint = hintFor(error)
  return {
    kind,
    title: shown,
    // what the title says already is not said again
    hint: hint.startsWith(`${shown}. `) ? hint.slice(shown.length + 2) : hint,
    retryAfterSeconds: error.retryAfterSeconds,
  }
}
