import { Link, useNavigate, useSearchParams } from 'react-router'
import type { PlatformImage } from '../../../shared/oci/platforms.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import type { FetchedManifest } from '../../api/manifests.ts'
import { usePageAction } from '../../lib/page-actions.ts'
import type { FoundReferrers } from '../referrers/index.ts'
import styles from './image.module.css'

export const TABS = ['overview', 'layers', 'referrers', 'raw'] as const
export interface ImageTabProps {
  readonly tab: Tab
  readonly repository: Repository
  readonly name: string
  readonly top: FetchedManifest
  /** Of an index: the platform in view; undefined if it has none. */
  readonly chosen: PlatformImage | undefined
  /** The manifest in view, once it is there. */
  readonly shown: FetchedManifest | undefined
  /** An index names it, and the registry does not have it. */
  readonly isMissing: boolean
  readonly found: FoundReferrers
}

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

interface TabLinkProps {
  readonly tab: Tab
  readonly isCurrent: boolean
  readonly count: number | undefined
}

function TabLink({ tab, isCurrent, count }: TabLinkProps) {
  const [search] = useSearchParams()
  const navigate = useNavigate()
  const to = { search: tabSearch(search, tab) }
  usePageAction(isCurrent ? undefined : `Show the image’s tab ${NAMES[tab]}`, () => void navigate(to))
  return (
    <Link to={to} aria-current={isCurrent ? 'page' : undefined}>
      {NAMES[tab]}
      {count !== undefined && <small>{count.toLocaleString('en')}</small>}
    </Link>
  )
}

/** The parts of the page. Links, so that each has an address. */
export function ImageTabs({ tabs, current, counts }: ImageTabsProps) {
  return (
    <nav className={styles.tabs} aria-label="Parts of the page">
      {tabs.map((tab) => (
        <TabLink key={tab} tab={tab} isCurrent={tab === current} count={counts[tab]} />
      ))}
    </nav>
  )
}
