import type { Answer } from './faults.ts'

declare const ERRORS: {
  readonly UNAUTHORIZED: readonly [401, 'authentication required']
  readonly UNSUPPORTED: readonly [405, 'The operation is unsupported.']
  readonly NAME_UNKNOWN: readonly [404, 'repository name not known to registry']
  readonly MANIFEST_UNKNOWN: readonly [404, 'manifest unknown']
  readonly BLOB_UNKNOWN: readonly [404, 'blob unknown to registry']
  readonly DIGEST_INVALID: readonly [400, 'provided digest did not match uploaded content']
  readonly PAGINATION_NUMBER_INVALID: readonly [400, 'invalid number of results requested']
}
/** An answer in the envelope of the distribution spec. */
export declare function registryError(code: keyof typeof ERRORS, detail?: unknown, message?: string): Answer
/** What no route matches: plain text, as Go's router says it. */
export declare const NO_ROUTE: Answer
export declare function json(value: unknown, status?: number): Answer
