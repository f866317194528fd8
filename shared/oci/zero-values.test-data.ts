// Manifests with Go's zero values: fields that tools leave out or write as null. Registries accept them, and skopeo
// copies them. Each has its expected row of the tags table.

import type { TagSummary } from '../api/summaries.ts'
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from './media-types.ts'

/** Content that is already in the repository. */
export interface StoredPart {
  readonly digest: string
  readonly size: number
}

/** Sizes and platforms of a row. */
export type ZeroValueRow = Pick<TagSummary, 'size' | 'sizeAtLeast' | 'platforms' | 'partial'>

export interface ZeroValueManifest {
  /** Its tag. */
  readonly name: string
  readonly mediaType: string
  readonly content: object
  readonly row: ZeroValueRow
}

const REVISION = 'org.opencontainers.image.revision'
const EMPTY_BLOB = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/**
 * @param config  of a linux/amd64 image.
 * @param image  an OCI manifest of these two.
 */
export function zeroValueManifests(
  config: StoredPart,
  layer: StoredPart,
  image: StoredPart,
): readonly ZeroValueManifest[] {
  const whole = config.size + layer.size
  const known: ZeroValueRow = { size: whole, platforms: ['linux/amd64'] }
  const atLeast = (sizeAtLeast: number): ZeroValueRow => ({
    sizeAtLeast,
    platforms: ['linux/amd64'],
    partial: true,
  })
  const made = (name: string, mediaType: string, more: object, row: ZeroValueRow): ZeroValueManifest => ({
    name,
    mediaType,
    content: { schemaVersion: 2, mediaType, ...more },
    row,
  })
  const docker = (name: string, more: object, row: ZeroValueRow) =>
    made(
      name,
      DOCKER_MANIFEST,
      {
        config: { mediaType: DOCKER_CONFIG, ...config },
        layers: [{ mediaType: DOCKER_LAYER, ...layer }],
        ...more,
      },
      row,
    )
  const ociConfig = { mediaType: OCI_CONFIG, ...config }
  const ociLayer = { mediaType: OCI_LAYER_GZIP, ...layer }
  const oci = (name: string, more: object, row: ZeroValueRow) =>
    made(name, OCI_MANIFEST, { config: ociConfig, layers: [ociLayer], ...more }, row)
  const index = (name: string, entry: object, more: object = {}, row: ZeroValueRow = known) =>
    made(name, OCI_INDEX, { manifests: [{ mediaType: OCI_MANIFEST, ...image, ...entry }], ...more }, row)
  const platform = { os: 'linux', architecture: 'amd64' }
  return [
    docker(
      'config-without-size',
      { config: { mediaType: DOCKER_CONFIG, digest: config.digest } },
      atLeast(layer.size),
    ),
    docker(
      'layer-without-size',
      { layers: [{ mediaType: DOCKER_LAYER, digest: layer.digest }] },
      atLeast(config.size),
    ),
    oci(
      'empty-blob-without-size',
      { layers: [ociLayer, { mediaType: OCI_LAYER_GZIP, digest: EMPTY_BLOB }] },
      atLeast(whole),
    ),
    oci('negative-size', { layers: [{ ...ociLayer, size: -1 }] }, atLeast(config.size)),
    docker('docker-without-layers', { layers: undefined }, { ...known, size: config.size }),
    oci('oci-without-layers', { layers: undefined }, { ...known, size: config.size }),
    oci('annotation-null', { annotations: { [REVISION]: null } }, known),
    oci('layer-annotation-null', { layers: [{ ...ociLayer, annotations: { [REVISION]: null } }] }, known),
    docker('layer-without-type', { layers: [layer] }, known),
    docker('config-without-type', { config }, known),
    oci('subject-empty', { subject: { mediaType: OCI_MANIFEST, digest: '', size: 0 } }, known),
    index('entry-without-type', { mediaType: undefined, platform }),
    index('entry-without-size', { size: undefined, platform }),
    index('platform-empty', { platform: {} }),
    index('platform-of-nothing', { platform: { os: '', architecture: '' } }),
    index(
      'platform-without-os',
      { platform: { architecture: 'amd64' } },
      {},
      { ...known, platforms: ['amd64'] },
    ),
    index(
      'platform-os-null',
      { platform: { architecture: 'amd64', os: null } },
      {},
      { ...known, platforms: ['amd64'] },
    ),
    index('index-annotation-null', { platform }, { annotations: { [REVISION]: null } }),
    index('index-without-manifests', {}, { manifests: undefined }, { platforms: [] }),
  ]
}
