import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { knownSummary, summariesKey } from './known-summary.ts'
import { createSummaryStore } from './summary-store.ts'

test('what a table has been told of a tag is known, and nothing else', async () => {
  const client = new QueryClient()
  const row = { tag: '1', digest: 'sha256:a', mediaType: 'm', platforms: [] }
  const store = createSummaryStore({ now: () => 0, fetch: async (_tags, _signal, onRow) => onRow(row) })
  const repository = 'a/b' as Repository
  expect(knownSummary(client, repository, '1')).toBeUndefined()
  client.setQueryData(summariesKey(repository), store)
  store.show(['1' as Tag])
  await Promise.resolve()
  expect(knownSummary(client, repository, '1')).toEqual(row)
  expect(knownSummary(client, repository, '2')).toBeUndefined()
  expect(knownSummary(client, 'a' as Repository, '1')).toBeUndefined()
  store.rest()
})
