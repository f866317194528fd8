import { type CSSProperties, type RefObject, useState } from 'react'
import { readPreferences, remember } from '../../lib/preferences.ts'
import { useWidth } from '../../lib/use-width.ts'

/** From here on all three panes stand side by side (browse.module.css). */
const WIDE_PX = 1232
/** Percent of what repositories leave, for the tags beside an image: of three panes, and of two. */
const TAGS_SHARE = { wide: 49, narrow: 41 }

const REPOSITORIES = { min: 200, max: 480, first: 272 }
const TAGS = { min: 25, max: 75 }
/** What is remembered may be anything. */
const within = (value: number, { min, max }: { min: number; max: number }) =>
  Math.min(Math.max(value, min), max)

/** How wide the panes are, as they were left last time; `separators` takes what moves their borders. */
export function usePaneWidths(panes: RefObject<HTMLElement | null>) {
  const width = useWidth(panes)
  const [kept, setKept] = useState(readPreferences)
  const change = (part: { repositoriesPx?: number; tagsShare?: number | undefined }) => {
    remember(part)
    setKept((before) => ({ ...before, ...part }))
  }
  const isWide = width >= WIDE_PX
  const repositoriesPx = within(kept.repositoriesPx, REPOSITORIES)
  const share = within(kept.tagsShare ?? (isWide ? TAGS_SHARE.wide : TAGS_SHARE.narrow), TAGS)
  const sharedPx = Math.max(width - (isWide ? repositoriesPx : 0), 1)
  return {
    style: {
      '--repositories': `${repositoriesPx}px`,
      '--tags': `${share}fr`,
      '--image': `${100 - share}fr`,
    } as CSSProperties,
    repositories: {
      label: 'Width of the repositories',
      value: repositoriesPx,
      min: REPOSITORIES.min,
      max: REPOSITORIES.max,
      step: 16,
      perPixel: 1,
      onChange: (value = REPOSITORIES.first) => change({ repositoriesPx: value }),
    },
    tags: {
      label: 'Width of the tags in percent',
      value: share,
      min: TAGS.min,
      max: TAGS.max,
      step: 2,
      perPixel: 100 / sharedPx,
      onChange: (value: number | undefined) => change({ tagsShare: value }),
    },
  }
}
