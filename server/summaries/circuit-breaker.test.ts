import { expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'

const unavailable = (reason: 'bad_answer' | 'timeout' | 'registry_down' | 'service_account_refused') =>
  new GatewayError('UNAVAILABLE', '', { reason })
const denied = new GatewayError('DENIED', '')
const gone = new GatewayError('MANIFEST_UNKNOWN', '')

test.each([
  ['a login is missing', new GatewayError('UNAUTHORIZED', '', { reason: 'login_required' })],
  ['the session is over', new GatewayError('UNAUTHORIZED', '', { reason: 'session_ended' })],
  ['Gantry’s own account is refused', unavailable('service_account_refused')],
])('it gives up at once when %s', (_name, failure) => {
  expect(createCircuitBreaker()(failure)).toBe(true)
})

test.each([
  ['denied', denied],
  ['down', unavailable('registry_down')],
  ['too slow', unavailable('timeout')],
  ['asked to slow down', new GatewayError('TOOMANYREQUESTS', '')],
])('it gives up after eight in a row: %s', (_name, failure) => {
  const isOpen = createCircuitBreaker()
  expect(Array.from({ length: 8 }, () => isOpen(failure))).toEqual([...Array(7).fill(false), true])
})

test.each([
  ['a summary', undefined],
  ['a tag that is gone', gone],
])('one answer in between, and it goes on: %s', (_name, answer) => {
  const isOpen = createCircuitBreaker()
  const outcomes = [...Array(7).fill(denied), answer, ...Array(7).fill(denied)]
  expect(outcomes.map(isOpen)).not.toContain(true)
})

test('nonsense spoils its own row only, however often', () => {
  const isOpen = createCircuitBreaker()
  const outcomes = Array.from({ length: 100 }, (_, n) => (n % 2 ? unavailable('bad_answer') : gone))
  expect(outcomes.map(isOpen)).not.toContain(true)
})
