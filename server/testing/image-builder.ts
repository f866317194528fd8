// Builds images, artifacts and indexes of real layers into the store; the same bytes at every start.

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from '../../shared/oci/media-types.ts'
import { digestOf, type ImageStore } from './image-store.ts'

/** Path in the archive to its text or bytes; a path ending in `/` is a directory. */
export type LayerFiles = Readonly<Record<string, string | Buffer>>

export interface Layer {
  readonly gzip: Buffer
  /** Digest of the archive before compression, as configs list it. */
  readonly diffId: string
}

const BLOCK = 512
/** 2026-01-01, of every file: archives must not depend on the day they are built. */
const MODIFIED_SECONDS = 1_767_225_600

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}

/** One header (POSIX.1-1988 ustar): 100 bytes of path, owned by root. */
function tarHeader(path: string, size: number): Buffer {
  const isDirectory = path.endsWith('/')
  const header = Buffer.alloc(BLOCK)
  header.write(path, 0, 100)
  header.write(octal(isDirectory ? 0o755 : 0o644, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(size, 12), 124)
  header.write(octal(MODIFIED_SECONDS, 12), 136)
  // the checksum counts its own field as spaces
  header.write(' '.repeat(8), 148)
  header.write(isDirectory ? '5' : '0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Writes an uncompressed tar archive. */
export function writeTar(files: LayerFiles): Buffer {
  const entries = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content)
    return [tarHeader(path, bytes.length), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]
  })
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)])
}

/** A layer of these files. */
export function createLayer(files: LayerFiles): Layer {
  const tar = writeTar(files)
  return { gzip: gzipSync(tar), diffId: digestOf(tar) }
}

/** Bytes that do not compress and depend on nothing but the seed: what gives a layer its size. */
export function noise(seed: string, bytes: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest()
}

export type Flavour = 'oci' | 'docker'
type Annotations = Readonly<Record<string, string>>

export interface BuiltPlatform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
}

export interface BuiltDescriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly platform?: BuiltPlatform
  readonly annotations?: Annotations
}

/** One line of the Dockerfile; without a layer it changed the config only. */
export interface BuildStep {
  readonly by: string
  readonly layer?: Layer
  readonly comment?: string
}

export interface ImageRecipe {
  readonly flavour?: Flavour
  /** Default linux/amd64. */
  readonly platform?: BuiltPlatform
  /** RFC 3339: when the last step ran. */
  readonly created: string
  readonly author?: string
  readonly steps: readonly BuildStep[]
  /** The config's `config` object (Entrypoint, Cmd, Env, Labels …), as the image specification names them. */
  readonly runtime?: Readonly<Record<string, unknown>>
  readonly annotations?: Annotations
}

/** Stores bytes and describes them. */
export function addBlob(
  store: ImageStore,
  repository: string,
  mediaType: string,
  bytes: Buffer,
  annotations?: Annotations,
): BuiltDescriptor {
  const digest = store.putBlob(repository, bytes)
  return { mediaType, digest, size: bytes.length, ...(annotations && { annotations }) }
}

function addManifest(
  store: ImageStore,
  repository: string,
  mediaType: string,
  content: object,
): BuiltDescriptor {
  const { digest, bytes } = store.putManifest(repository, mediaType, content)
  return { mediaType, digest, size: bytes.length }
}

function configOf({ platform, created, author, steps, runtime = {} }: ImageRecipe): object {
  return {
    created,
    ...(author !== undefined && { author }),
    ...(platform ?? { os: 'linux', architecture: 'amd64' }),
    config: runtime,
    rootfs: { type: 'layers', diff_ids: steps.flatMap(({ layer }) => layer?.diffId ?? []) },
    history: steps.map(({ by, layer, comment }) => ({
      created,
      created_by: by,
      ...(comment !== undefined && { comment }),
      ...(layer === undefined && { empty_layer: true }),
    })),
  }
}

/** Stores one platform's image: layers, config and manifest. */
export function buildImage(store: ImageStore, repository: string, recipe: ImageRecipe): BuiltDescriptor {
  const { flavour = 'oci', platform = { os: 'linux', architecture: 'amd64' }, annotations } = recipe
  const isOci = flavour === 'oci'
  const config = Buffer.from(JSON.stringify(configOf(recipe)))
  const mediaType = isOci ? OCI_MANIFEST : DOCKER_MANIFEST
  const built = addManifest(store, repository, mediaType, {
    schemaVersion: 2,
    mediaType,
    config: addBlob(store, repository, isOci ? OCI_CONFIG : DOCKER_CONFIG, config),
    layers: recipe.steps.flatMap(({ layer }) =>
      layer === undefined
        ? []
        : [addBlob(store, repository, isOci ? OCI_LAYER_GZIP : DOCKER_LAYER, layer.gzip)],
    ),
    ...(annotations && { annotations }),
  })
  return { ...built, platform }
}

/** BuildKit's attestation beside an image: a manifest of in-toto statements for the platform unknown/unknown. */
export function buildAttestation(
  store: ImageStore,
  repository: string,
  image: BuiltDescriptor,
  predicates: Readonly<Record<string, object>>,
): BuiltDescriptor {
  const platform = { architecture: 'unknown', os: 'unknown' }
  const layers = Object.entries(predicates).map(([predicateType, predicate]) => {
    const subject = [{ name: repository, digest: { sha256: image.digest.slice('sha256:'.length) } }]
    const statement = { _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject, predicate }
    return addBlob(
      store,
      repository,
      'application/vnd.in-toto+json',
      Buffer.from(JSON.stringify(statement)),
      {
        'in-toto.io/predicate-type': predicateType,
      },
    )
  })
  const config = Buffer.from(
    JSON.stringify({ ...platform, config: {}, rootfs: { type: 'layers', diff_ids: [] } }),
  )
  const built = addManifest(store, repository, OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: addBlob(store, repository, OCI_CONFIG, config),
    layers,
  })
  const annotations = {
    'vnd.docker.reference.digest': image.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  }
  return { ...built, annotations, platform }
}

/** Stores an OCI index or a Docker manifest list of images that are there already. */
export function buildIndex(
  store: ImageStore,
  repository: string,
  manifests: readonly BuiltDescriptor[],
  { flavour = 'oci', annotations }: { flavour?: Flavour; annotations?: Annotations } = {},
): BuiltDescriptor {
  const mediaType = flavour === 'oci' ? OCI_INDEX : DOCKER_MANIFEST_LIST
  const content = { schemaVersion: 2, mediaType, manifests, ...(annotations && { annotations }) }
  return addManifest(store, repository, mediaType, content)
}

export interface ArtifactRecipe {
  readonly artifactType?: string
  /** Default: the empty config of the image specification. */
  readonly config?: { readonly mediaType: string; readonly content: object }
  readonly layers: readonly {
    readonly mediaType: string
    readonly bytes: Buffer
    readonly annotations?: Annotations
  }[]
  /** The manifest it is about. */
  readonly subject?: BuiltDescriptor
  readonly annotations?: Annotations
}

/** Stores an OCI artifact that is not an image (charts, signatures, SBOMs). */
export function buildArtifact(
  store: ImageStore,
  repository: string,
  recipe: ArtifactRecipe,
): BuiltDescriptor {
  const {
    artifactType,
    config = { mediaType: OCI_EMPTY, content: {} },
    layers,
    subject,
    annotations,
  } = recipe
  return addManifest(store, repository, OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(artifactType !== undefined && { artifactType }),
    config: addBlob(store, repository, config.mediaType, Buffer.from(JSON.stringify(config.content))),
    layers: layers.map((layer) =>
      addBlob(store, repository, layer.mediaType, layer.bytes, layer.annotations),
    ),
    ...(subject && { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
    ...(annotations && { annotations }),
  })
}
