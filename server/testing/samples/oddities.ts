// Rare or invalid contents: each is shown as it is, and none may break a page.

import { OCI_INDEX, OCI_LAYER_ZSTD, OCI_MANIFEST } from '../../../shared/oci/media-types.ts'
import { addBlob, type BuiltDescriptor, buildArtifact, buildImage, buildIndex } from '../image-builder.ts'
import { digestOf, type ImageStore } from '../image-store.ts'
import { AMD64, ARM64, baseSteps, type Rootfs } from './service.ts'

/** The repository of the contradictory samples: rules for the other samples need not hold here. */
export const ODDITIES = 'tools/oddities'

/** A frame of one raw block (RFC 8878): Node has no zstd before 22. At most 128 kB. */
export function zstdFrame(content: Buffer): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0])
  header.writeUInt32LE(content.length, 5)
  const block = Buffer.alloc(3)
  // the last block, raw, its size in the upper 21 bits
  block.writeUIntLE((content.length << 3) | 1, 0, 3)
  return Buffer.concat([header, block, content])
}

function putImage(store: ImageStore, config: object, layers: readonly object[], ...tags: string[]): void {
  const bytes = Buffer.from(JSON.stringify(config))
  store.putManifest(
    ODDITIES,
    OCI_MANIFEST,
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: addBlob(store, ODDITIES, 'application/vnd.oci.image.config.v1+json', bytes),
      layers,
    },
    ...tags,
  )
}

/** A Windows image: its base layer is hosted by Microsoft, and its other layer is compressed with zstd. */
function addForeign(store: ImageStore, created: string): void {
  const layer = addBlob(store, ODDITIES, OCI_LAYER_ZSTD, zstdFrame(Buffer.from('not much of a layer')))
  const foreign = {
    mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
    digest: digestOf(Buffer.from('bytes that lie elsewhere')),
    size: 1_718_332_879,
    urls: ['https://mcr.example.com/v2/windows/blobs/layer'],
  }
  const config = {
    created,
    os: 'windows',
    'os.version': '10.0.20348.2849',
    architecture: 'amd64',
    config: { Cmd: ['c:\\windows\\system32\\cmd.exe'] },
    rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from('1')), digestOf(Buffer.from('2'))] },
    history: [
      { created, created_by: 'Apply image 10.0.20348.2849' },
      { created, created_by: 'cmd /S /C #(nop) COPY dir:0123abcd in c:\\app ' },
    ],
  }
  putImage(store, config, [foreign, layer], 'foreign-and-zstd')
}

/** A config and a manifest that do not match, and a config that is a list. */
function addMismatches(store: ImageStore, created: string): void {
  const layer = addBlob(store, ODDITIES, OCI_LAYER_ZSTD, zstdFrame(Buffer.from('one layer')))
  const history = ['ADD a /', 'RUN b', 'RUN c'].map((by) => ({ created, created_by: by }))
  putImage(
    store,
    { os: 'linux', architecture: 's390x', rootfs: { diff_ids: [] }, history },
    [layer],
    'mismatched',
  )
  putImage(store, ['this', 'is', 'no config'], [layer], 'config-is-a-list')
}

/** Indexes within indexes, of manifests that are not there, and of nothing. */
function addIndexes(store: ImageStore, rootfs: Rootfs, created: string): void {
  const image = (platform: typeof AMD64): BuiltDescriptor =>
    buildImage(store, ODDITIES, {
      platform,
      created,
      steps: baseSteps(rootfs(platform)),
      runtime: { Cmd: ['bash'] },
    })
  const inner = buildIndex(store, ODDITIES, [image(AMD64), image(ARM64)])
  const outer = buildIndex(store, ODDITIES, [
    image(AMD64),
    { ...inner, annotations: { 'org.opencontainers.image.ref.name': 'all-platforms' } },
  ])
  const missing = {
    mediaType: OCI_MANIFEST,
    digest: digestOf(Buffer.from('never pushed')),
    size: 1234,
    platform: ARM64,
  }
  store.tag(ODDITIES, 'nested', outer.digest)
  store.tag(ODDITIES, 'nested-only', buildIndex(store, ODDITIES, [inner]).digest)
  store.tag(ODDITIES, 'missing-child', buildIndex(store, ODDITIES, [image(AMD64), missing]).digest)
  store.tag(ODDITIES, 'no-platforms', buildIndex(store, ODDITIES, []).digest)
}

/** Go's zero values, and single invalid entries: the rest must still be shown. */
function addUnknownParts(store: ImageStore, rootfs: Rootfs, created: string): void {
  const packed = (text: string) => addBlob(store, ODDITIES, OCI_LAYER_ZSTD, zstdFrame(Buffer.from(text)))
  const history = ['ADD rootfs.tar /', 'COPY app /app', 'RUN ldconfig'].map((by) => ({
    created,
    created_by: by,
  }))
  const diffIds = history.map(({ created_by }) => digestOf(Buffer.from(created_by)))
  const config = { created, ...AMD64, config: { Cmd: ['/app'] }, rootfs: { diff_ids: diffIds }, history }
  const [first, second, third] = [packed('a root'), packed('an app'), packed('a cache')]
  putImage(store, config, [first, { ...second, size: undefined }, { ...third, size: -1 }], 'unknown-sizes')
  putImage(store, config, [first, { ...second, digest: 'sha256:unknown' }, third], 'broken-layer')
  putImage(store, { ...config, created: '' }, [first, second, third], 'no-date')
  const image = buildImage(store, ODDITIES, { created, steps: baseSteps(rootfs(AMD64)) })
  const entry = { mediaType: image.mediaType, digest: image.digest, size: image.size }
  const platforms = [{ os: '', architecture: '' }, { architecture: 'arm64' }]
  const manifests = [
    ...platforms.map((platform) => ({ ...entry, platform })),
    { ...entry, digest: 'unknown' },
  ]
  const annotations = { 'org.opencontainers.image.revision': null }
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests, annotations }
  store.putManifest(ODDITIES, OCI_INDEX, index, 'half-named-platforms')
}

/** A manifest type that no current client writes, and an unknown artifact type. */
function addUnknown(store: ImageStore): void {
  const blob = addBlob(store, ODDITIES, 'text/plain', Buffer.from('hello'))
  const mediaType = 'application/vnd.oci.artifact.manifest.v1+json'
  store.putManifest(
    ODDITIES,
    mediaType,
    { mediaType, artifactType: 'application/vnd.example', blobs: [blob] },
    'artifact-manifest',
  )
  const { digest } = buildArtifact(store, ODDITIES, {
    artifactType: 'application/vnd.acme.rocket.v1',
    layers: [{ mediaType: 'application/vnd.acme.engine', bytes: Buffer.from('engine') }],
  })
  store.tag(ODDITIES, 'rocket', digest)
}

/** Referrers without the referrers API: an index under a tag made from the digest. */
function addFallback(store: ImageStore, rootfs: Rootfs, created: string): void {
  const steps = baseSteps(rootfs(AMD64))
  const image = buildImage(store, ODDITIES, { created, steps, runtime: { Cmd: ['true'] } })
  const artifactType = 'application/vnd.cyclonedx+json'
  const sbom = buildArtifact(store, ODDITIES, {
    artifactType,
    layers: [{ mediaType: artifactType, bytes: Buffer.from('{"bomFormat":"CycloneDX","components":[]}') }],
    subject: image,
  })
  const manifests = [{ ...sbom, artifactType, annotations: { 'org.opencontainers.image.created': created } }]
  store.tag(ODDITIES, 'with-fallback-tag', image.digest)
  store.putManifest(
    ODDITIES,
    OCI_INDEX,
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
    image.digest.replace(':', '-'),
  )
}

export function addOddities(store: ImageStore, rootfs: Rootfs, created: string): void {
  addForeign(store, created)
  addMismatches(store, created)
  addIndexes(store, rootfs, created)
  addUnknownParts(store, rootfs, created)
  addUnknown(store)
  addFallback(store, rootfs, created)
}
