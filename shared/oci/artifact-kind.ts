// What a manifest holds: by its artifactType, config and layer media types.

import type { Descriptor, ImageManifest } from './manifest.ts'
import { essence, isImageConfig, isImageLayer, OCI_EMPTY } from './media-types.ts'

/** The client that people fetch it with, besides the general ones. */
export type ArtifactTool = 'helm' | 'oras' | 'cosign'

/** For showing only, without an article. Code decides by the ids. */
const LABELS = {
  image: 'Image',
  'helm-chart': 'Helm chart',
  'helm-provenance': 'Helm provenance',
  'notation-signature': 'Notation signature',
  'cosign-signature': 'Cosign signature',
  'cosign-sbom': 'SBOM',
  'sigstore-bundle': 'Sigstore bundle',
  attestation: 'Attestation',
  'in-toto-attestation': 'in-toto attestation',
  'spdx-sbom': 'SPDX SBOM',
  'cyclonedx-sbom': 'CycloneDX SBOM',
  'syft-sbom': 'Syft SBOM',
  'sarif-report': 'SARIF report',
  'wasm-module': 'WebAssembly module',
  'opa-policy-bundle': 'OPA policy bundle',
  'policy-bundle': 'Policy bundle',
  'kyverno-policy': 'Kyverno policy',
  'kubewarden-policy': 'Kubewarden policy',
  'flux-artifact': 'Flux artifact',
  'falco-rules': 'Falco rules',
  'ai-model': 'AI model',
  'docker-plugin': 'Docker plugin',
  'compose-application': 'Compose application',
  'buildkit-cache': 'BuildKit cache',
  'dev-container-feature': 'Dev Container feature',
  'singularity-image': 'Singularity image',
  'opentofu-package': 'OpenTofu package',
  /** Pushed without a type. */
  files: 'Files',
  /** Of a type that is not in the table. */
  artifact: 'Artifact',
} as const

export type ArtifactKindId = keyof typeof LABELS

export interface ArtifactKind {
  /** `image` for what can be run. */
  readonly id: ArtifactKindId
  readonly label: string
  readonly tool: ArtifactTool
  /** The media type it is known by. */
  readonly type: string
}

/** All others: oras. */
const TOOLS: Partial<Record<ArtifactKindId, ArtifactTool>> = {
  'helm-chart': 'helm',
  'cosign-signature': 'cosign',
  'cosign-sbom': 'cosign',
  'sigstore-bundle': 'cosign',
  attestation: 'cosign',
}

/** Tried in order on the type; patterns see lower case without parameters. */
const BY_TYPE: readonly (readonly [pattern: RegExp, id: ArtifactKindId])[] = [
  [/^application\/vnd\.cncf\.helm\.config\./, 'helm-chart'],
  [/^application\/vnd\.cncf\.helm\.chart\.content\./, 'helm-chart'],
  [/^application\/vnd\.cncf\.helm\.chart\.provenance/, 'helm-provenance'],
  [/^application\/vnd\.cncf\.notary\.signature$/, 'notation-signature'],
  [/^application\/vnd\.dev\.cosign\.simplesigning\./, 'cosign-signature'],
  [/^application\/vnd\.dev\.cosign\.artifact\.sig\./, 'cosign-signature'],
  [/^application\/vnd\.dev\.cosign\.artifact\.sbom\./, 'cosign-sbom'],
  [/^application\/vnd\.dev\.sigstore\.bundle/, 'sigstore-bundle'],
  [/^application\/vnd\.dsse\.envelope\./, 'attestation'],
  [/^application\/vnd\.in-toto(?:[.+]|$)/, 'in-toto-attestation'],
  [/^(?:application|text)\/spdx(?:[.+-]|$)/, 'spdx-sbom'],
  [/^application\/vnd\.cyclonedx(?:[.+-]|$)/, 'cyclonedx-sbom'],
  [/^application\/vnd\.syft\+json/, 'syft-sbom'],
  [/^application\/(?:vnd\.)?sarif\+json/, 'sarif-report'],
  [/^application\/vnd\.(?:wasm|module\.wasm)\./, 'wasm-module'],
  [/^application\/wasm$/, 'wasm-module'],
  [/^application\/vnd\.cncf\.openpolicyagent\./, 'opa-policy-bundle'],
  [/^application\/vnd\.(?:cncf|gatekeeper|open-policy-agent)[^/]*policy/, 'policy-bundle'],
  [/^application\/vnd\.cncf\.kyverno\./, 'kyverno-policy'],
  [/^application\/vnd\.cncf\.kubewarden\./, 'kubewarden-policy'],
  [/^application\/vnd\.cncf\.flux\./, 'flux-artifact'],
  [/^application\/vnd\.cncf\.falco\./, 'falco-rules'],
  [/^application\/vnd\.(?:cncf\.model|docker\.ai)\./, 'ai-model'],
  [/^application\/vnd\.ollama\./, 'ai-model'],
  [/^application\/vnd\.docker\.plugin\./, 'docker-plugin'],
  [/^application\/vnd\.docker\.compose\./, 'compose-application'],
  [/^application\/vnd\.buildkit\.cacheconfig\./, 'buildkit-cache'],
  [/^application\/vnd\.devcontainers/, 'dev-container-feature'],
  [/^application\/vnd\.sylabs\.sif\./, 'singularity-image'],
  [/^application\/vnd\.opentofu\./, 'opentofu-package'],
  [/^application\/vnd\.unknown\.(?:artifact|config)\./, 'files'],
]

function kindOf(id: ArtifactKindId, type: string): ArtifactKind {
  return { id, label: LABELS[id], tool: TOOLS[id] ?? 'oras', type }
}

/** The kind that an artifact type or media type alone tells; undefined where it is not in the table. */
export function artifactTypeId(type: string): ArtifactKindId | undefined {
  const wanted = essence(type)
  return BY_TYPE.find(([pattern]) => pattern.test(wanted))?.[1]
}

/** The label of an artifact type or media type; undefined where it is not in the table. */
export function artifactTypeLabel(type: string): string | undefined {
  const id = artifactTypeId(type)
  return id && LABELS[id]
}

/** Config types that older tools write for any content. */
const VAGUE = ['', 'application/octet-stream', 'application/json', 'text/html']

/**
 * Whether the config is an image's: by its type or, where that is vague, by the layers. A layer with a title is a file
 * that oras pushed.
 */
function hasImageConfig({ config, layers }: Pick<ImageManifest, 'config' | 'layers'>): boolean {
  if (config === undefined) return false
  if (isImageConfig(config.mediaType)) return true
  // a layer without a type counts as one of an image
  const isLayer = ({ mediaType, annotations }: Descriptor) =>
    (mediaType === '' || isImageLayer(mediaType)) &&
    annotations?.['org.opencontainers.image.title'] === undefined
  return VAGUE.includes(essence(config.mediaType)) && layers.length > 0 && layers.every(isLayer)
}

/**
 * Tells images from artifacts, and artifacts from each other.
 *
 * An `artifactType` decides, else the config's type, unless that is the empty type or an image's: cosign and BuildKit
 * give signatures and attestations an image's config, and only their layers show what they are.
 */
export function artifactKindOf(
  manifest: Pick<ImageManifest, 'artifactType' | 'config' | 'layers'>,
): ArtifactKind {
  const { artifactType, config, layers } = manifest
  const configType = config?.mediaType ?? ''
  const isImage = hasImageConfig(manifest)
  const layerType = layers.find(({ mediaType }) => artifactTypeId(mediaType) !== undefined)?.mediaType
  const declared = artifactType || (isImage || essence(configType) === OCI_EMPTY ? '' : configType)
  if (declared === '' && layerType === undefined && isImage) return kindOf('image', configType)
  for (const type of [declared, layerType ?? '']) {
    const id = artifactTypeId(type)
    // the files say more than the type that oras writes where it was given none
    if (id === undefined || (id === 'files' && layerType !== undefined)) continue
    return kindOf(id, type)
  }
  const isUntyped = declared === '' || artifactTypeId(declared) === 'files'
  return kindOf(isUntyped ? 'files' : 'artifact', declared || layers[0]?.mediaType || configType)
}

/** Whether it is an image, whose config says what it runs. */
export function isRunnable<T extends Pick<ImageManifest, 'artifactType' | 'config' | 'layers'>>(
  manifest: T,
): manifest is T & { readonly config: Descriptor } {
  return artifactKindOf(manifest).id === 'image'
}
