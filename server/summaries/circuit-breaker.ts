// When to stop asking: a refusal that every further tag would meet too.

import type { GatewayError } from '../errors.ts'

/** True of every request this subject could make. */
const AT_ONCE = new Set<unknown>([
  'service_account_refused',
  'wrong_auth_type',
  'realm_refused',
  'untrusted_certificate',
])
/** So many in a row without one answer in between, and it is no matter of single tags. */
const IN_A_ROW = 8

/** Whether a failure may be about more than its own tag. What is wrong with the answer itself is not. */
function concernsOthers({ code, reason }: GatewayError): boolean {
  if (code === 'UNAVAILABLE') return reason !== 'bad_answer'
  return code === 'DENIED' || code === 'TOOMANYREQUESTS'
}

/**
 * Watches the outcomes of one stream, in the order they come.
 *
 * @returns tells for each outcome whether to give up. At once: a login that is missing or over, Gantry's own
 *   account or settings. After eight in a row: denied (some registries deny single tags), asked to slow down,
 *   down, timed out. Never: what is wrong with one tag's documents.
 */
export function createCircuitBreaker(): (failure: GatewayError | undefined) => boolean {
  let inARow = 0
  return (failure) => {
    if (failure !== undefined && (failure.code === 'UNAUTHORIZED' || AT_ONCE.has(failure.reason))) return true
    inARow = failure !== undefined && concernsOthers(failure) ? inARow + 1 : 0
    return inARow >= IN_A_ROW
  }
}
