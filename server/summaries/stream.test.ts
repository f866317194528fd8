import { expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { CircuitBreaker } from './stream.ts'

const unavailable = (reason: 'bad_answer' | 'timeout' | 'registry_down' | 'service_account_refused') =>
  new GatewayError('UNAVAILABLE', '', { reason })
const denied = new GatewayError('DENIED', '')
const gone = new GatewayError('MANIFEST_UNKNOWN', '')

/** Whether the breaker is open after each outcome. */
function recordAll(outcomes: readonly (GatewayError | undefined)[]): readonly boolean[] {
  const breaker = new CircuitBreaker()
  return outcomes.map((failure) => breaker.record(failure))
}

test.each([
  ['a login is missing', new GatewayError('UNAUTHORIZED', '', { reason: 'login_required' })],
  ['the session has ended', new GatewayError('UNAUTHORIZED', '', { reason: 'session_ended' })],
  ['the registry rejects Gantry’s own account', unavailable('service_account_refused')],
])('the circuit breaker opens at once when %s', (_name, failure) => {
  expect(recordAll([failure])).toEqual([true])
})

test.each([
  ['denied', denied],
  ['down', unavailable('registry_down')],
  ['too slow', unavailable('timeout')],
  ['too many requests', new GatewayError('TOOMANYREQUESTS', '')],
])('the circuit breaker opens after eight failures in a row: %s', (_name, failure) => {
  expect(recordAll(Array(8).fill(failure))).toEqual([...Array(7).fill(false), true])
})

test.each([
  ['a summary', undefined],
  ['a missing tag', gone],
])('one other outcome in between keeps the circuit breaker closed: %s', (_name, outcome) => {
  const outcomes = [...Array(7).fill(denied), outcome, ...Array(7).fill(denied)]
  expect(recordAll(outcomes)).not.toContain(true)
})

test('invalid responses fail their own rows only, however many there are', () => {
  const outcomes = Array.from({ length: 100 }, (_, n) => (n % 2 ? unavailable('bad_answer') : gone))
  expect(recordAll(outcomes)).not.toContain(true)
})
