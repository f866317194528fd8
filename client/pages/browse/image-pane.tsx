// The page of one image or artifact: lazy, since it is the heaviest.

import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import { isRunnable } from '../../../shared/oci/artifact-kind.ts'
import { type PlatformImage, platformsOf } from '../../../shared/oci/platforms.ts'
import { formatReference, type Reference } from '../../../shared/oci/reference.ts'
import { ApiError } from '../../api/http.ts'
import { choosePlatform } from '../../api/image.ts'
import { type FetchedManifest, manifestOf } from '../../api/manifests.ts'
import { configQuery } from '../../api/session.ts'
import { Pane } from '../../components/pane.tsx'
import { CommandBox } from '../../features/commands/command-box.tsx'
import { commandTarget } from '../../features/commands/command-target.ts'
import { DeleteTag } from '../../features/image/delete-tag.tsx'
import styles from '../../features/image/image.module.css'
import { ImageSummary } from '../../features/image/image-summary.tsx'
import { ImageTabs, TABS, type Tab } from '../../features/image/image-tabs.tsx'
import { PlatformPicker } from '../../features/image/platform-picker.tsx'
import { useReferrers } from '../../features/referrers/use-referrers.ts'
import { ImageTab } from './image-tab.tsx'
import { ReferenceTitle } from './reference-title.tsx'

/** What of an image is in view: itself, or of an index the chosen platform. */
function useShown(reference: Reference, name: string) {
  const { repository } = reference
  const [search] = useSearchParams()
  const top = useSuspenseQuery(manifestOf(repository, name)).data
  const index = top.manifest.kind === 'index' ? top.manifest : undefined
  const chosen = index && choosePlatform(index, search.get('platform'))
  const query = useQuery(manifestOf(repository, chosen?.descriptor.digest ?? name))
  const isMissing = chosen !== undefined && query.error instanceof ApiError && query.error.status === 404
  return { top, index, chosen, shown: query.data, isLoading: query.isPending, isMissing }
}

/** Which tabs there are: layers belong to images only. */
function tabsFor(shown: FetchedManifest | undefined): readonly Tab[] {
  const manifest = shown?.manifest
  const hasLayers = manifest === undefined || (manifest.kind === 'manifest' && isRunnable(manifest))
  return TABS.filter((tab) => tab !== 'layers' || hasLayers)
}

interface CommandsProps {
  readonly reference: Reference
  readonly top: FetchedManifest
  readonly chosen: PlatformImage | undefined
  readonly shown: FetchedManifest | undefined
}

/** Nothing is offered for what no client could fetch. */
function Commands({ reference, top, chosen, shown }: CommandsProps) {
  const registry = useQuery(configQuery).data?.registry
  const [search] = useSearchParams()
  if (registry === undefined) return null
  const isChosen = chosen !== undefined && search.get('platform') === chosen.label
  const target = commandTarget(registry, { reference, top, chosen, shown: shown?.manifest, isChosen })
  return target && <CommandBox {...target} />
}

export function ImagePane({ reference, name }: { reference: Reference; name: string }) {
  const { repository } = reference
  const [search] = useSearchParams()
  const { top, index, chosen, shown, isLoading, isMissing } = useShown(reference, name)
  const subjects = [...new Set([top.digest, chosen?.descriptor.digest])].filter(
    (digest) => digest !== undefined,
  )
  const found = useReferrers(repository, subjects, top.manifest)
  const tabs = tabsFor(shown)
  const tab = tabs.find((one) => one === search.get('tab')) ?? 'overview'
  const manifest = shown?.manifest.kind === 'manifest' ? shown.manifest : undefined
  const counts = {
    ...(manifest && { layers: manifest.layerEntries.length }),
    ...(found.isComplete && { referrers: found.referrers.length }),
  }
  return (
    <Pane
      title={formatReference(reference)}
      heading={<ReferenceTitle reference={reference} />}
      level={1}
      isReference
    >
      <ImageSummary repository={repository} top={top} manifest={manifest} isLoading={isLoading} />
      {index !== undefined && chosen !== undefined && (
        <PlatformPicker repository={repository} images={platformsOf(index)} chosen={chosen} />
      )}
      <Commands reference={reference} top={top} chosen={chosen} shown={shown} />
      <ImageTabs tabs={tabs} current={tab} counts={counts} />
      <div className={styles.body}>
        <ImageTab
          tab={tab}
          repository={repository}
          name={name}
          top={top}
          chosen={chosen}
          shown={shown}
          isMissing={isMissing}
          found={found}
        />
        {tab === 'overview' && reference.tag !== undefined && reference.digest === undefined && (
          <DeleteTag tag={reference.tag} />
        )}
      </div>
    </Pane>
  )
}
