// Errors in the words of distribution 3.

import type { Answer } from './faults.ts'

const ERRORS = {
  UNAUTHORIZED: [401, 'authentication required'],
  DENIED: [403, 'requested access to the resource is denied'],
  UNSUPPORTED: [405, 'The operation is unsupported.'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown'],
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  PAGINATION_NUMBER_INVALID: [400, 'invalid number of results requested'],
} as const

/** An answer in the envelope of the distribution spec. */
export function registryError(code: keyof typeof ERRORS, detail?: unknown, message?: string): Answer {
  const [status, text] = ERRORS[code]
  return json({ errors: [{ code, message: message ?? text, detail }] }, status)
}

/** What no route matches: plain text, as Go's router says it. */
export const NO_ROUTE: Answer = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: '404 page not found\n',
}

export function json(value: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
}
