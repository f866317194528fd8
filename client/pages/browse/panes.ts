// The panes that come after the list of repositories: each a chunk of its own, loaded when something is opened.

import type { QueryClient } from '@tanstack/react-query'
import type { Repository } from '../../../shared/oci/reference.ts'
import { tagsOf } from '../../api/tags.ts'
import { late } from '../../components/late.tsx'
import { knownSummary } from '../../features/tags/known-summary.ts'

export const TagsPane = late(async () => (await import('./tags-pane.tsx')).TagsPane)
export const ImagePane = late(async () => (await import('./image-pane.tsx')).ImagePane)

/** Asks for the tags of a repository, for the code of their pane, and for what it will show first. */
export function startTags(queryClient: QueryClient, repository: Repository, search: URLSearchParams): void {
  const tags = queryClient.fetchQuery(tagsOf(repository))
  TagsPane.load()
  // a list or code that does not come is told of where it is needed
  Promise.all([import('./tags-pane.tsx'), tags]).then(
    ([pane, list]) => pane.askAhead(queryClient, repository, search, list.tags),
    () => {},
  )
}

/** Asks for an image and for the code of its pane at once; see `prefetchImage`. */
export function startImage(
  queryClient: QueryClient,
  repository: Repository,
  name: string,
  platform: string | null,
): void {
  ImagePane.load()
  const row = knownSummary(queryClient, repository, name)
  void import('../../api/image.ts').then((api) =>
    api.prefetchImage(queryClient, repository, name, platform, row),
  )
}
