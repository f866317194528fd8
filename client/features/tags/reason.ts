// Why a tag has no summary, in the few words a row has room for.

import { type ErrorEntry, reasonOf } from '../../../shared/errors.ts'

const BY_REASON: Readonly<Record<string, string>> = {
  timeout: 'took too long',
  registry_down: 'registry unreachable',
  token_server_down: 'token server unreachable',
  bad_answer: 'unreadable',
}
const BY_CODE: Readonly<Record<string, string>> = {
  MANIFEST_UNKNOWN: 'manifest unknown',
  NAME_UNKNOWN: 'repository unknown',
  BLOB_UNKNOWN: 'config missing',
  MANIFEST_BLOB_UNKNOWN: 'parts missing',
  MANIFEST_INVALID: 'manifest invalid',
  UNSUPPORTED: 'not supported',
  DENIED: 'not allowed',
  UNAUTHORIZED: 'login needed',
  TOOMANYREQUESTS: 'registry is busy',
}

/** At most three words; the registry's own message says more. */
export function reasonInWords(error: ErrorEntry): string {
  return BY_REASON[reasonOf(error) ?? ''] ?? BY_CODE[error.code] ?? 'failed'
}
