import { expect, test } from 'vitest'
import { ApiError } from '../../api/http.ts'
import { byReason, isApiAlone } from './use-referrers.ts'

const down = () =>
  new ApiError(502, { code: 'UNAVAILABLE', message: 'no answer', detail: { reason: 'registry_down' } })
const denied = new ApiError(403, { code: 'DENIED', message: 'not yours' })

test('what failed for one reason is told once, with every place', () => {
  const [first, second] = [down(), down()]
  expect(
    byReason([
      { source: 'referrers API', error: first },
      { source: 'fallback tag', error: denied },
      { source: 'cosign tag', error: second },
      { source: 'cosign tag', error: second },
    ]),
  ).toEqual([
    { sources: ['referrers API', 'cosign tag'], error: first },
    { sources: ['fallback tag'], error: denied },
  ])
  expect(byReason([])).toEqual([])
})

test.each([
  ['the registry’s own list refuses', ['referrers API'] as const, denied, true],
  ['or fails', ['referrers API'] as const, down(), true],
  ['others fail for that reason too', ['referrers API', 'fallback tag'] as const, down(), false],
  ['another one fails', ['cosign tag'] as const, denied, false],
  ['it asks to slow down', ['referrers API'] as const, new ApiError(429, { code: 'X', message: '' }), false],
  ['the session is over', ['referrers API'] as const, new ApiError(401, { code: 'X', message: '' }), false],
  ['this page is at fault', ['referrers API'] as const, new Error('ours'), false],
])('%s: said calmly is %s', (_name, sources, error, calm) => {
  expect(isApiAlone({ sources, error })).toBe(calm)
})
