// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { expect, test, vi } from 'vitest'
import { parseRepository, type Tag } from '../../../shared/oci/reference.ts'
import { tagsOf } from '../../api/tags.ts'
import { summariesKey } from '../tags/known-summary.ts'
import { createSummaryStore } from '../tags/summary-store.ts'
import { followDeletions, showDeletion } from './after-deletion.ts'

const repository = parseRepository('team/app')!
const { queryKey } = tagsOf(repository)

/** A tab that knows three tags, their summaries and some manifests. */
async function tab() {
  const queryClient = new QueryClient()
  const tags = ['2.0', '1.1', '1.0'] as Tag[]
  const asked: (readonly Tag[])[] = []
  queryClient.setQueryData(queryKey, { tags, incomplete: false })
  const store = createSummaryStore({
    now: Date.now,
    fetch: async (wanted, _signal, onRow) => {
      asked.push(wanted)
      for (const tag of wanted) onRow({ tag, digest: 'sha256:a', mediaType: 'm', platforms: [] })
    },
  })
  queryClient.setQueryData(summariesKey(repository), store)
  store.show(tags)
  await expect.poll(() => tags.every(store.isKnown)).toBe(true)
  for (const name of ['1.0', '2.0', 'sha256:a'])
    queryClient.setQueryData(['manifest', repository, name], name)
  const manifests = () =>
    queryClient.getQueriesData({ queryKey: ['manifest', repository] }).map(([, data]) => data)
  const isStale = () => queryClient.getQueryState(queryKey)?.isInvalidated
  return { queryClient, store, asked, manifests, isStale }
}

test('what is gone is gone from the list, the summaries and the manifests; the registry is asked once more', async () => {
  const { queryClient, store, manifests, isStale } = await tab()
  await showDeletion(queryClient, repository, new Set(['1.0', '1.1']))
  expect(queryClient.getQueryData(queryKey)?.tags).toEqual(['2.0'])
  expect([...store.snapshot().known.keys()]).toEqual(['2.0'])
  expect(manifests()).toEqual(['2.0', 'sha256:a'])
  expect(isStale()).toBe(true)
})

test('a list that is empty now is not asked for: some registries would not know the repository', async () => {
  const { queryClient, isStale } = await tab()
  await showDeletion(queryClient, repository, new Set(['1.0', '1.1', '2.0']))
  expect([queryClient.getQueryData(queryKey)?.tags, isStale()]).toEqual([[], false])
})

test('another tab asks again for what it shows of that repository, and is told no more than its name', async () => {
  const here = await tab()
  followDeletions(here.queryClient)
  followDeletions(here.queryClient)
  const told = vi.fn()
  const channel = new BroadcastChannel(`deletions of ${document.baseURI}`)
  channel.addEventListener('message', ({ data }) => told(data))
  await showDeletion((await tab()).queryClient, repository, new Set(['1.0']))
  await expect.poll(() => told).toHaveBeenCalledWith('team/app')

  // messages of one's own tab do not come back: another document says the same
  channel.postMessage('team/app')
  await expect.poll(() => here.isStale()).toBe(true)
  expect(here.manifests()).toEqual(['sha256:a'])
  // what is in view, once more
  await expect.poll(() => here.asked).toHaveLength(2)
  channel.postMessage({ hostile: true })
  channel.close()
})
