// The panes that come after the list of repositories: each a chunk of its own, loaded when something is opened.

import type { prefetchImage } from '../api/image.ts'
import { late } from './late.tsx'

export const TagsPane = late(async () => (await import('./tags-pane.tsx')).TagsPane)
export const ImagePane = late(async () => (await import('./image-pane.tsx')).ImagePane)

/** Asks for an image and for the code of its pane at once. */
export function startImage(...image: Parameters<typeof prefetchImage>): void {
  ImagePane.load()
  void import('../api/image.ts').then((api) => api.prefetchImage(...image))
}
