import { useSuspenseQuery } from '@tanstack/react-query'
import { createdIn, sortAnnotations } from '../../../shared/oci/annotations.ts'
import { artifactKindOf } from '../../../shared/oci/artifact-kind.ts'
import { parseChart } from '../../../shared/oci/chart.ts'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { Descriptor, ImageManifest } from '../../../shared/oci/manifest.ts'
import { layerTypeOf } from '../../../shared/oci/manifest.ts'
import { essence, OCI_EMPTY } from '../../../shared/oci/media-types.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { blobOf } from '../../api/documents.ts'
import { PlainText } from '../../components/plain-text.tsx'
import { createdFact, NoteText, noteFacts, RestOfNotes } from './annotations.tsx'
import { annotatedBase } from './base-image.tsx'
import styles from './image.module.css'
import { type Fact, Facts, Faults } from './manifest-info.tsx'
import { fileName, type PartRow, PartsTable } from './parts-table.tsx'

function partOf(part: Descriptor, name: string, fallback: string): PartRow {
  const title = part.annotations?.['org.opencontainers.image.title']
  return {
    name: title ?? name,
    mediaType: part.mediaType,
    digest: part.digest,
    size: part.size,
    file: layerTypeOf(part).isForeign ? undefined : fileName(title ?? fallback),
  }
}

/** Helm gives a chart's archive no title: its name is made of the chart's, as `helm pull` makes it. */
function archiveName({ mediaType }: Descriptor, { annotations }: ImageManifest): string | undefined {
  const [title, version] = ['title', 'version'].map((key) => annotations[`org.opencontainers.image.${key}`])
  const ending = /^application\/vnd\.cncf\.helm\.chart\.(content|provenance)/.exec(mediaType)?.[1]
  if (ending === undefined || title === undefined || version === undefined) return undefined
  return `${title}-${version}.tgz${ending === 'provenance' ? '.prov' : ''}`
}

function partsOf(manifest: ImageManifest, repository: Repository): readonly PartRow[] {
  const { config, layers } = manifest
  const short = repository.slice(repository.lastIndexOf('/') + 1)
  const files = layers.map((layer, index) => {
    const archive = archiveName(layer, manifest)
    const name = archive ?? (layers.length === 1 ? 'content' : `content ${index + 1}`)
    return partOf(layer, name, archive ?? `${short}-${index + 1}`)
  })
  return config === undefined || essence(config.mediaType) === OCI_EMPTY
    ? files
    : [partOf(config, 'config', `${short}-config.json`), ...files]
}

/** What a chart's own config says. Suspends while it loads. */
export function ChartFacts({ repository, digest }: { repository: Repository; digest: Digest }) {
  const chart = parseChart(useSuspenseQuery(blobOf(repository, digest)).data.value)
  if (chart === undefined) return null
  const text = (value: string | undefined) => value && <PlainText text={value} />
  const facts: readonly Fact[] = [
    ['Chart', text([chart.name, chart.version].filter(Boolean).join(' '))],
    ['App version', text(chart.appVersion)],
    ['About', text(chart.description)],
    ['Chart type', text(chart.type)],
    ['Kubernetes', text(chart.kubeVersion)],
    ['Home', chart.home && <NoteText text={chart.home} />],
    [
      'Maintainers',
      text(chart.maintainers.map(({ name, email }) => (email ? `${name} <${email}>` : name)).join(', ')),
    ],
    [
      'Needs',
      text(
        chart.dependencies.map(({ name, version }) => [name, version].filter(Boolean).join(' ')).join(', '),
      ),
    ],
  ]
  return <Facts facts={facts} />
}

interface ArtifactOverviewProps {
  readonly repository: Repository
  readonly registry: string | undefined
  readonly manifest: ImageManifest
}

/** For what is no image: its kind, what is said about it, and its files. */
export function ArtifactOverview({ repository, registry, manifest }: ArtifactOverviewProps) {
  const kind = artifactKindOf(manifest)
  const notes = sortAnnotations(manifest.annotations)
  return (
    <>
      <Faults faults={manifest.problems} />
      <Facts
        facts={[
          ['Kind', kind.label],
          [
            'Type',
            kind.type && (
              <code>
                <PlainText text={kind.type} />
              </code>
            ),
          ],
          createdFact({ annotations: createdIn(manifest.annotations) }),
          ...noteFacts(notes),
          ['Base image', annotatedBase(notes, registry)],
        ]}
      />
      <PartsTable title="Files" repository={repository} parts={partsOf(manifest, repository)} />
      {manifest.layers.length === 0 && <p className={styles.note}>It holds no files.</p>}
      <RestOfNotes notes={notes} titles={['Annotations']} />
    </>
  )
}
