import { expect, test } from 'vitest'
import { ApiError } from '../../api/http.ts'
import { byReason } from './use-referrers.ts'

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
