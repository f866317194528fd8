// What a tab of the image page holds: each loads and fails by itself.

import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { isRunnable } from '../../../shared/oci/artifact-kind.ts'
import type { Digest } from '../../../shared/oci/digest.ts'
import { essence } from '../../../shared/oci/media-types.ts'
import type { FoundBy } from '../../../shared/oci/referrers.ts'
import { manifestOf } from '../../api/manifests.ts'
import { configQuery } from '../../api/session.ts'
import { Failure } from '../../components/failure.tsx'
import { late } from '../../components/late.tsx'
import { Notice } from '../../components/notice.tsx'
import { Part } from '../../components/part.tsx'
import { PlainText } from '../../components/plain-text.tsx'
import { ArtifactOverview, ChartFacts } from '../../features/image/artifact-overview.tsx'
import { ImageOverview } from '../../features/image/image-overview.tsx'
import type { ImageTabProps } from '../../features/image/image-tabs.tsx'
import { IndexChildren } from '../../features/image/index-children.tsx'
import { Faults } from '../../features/image/manifest-info.tsx'
import { OtherOverview } from '../../features/image/other-overview.tsx'

const LayersTab = late(async () => (await import('../../features/layers/layers-tab.tsx')).LayersTab)
const ReferrersTab = late(
  async () => (await import('../../features/referrers/referrers-tab.tsx')).ReferrersTab,
)
const RawTab = late(async () => (await import('../../features/raw/raw-part.tsx')).RawPart)

/** The manifest in view, by its kind. Suspends until it is there; throws ApiError where it is missing. */
function Shown({ repository, name, top, chosen }: ImageTabProps) {
  const registry = useQuery(configQuery).data?.registry
  const shown = useSuspenseQuery(manifestOf(repository, chosen?.descriptor.digest ?? name)).data
  const { manifest } = shown
  if (manifest.kind === 'index') return <IndexChildren repository={repository} index={manifest} />
  if (manifest.kind !== 'manifest')
    return <OtherOverview repository={repository} document={shown} manifest={manifest} />
  if (!isRunnable(manifest)) {
    const { config } = manifest
    return (
      <>
        {config && /^application\/vnd\.cncf\.helm\.config\./.test(essence(config.mediaType)) && (
          <Part id={config.digest} what="the chart">
            <ChartFacts repository={repository} digest={config.digest} />
          </Part>
        )}
        <ArtifactOverview repository={repository} registry={registry} manifest={manifest} />
      </>
    )
  }
  return (
    <Part id={manifest.config.digest} what="the config">
      <ImageOverview
        repository={repository}
        registry={registry}
        manifest={manifest}
        platform={chosen?.descriptor.platform}
        indexAnnotations={top.manifest.kind === 'index' ? top.manifest.annotations : {}}
      />
    </Part>
  )
}

/** What is odd about an index, and what it leads to. */
function Overview(props: ImageTabProps) {
  const { manifest } = props.top
  return (
    <>
      {props.chosen !== undefined && manifest.kind === 'index' && (
        <Faults faults={manifest.problems} label="Problems of the index" />
      )}
      <Shown {...props} />
    </>
  )
}

function Layers({ repository, name, chosen }: ImageTabProps) {
  const registry = useQuery(configQuery).data?.registry
  const { manifest } = useSuspenseQuery(manifestOf(repository, chosen?.descriptor.digest ?? name)).data
  return manifest.kind === 'manifest' && isRunnable(manifest) ? (
    <LayersTab repository={repository} registry={registry} manifest={manifest} />
  ) : null
}

const SOURCES: Readonly<Record<FoundBy, string>> = {
  'referrers API': 'what the referrers API lists',
  'fallback tag': 'what the fallback tag lists',
  'cosign tag': 'what cosign’s tags lead to',
  'in the index': 'what the index itself holds',
}

function Referrers({ repository, top, chosen, found }: ImageTabProps) {
  const names = new Map<Digest, string>()
  if (chosen !== undefined && top.digest !== undefined) {
    names.set(top.digest, 'the index')
    names.set(chosen.descriptor.digest, chosen.label)
  }
  return (
    <>
      {found.failures.map(({ sources, error }) => (
        <Failure key={sources.join()} error={error} retry={found.retry}>
          <p>Missing or incomplete here: {sources.map((source) => SOURCES[source]).join(', ')}.</p>
        </Failure>
      ))}
      <ReferrersTab repository={repository} found={found} names={names} />
    </>
  )
}

/** One part of an index that is not there: the others are. */
function MissingChild({ label }: { label: string }) {
  return (
    <Notice title="This manifest is missing" tone="bad">
      <p>
        The index names it for <PlainText text={label} limit={120} />, but the registry does not have it: it
        was never pushed, or it was deleted. Push the image again to mend it.
      </p>
    </Notice>
  )
}

export function ImageTab(props: ImageTabProps) {
  const { tab, name, chosen, isMissing } = props
  if (isMissing && chosen !== undefined && (tab === 'overview' || tab === 'layers'))
    return <MissingChild label={chosen.label} />
  const id = `${tab} ${chosen?.descriptor.digest ?? name}`
  const what = { overview: 'the image', layers: 'the layers', referrers: 'referrers', raw: 'the documents' }[
    tab
  ]
  const Content = { overview: Overview, layers: Layers, referrers: Referrers, raw: RawTab }[tab]
  return (
    <Part id={id} what={what}>
      <Content {...props} />
    </Part>
  )
}
