// The panes that come after the list of repositories: each a chunk of its own, loaded when something is opened.

import type { prefetchImage } from '../api/image.ts'

export const loadTagsPane = () => import('./tags-pane.tsx').then(({ TagsPane }) => ({ default: TagsPane }))
export const loadImagePane = () =>
  import('./image-pane.tsx').then(({ ImagePane }) => ({ default: ImagePane }))

/** Asks for an image and for the code of its pane at once. */
export function startImage(...image: Parameters<typeof prefetchImage>): void {
  void loadImagePane()
  void import('../api/image.ts').then((api) => api.prefetchImage(...image))
}
