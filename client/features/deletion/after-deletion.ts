// What a deletion changes on every page that shows its repository, in this tab and the others.

import type { QueryClient } from '@tanstack/react-query'
import { parseRepository, type Repository, type Tag } from '../../../shared/oci/reference.ts'
import { tagsOf } from '../../api/tags.ts'
import { type SummaryStore, summariesKey } from '../tags/index.ts'

// other tabs may be somebody else's to look at: which repository is all they are told
const otherTabs = new BroadcastChannel(`deletions of ${document.baseURI}`)

const storeOf = (queryClient: QueryClient, repository: Repository) =>
  queryClient.getQueryData<SummaryStore>(summariesKey(repository))

/** What was kept of these tags' manifests; that of an open page stays until it is left. */
function forgetManifests(queryClient: QueryClient, repository: Repository, isGone: (tag: string) => boolean) {
  queryClient.removeQueries({
    queryKey: ['manifest', repository],
    type: 'inactive',
    predicate: ({ queryKey }) => typeof queryKey[2] === 'string' && isGone(queryKey[2]),
  })
}

/** The list is right at once; whether the registry agrees is asked behind it. */
export async function showDeletion(
  queryClient: QueryClient,
  repository: Repository,
  gone: ReadonlySet<string>,
): Promise<void> {
  const { queryKey } = tagsOf(repository)
  await queryClient.cancelQueries({ queryKey })
  const left = queryClient.setQueryData(
    queryKey,
    (list) => list && { ...list, tags: list.tags.filter((tag) => !gone.has(tag)) },
  )
  storeOf(queryClient, repository)?.forget([...gone] as Tag[])
  forgetManifests(queryClient, repository, (tag) => gone.has(tag))
  if (gone.size > 0) otherTabs.postMessage(repository)
  // some storage does not know a repository without tags any more: nothing to be told of
  if (left?.tags.length !== 0) await queryClient.invalidateQueries({ queryKey })
}

const following = new WeakSet<QueryClient>()

/** Follows deletions in other tabs, from the first time on: until a repository was opened there is nothing to follow. */
export function followDeletions(queryClient: QueryClient): void {
  if (following.has(queryClient)) return
  following.add(queryClient)
  otherTabs.addEventListener('message', ({ data }) => {
    const repository = typeof data === 'string' ? parseRepository(data) : undefined
    if (repository === undefined) return
    storeOf(queryClient, repository)?.expire()
    forgetManifests(queryClient, repository, (name) => !name.includes(':'))
    void queryClient.invalidateQueries({ queryKey: tagsOf(repository).queryKey })
  })
}
