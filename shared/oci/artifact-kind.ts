// What a manifest holds, in words: by artifactType, config and layer media types.

import type { Descriptor, ImageManifest } from './manifest.ts'
import { essence, isImageConfig, isImageLayer, OCI_EMPTY } from './media-types.ts'

/** The program that people fetch it with, besides the general ones. */
export type ArtifactTool = 'helm' | 'oras' | 'cosign'

export interface ArtifactKind {
  /** `Helm chart`, with no article; `Image` for what can be run. */
  readonly name: string
  readonly isImage: boolean
  readonly tool: ArtifactTool
  /** The media type it is known by. */
  readonly type: string
}

type Row = readonly [pattern: RegExp, name: string, tool?: ArtifactTool]

/** Tried in order on the type; patterns see lower case without parameters. */
const BY_TYPE: readonly Row[] = [
  [/^application\/vnd\.cncf\.helm\.config\./, 'Helm chart', 'helm'],
  [/^application\/vnd\.cncf\.helm\.chart\.content\./, 'Helm chart', 'helm'],
  [/^application\/vnd\.cncf\.helm\.chart\.provenance/, 'Helm provenance', 'oras'],
  [/^application\/vnd\.cncf\.notary\.signature$/, 'Notation signature'],
  [/^application\/vnd\.dev\.cosign\.simplesigning\./, 'Cosign signature', 'cosign'],
  [/^application\/vnd\.dev\.cosign\.artifact\.sig\./, 'Cosign signature', 'cosign'],
  [/^application\/vnd\.dev\.cosign\.artifact\.sbom\./, 'SBOM', 'cosign'],
  [/^application\/vnd\.dev\.sigstore\.bundle/, 'Sigstore bundle', 'cosign'],
  [/^application\/vnd\.dsse\.envelope\./, 'Attestation', 'cosign'],
  [/^application\/vnd\.in-toto(?:[.+]|$)/, 'in-toto attestation'],
  [/^(?:application|text)\/spdx(?:[.+-]|$)/, 'SPDX SBOM'],
  [/^application\/vnd\.cyclonedx(?:[.+-]|$)/, 'CycloneDX SBOM'],
  [/^application\/vnd\.syft\+json/, 'Syft SBOM'],
  [/^application\/(?:vnd\.)?sarif\+json/, 'SARIF report'],
  [/^application\/vnd\.(?:wasm|module\.wasm)\./, 'WebAssembly module'],
  [/^application\/wasm$/, 'WebAssembly module'],
  [/^application\/vnd\.cncf\.openpolicyagent\./, 'OPA policy bundle'],
  [/^application\/vnd\.(?:cncf|gatekeeper|open-policy-agent)[^/]*policy/, 'Policy bundle'],
  [/^application\/vnd\.cncf\.kyverno\./, 'Kyverno policy'],
  [/^application\/vnd\.cncf\.kubewarden\./, 'Kubewarden policy'],
  [/^application\/vnd\.cncf\.flux\./, 'Flux artifact'],
  [/^application\/vnd\.cncf\.falco\./, 'Falco rules'],
  [/^application\/vnd\.(?:cncf\.model|docker\.ai)\./, 'AI model'],
  [/^application\/vnd\.ollama\./, 'AI model'],
  [/^application\/vnd\.docker\.plugin\./, 'Docker plugin'],
  [/^application\/vnd\.docker\.compose\./, 'Compose application'],
  [/^application\/vnd\.buildkit\.cacheconfig\./, 'BuildKit cache'],
  [/^application\/vnd\.devcontainers/, 'Dev Container feature'],
  [/^application\/vnd\.sylabs\.sif\./, 'Singularity image'],
  [/^application\/vnd\.opentofu\./, 'OpenTofu package'],
  [/^application\/vnd\.unknown\.(?:artifact|config)\./, 'Files'],
]

function rowOf(type: string): Row | undefined {
  const wanted = essence(type)
  return BY_TYPE.find(([pattern]) => pattern.test(wanted))
}

/** A media type in words, for lists; undefined where no words are known. */
export function artifactTypeName(type: string): string | undefined {
  return rowOf(type)?.[1]
}

/** What older tools call an image's config: nothing of its own. */
const VAGUE = ['', 'application/octet-stream', 'application/json', 'text/html']

/** Whether the config is an image's: by its type, or where that says nothing, by the layers. oras gives its files titles. */
function hasImageConfig({ config, layers }: Pick<ImageManifest, 'config' | 'layers'>): boolean {
  if (config === undefined) return false
  if (isImageConfig(config.mediaType)) return true
  // a layer without a type is a layer
  const isLayer = ({ mediaType, annotations }: Descriptor) =>
    (mediaType === '' || isImageLayer(mediaType)) &&
    annotations?.['org.opencontainers.image.title'] === undefined
  return VAGUE.includes(essence(config.mediaType)) && layers.length > 0 && layers.every(isLayer)
}

/**
 * Tells images from artifacts, and artifacts from each other.
 *
 * An `artifactType` decides; else the config's type, unless it is empty or an image's: cosign and BuildKit give
 * their signatures and attestations an image's config, which their layers belie.
 */
export function artifactKindOf(
  manifest: Pick<ImageManifest, 'artifactType' | 'config' | 'layers'>,
): ArtifactKind {
  const { artifactType, config, layers } = manifest
  const configType = config?.mediaType ?? ''
  const isImage = hasImageConfig(manifest)
  const layerType = layers.find(({ mediaType }) => rowOf(mediaType) !== undefined)?.mediaType
  const declared = artifactType || (isImage || essence(configType) === OCI_EMPTY ? '' : configType)
  if (declared === '' && layerType === undefined && isImage)
    return { name: 'Image', isImage: true, tool: 'oras', type: configType }
  for (const type of [declared, layerType ?? '']) {
    const row = rowOf(type)
    // what oras calls unknown is known better by its files
    if (row === undefined || (row[1] === 'Files' && layerType !== undefined)) continue
    return { name: row[1], isImage: false, tool: row[2] ?? 'oras', type }
  }
  return {
    name: declared === '' || rowOf(declared)?.[1] === 'Files' ? 'Files' : 'Artifact',
    isImage: false,
    tool: 'oras',
    type: declared || layers[0]?.mediaType || configType,
  }
}

/** Whether it is an image, with a config that says what it runs. */
export function isRunnable<T extends Pick<ImageManifest, 'artifactType' | 'config' | 'layers'>>(
  manifest: T,
): manifest is T & { readonly config: Descriptor } {
  return artifactKindOf(manifest).isImage
}
