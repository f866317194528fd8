// The panes that come after the list of repositories: each a chunk of its own, loaded when something is opened.

import type { QueryClient } from '@tanstack/react-query'
import type { Repository } from '../../shared/oci/reference.ts'
import { knownSummary } from '../features/tags/known-summary.ts'

export const loadTagsPane = () => import('./tags-pane.tsx').then(({ TagsPane }) => ({ default: TagsPane }))
export const loadImagePane = () =>
  import('./image-pane.tsx').then(({ ImagePane }) => ({ default: ImagePane }))

/** Asks for an image and for the code of its pane at once; see `prefetchImage`. */
export function startImage(
  queryClient: QueryClient,
  repository: Repository,
  name: string,
  platform: string | null,
): void {
  void loadImagePane()
  const row = knownSummary(queryClient, repository, name)
  void import('../api/image.ts').then((api) =>
    api.prefetchImage(queryClient, repository, name, platform, row),
  )
}
