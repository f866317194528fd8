// Registries written straight into distribution's filesystem storage: pushing 5,000 images would take minutes.

import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { OCI_CONFIG, OCI_MANIFEST } from '../../shared/oci/media-types.ts'

export interface Stored {
  /** `sha256:<hex>` */
  readonly digest: string
  readonly size: number
}

export interface RegistryStorage {
  /** Stores a blob under its digest. */
  putBlob(bytes: Buffer): Stored
  /** Stores a blob of zeros, a piece at a time. @param size  bytes, a multiple of 1 MiB. */
  putZeros(size: number): Stored
  /** Lets a repository's readers fetch a blob. */
  link(repository: string, blob: Stored): void
  /** Stores a manifest with its tags; its blobs are linked with `link`. */
  putManifest(repository: string, manifest: object, tags: readonly string[]): Stored
}

const MIB = 1024 * 1024
const hexOf = ({ digest }: Stored) => digest.slice('sha256:'.length)

/** @param folder  where the registry's `rootdirectory` is: made if it is not there. */
export function createRegistryStorage(folder: string): RegistryStorage {
  const root = join(folder, 'docker/registry/v2')

  function blobPath({ digest, size }: Stored): string {
    const hex = hexOf({ digest, size })
    const path = join(root, 'blobs/sha256', hex.slice(0, 2), hex)
    mkdirSync(path, { recursive: true })
    return join(path, 'data')
  }
  function putBlob(bytes: Buffer): Stored {
    const stored = {
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      size: bytes.length,
    }
    writeFileSync(blobPath(stored), bytes)
    return stored
  }
  function writeLink(repository: string, place: string, { digest }: Stored): void {
    const path = join(root, 'repositories', repository, place)
    mkdirSync(path, { recursive: true })
    writeFileSync(join(path, 'link'), digest)
  }
  return {
    putBlob,
    putZeros(size) {
      const piece = Buffer.alloc(MIB)
      const hash = createHash('sha256')
      for (let done = 0; done < size; done += MIB) hash.update(piece)
      const stored = { digest: `sha256:${hash.digest('hex')}`, size }
      const file = openSync(blobPath(stored), 'w')
      for (let done = 0; done < size; done += MIB) writeSync(file, piece)
      closeSync(file)
      return stored
    },
    link: (repository, blob) => writeLink(repository, `_layers/sha256/${hexOf(blob)}`, blob),
    putManifest(repository, manifest, tags) {
      const stored = putBlob(Buffer.from(JSON.stringify(manifest)))
      const hex = hexOf(stored)
      writeLink(repository, `_manifests/revisions/sha256/${hex}`, stored)
      for (const tag of tags) {
        writeLink(repository, `_manifests/tags/${tag}/current`, stored)
        writeLink(repository, `_manifests/tags/${tag}/index/sha256/${hex}`, stored)
      }
      return stored
    },
  }
}

/** Config and manifest of a small image; the same number gives the same image. */
export function putImage(
  storage: RegistryStorage,
  repository: string,
  { number, tags, layer }: { number: number; tags: readonly string[]; layer: Stored },
): Stored {
  const config = storage.putBlob(
    Buffer.from(
      JSON.stringify({
        created: new Date(Date.UTC(2025, 0, 1) + number * 60_000).toISOString(),
        architecture: 'amd64',
        os: 'linux',
        config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['/app'], Labels: { build: `${number}` } },
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
        history: [{ created_by: `COPY build-${number} /app # buildkit` }],
      }),
    ),
  )
  storage.link(repository, config)
  storage.link(repository, layer)
  return storage.putManifest(
    repository,
    {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, ...config },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...layer }],
    },
    tags,
  )
}
