import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseErrorEnvelope, reasonOf } from './errors.ts'

test.each<[string, unknown, unknown]>([
  [
    'as the specification has it',
    { errors: [{ code: 'DENIED', message: 'no', detail: { x: 1 } }] },
    { errors: [{ code: 'DENIED', message: 'no', detail: { x: 1 } }] },
  ],
  ['without message', { errors: [{ code: 'DENIED' }] }, { errors: [{ code: 'DENIED', message: '' }] }],
  [
    'entries that are none fall out',
    { errors: [null, 5, {}, { code: '' }, { code: 'X', message: 7 }] },
    { errors: [{ code: 'X', message: '' }] },
  ],
  ['empty', { errors: [] }, undefined],
  ['errors that are no list', { errors: 'x' }, undefined],
  ['nothing', undefined, undefined],
])('parseErrorEnvelope: %s', (_name, value, expected) => {
  expect(parseErrorEnvelope(value)).toEqual(expected)
})

test('parseErrorEnvelope never throws', () => {
  fc.assert(
    fc.property(
      fc.anything(),
      (value) =>
        [undefined, 'object'].includes(typeof parseErrorEnvelope(value) as never) ||
        parseErrorEnvelope(value) === undefined,
    ),
  )
})

test('reasonOf finds a reason or nothing', () => {
  expect(reasonOf({ code: 'UNAVAILABLE', message: '', detail: { reason: 'timeout' } })).toBe('timeout')
  expect(reasonOf({ code: 'UNAVAILABLE', message: '', detail: 'timeout' })).toBeUndefined()
  expect(reasonOf(undefined)).toBeUndefined()
})
