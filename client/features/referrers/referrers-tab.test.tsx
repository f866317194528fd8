import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { renderToStaticMarkup } from 'react-dom/server'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { ApiError } from '../../api/http.ts'
import { ReferrersTab } from './referrers-tab.tsx'
import type { FoundReferrers } from './use-referrers.ts'

const nothing: FoundReferrers = {
  referrers: [],
  isLoading: false,
  failures: [],
  unasked: [],
  hasApi: true,
  truncated: false,
  problems: [],
  isComplete: true,
  retry: () => {},
}
const draw = (found: Partial<FoundReferrers>) =>
  renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter>
        <ReferrersTab repository={'a' as Repository} found={{ ...nothing, ...found }} names={new Map()} />
      </MemoryRouter>
    </QueryClientProvider>,
  )

test('that a registry has no referrers API is said in a line, and nothing more', () => {
  expect(draw({})).not.toContain('This registry')
  const page = draw({ hasApi: false })
  expect(page).toContain('Nothing refers to this')
  expect(page).toContain('This registry has no referrers API. Tags and the index were read instead.')
  expect(page).not.toContain('role="alert"')
})

test('a list that could not be asked for is no alarm: why, and another try', () => {
  const refused = new ApiError(403, {
    code: 'DENIED',
    message: 'The registry does not let this account list it.',
  })
  const page = draw({ unasked: [refused], isComplete: false })
  expect(page).toContain('whether there is more is not known')
  expect(page).toContain(
    'The referrers API could not be read. The registry does not let this account list it. Tags and the index',
  )
  expect(page).toContain('Try again')
  expect(page).not.toContain('role="alert"')
})
