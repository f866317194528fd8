import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link, useSearchParams } from 'react-router'
import { sortAnnotations } from '../../../shared/oci/annotations.ts'
import type { RunnableImage, TotalSize } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { blobOf } from '../../api/documents.ts'
import { Loading, Notice } from '../../components/notice.tsx'
import { useFirst } from '../../components/use-first.tsx'
import { formatBytes } from '../../lib/format.ts'
import { configOf, Faults, imageFaults, tabSearch, useBaseImage } from '../image/index.ts'
import { LayerItem } from './layer-item.tsx'
import { layerRows, totalOfRows } from './layer-rows.ts'
import styles from './layers.module.css'

const DockerfileView = lazy(() =>
  import('./dockerfile-view.tsx').then((module) => ({ default: module.DockerfileView })),
)

/** No real image has as many; each is a dozen elements. */
const STEP = 300

function Views({ isDockerfile }: { isDockerfile: boolean }) {
  const [search] = useSearchParams()
  return (
    <nav className={styles.views} aria-label="View of the layers">
      <Link
        to={{ search: tabSearch(search, 'layers') }}
        replace
        aria-current={isDockerfile ? undefined : 'true'}
      >
        List
      </Link>
      <Link
        to={{ search: tabSearch(search, 'layers', { view: 'dockerfile' }) }}
        replace
        aria-current={isDockerfile ? 'true' : undefined}
      >
        Dockerfile
      </Link>
    </nav>
  )
}

function WholeSize({ whole: { bytes, isPartial } }: { whole: TotalSize }) {
  if (isPartial && bytes === 0) return 'size unknown'
  return (
    <>
      {isPartial && 'at least '}
      <b>{formatBytes(bytes)}</b> compressed
    </>
  )
}

interface LayersTabProps {
  readonly repository: Repository
  readonly registry: string | undefined
  readonly manifest: RunnableImage
}

/** The image step by step. Without a config that can be read, the layers alone. */
export function LayersTab({ repository, registry, manifest }: LayersTabProps) {
  const [search] = useSearchParams()
  const query = useQuery(blobOf(repository, manifest.config.digest))
  const config = configOf(query.data)
  const base = useBaseImage(sortAnnotations(manifest.annotations, config?.labels ?? {}), manifest, registry)
  const rows = layerRows(manifest.layerEntries, config?.history ?? [])
  const { shown, more } = useFirst(rows, STEP, 'steps')
  if (query.isPending) return <Loading what="the history" />
  if (rows.length === 0)
    return (
      <Notice title="No layers">
        <p>This image has no files: only settings.</p>
      </Notice>
    )
  const whole = totalOfRows(rows)
  const layerCount = manifest.layerEntries.length
  const isDockerfile = search.get('view') === 'dockerfile'
  const faults = [
    ...manifest.problems,
    ...(config === undefined || query.data === undefined
      ? []
      : imageFaults(manifest, config, undefined, query.data.bytes.length)),
  ]
  const baseStep = rows.filter(({ layer }) => layer !== undefined)[(base.layerCount ?? 0) - 1]?.step
  return (
    <>
      <div className={styles.head}>
        <span>
          <b>{layerCount.toLocaleString('en')}</b> {layerCount === 1 ? 'layer' : 'layers'},{' '}
          <WholeSize whole={whole} />
        </span>
        {rows.length > 0 && config !== undefined && <Views isDockerfile={isDockerfile} />}
      </div>
      <Faults faults={faults} />
      {config === undefined && (
        <p className={styles.unknown}>The config cannot be read: what made the layers is not known.</p>
      )}
      {isDockerfile && config !== undefined ? (
        <Suspense fallback={<Loading what="the Dockerfile view" />}>
          <DockerfileView rows={rows} />
        </Suspense>
      ) : (
        <ol className={styles.rows} aria-label="Steps">
          <li data-head="true" aria-hidden>
            <span />
            <span>Step</span>
            <span className={styles.size}>Size</span>
            <span className={styles.bar} />
            <span className={`${styles.size} ${styles.cumulative}`}>Total</span>
          </li>
          {shown.map((row) => (
            <LayerItem
              key={row.step}
              row={row}
              whole={whole}
              base={row.step === baseStep ? base.fact : undefined}
            />
          ))}
        </ol>
      )}
      {!isDockerfile && more}
    </>
  )
}
