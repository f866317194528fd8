import { Link, useSearchParams } from 'react-router'
import styles from './image.module.css'

export const TABS = ['overview', 'layers', 'referrers', 'raw'] as const
export type Tab = (typeof TABS)[number]

const NAMES: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  layers: 'Layers',
  referrers: 'Referrers',
  raw: 'Raw',
}

/** The search part of the address that shows a tab of what is open; the platform stays. */
export function tabSearch(
  search: URLSearchParams,
  tab: Tab,
  more: Readonly<Record<string, string>> = {},
): string {
  const params = new URLSearchParams(more)
  const platform = search.get('platform')
  if (platform !== null) params.set('platform', platform)
  if (tab !== 'overview') params.set('tab', tab)
  return params.size === 0 ? '' : `?${params}`
}

interface ImageTabsProps {
  readonly tabs: readonly Tab[]
  readonly current: Tab
  /** Shown once they are known. */
  readonly counts: Readonly<Partial<Record<Tab, number>>>
}

/** The parts of the page. Links, so that each has an address. */
export function ImageTabs({ tabs, current, counts }: ImageTabsProps) {
  const [search] = useSearchParams()
  return (
    <nav className={styles.tabs} aria-label="Parts of the page">
      {tabs.map((tab) => (
        <Link
          key={tab}
          to={{ search: tabSearch(search, tab) }}
          aria-current={tab === current ? 'page' : undefined}
        >
          {NAMES[tab]}
          {counts[tab] !== undefined && <small>{counts[tab].toLocaleString('en')}</small>}
        </Link>
      ))}
    </nav>
  )
}
