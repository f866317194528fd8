import { expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { createResignation } from './circuit-breaker.ts'

const unavailable = (reason: 'bad_answer' | 'timeout' | 'registry_down' | 'service_account_refused') =>
  new GatewayError('UNAVAILABLE', '', { reason })
const denied = new GatewayError('DENIED', '')
const gone = new GatewayError('MANIFEST_UNKNOWN', '')

test.each([
  ['a login is missing', new GatewayError('UNAUTHORIZED', '', { reason: 'login_required' })],
  ['the session is over', new GatewayError('UNAUTHORIZED', '', { reason: 'session_ended' })],
  ['Gantry’s own account is refused', unavailable('service_account_refused')],
])('it gives up at once when %s', (_name, failure) => {
  expect(createResignation()(failure)).toBe(true)
})

test.each([
  ['denied', denied],
  ['down', unavailable('registry_down')],
  ['too slow', unavailable('timeout')],
  ['asked to slow down', new GatewayError('TOOMANYREQUESTS', '')],
])('it gives up after eight in a row: %s', (_name, failure) => {
  const resigns = createResignation()
  expect(Array.from({ length: 8 }, () => resigns(failure))).toEqual([...Array(7).fill(false), true])
})

test.each([
  ['a summary', undefined],
  ['a tag that is gone', gone],
])('one answer in between, and it goes on: %s', (_name, answer) => {
  const resigns = createResignation()
  const outcomes = [...Array(7).fill(denied), answer, ...Array(7).fill(denied)]
  expect(outcomes.map(resigns)).not.toContain(true)
})

test('nonsense spoils its own row only, however often', () => {
  const resigns = createResignation()
  const outcomes = Array.from({ length: 100 }, (_, n) => (n % 2 ? unavailable('bad_answer') : gone))
  expect(outcomes.map(resigns)).not.toContain(true)
})
