import type { CreatedSources } from '../../../shared/oci/annotations.ts'
import { sortAnnotations } from '../../../shared/oci/annotations.ts'
import type { ImageConfig } from '../../../shared/oci/image-config.ts'
import {
  type Annotations,
  type Platform,
  platformLabel,
  type RunnableImage,
} from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { Notice } from '../../components/notice.tsx'
import { PlainText } from '../../components/plain-text.tsx'
import { useFirst } from '../../components/use-first.tsx'
import { shellWords } from '../commands/index.ts'
import { LargestLayers, layerRows } from '../layers/index.ts'
import { createdFact, noteFacts, RestOfNotes } from './annotations.tsx'
import { useBaseImage } from './base-image.tsx'
import { Environment } from './environment.tsx'
import styles from './image.module.css'
import { createdSources, useImageConfig } from './image-config.ts'
import { imageFaults } from './image-faults.ts'
import { type Fact, Facts, Faults } from './manifest-info.tsx'
import { configPlatform, healthCheckInWords } from './runtime-settings.ts'

/** No real image has as many ports or volumes. */
const MAX_CHIPS = 50

function Code({ text }: { text: string }) {
  return (
    <code>
      <PlainText text={text} />
    </code>
  )
}

const code = (text: string | undefined) => text && <Code text={text} />

function Chips({ texts, what }: { texts: readonly string[]; what: string }) {
  const { shown, more } = useFirst(texts, MAX_CHIPS, what)
  return (
    <>
      {shown.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they may repeat, and the list never changes
        <span key={index} className={styles.chip}>
          <PlainText text={text} limit={120} />
        </span>
      ))}
      {more}
    </>
  )
}

const chips = (texts: readonly string[], what: string) =>
  texts.length > 0 && <Chips texts={texts} what={what} />

function runningFacts(
  config: ImageConfig,
  platform: Platform | undefined,
  created: CreatedSources,
): readonly Fact[] {
  return [
    ['Entrypoint', code(shellWords(config.entrypoint))],
    ['Cmd', code(shellWords(config.cmd))],
    ['User', code(config.user)],
    ['Workdir', code(config.workingDir)],
    ['Ports', chips(config.exposedPorts, 'ports')],
    ['Volumes', chips(config.volumes, 'volumes')],
    ['Stop signal', code(config.stopSignal)],
    ['Health check', code(healthCheckInWords(config.healthCheck))],
    ['Platform', code(platform === undefined ? configPlatform(config) : platformLabel(platform))],
    createdFact(created),
    ['Author', config.author && <PlainText text={config.author} />],
  ]
}

interface ImageOverviewProps {
  readonly repository: Repository
  readonly registry: string | undefined
  readonly manifest: RunnableImage
  /** As the index says; undefined without one. */
  readonly platform: Platform | undefined
  readonly indexAnnotations: Annotations
}

/** What an image runs, what is said about it, and where its bytes are. */
export function ImageOverview({
  repository,
  registry,
  manifest,
  platform,
  indexAnnotations,
}: ImageOverviewProps) {
  const { config, byteLength } = useImageConfig(repository, manifest)
  const notes = sortAnnotations(manifest.annotations, config?.labels ?? {}, indexAnnotations)
  const base = useBaseImage(notes, manifest, registry)
  if (config === undefined)
    return (
      <Notice title="This config cannot be read" tone="bad">
        <p>It is no JSON object. See it as it is under Raw.</p>
      </Notice>
    )
  return (
    <>
      <Faults faults={[...manifest.problems, ...imageFaults(manifest, config, platform, byteLength)]} />
      <Facts
        facts={[
          ...runningFacts(config, platform, createdSources(config, manifest, indexAnnotations)),
          ...noteFacts(notes),
          ['Base image', base.fact],
        ]}
      />
      <Environment entries={config.env} />
      <LargestLayers rows={layerRows(manifest.layerEntries, config.history)} />
      <RestOfNotes notes={notes} titles={['Annotations', 'Labels', 'Annotations of the index']} />
    </>
  )
}
