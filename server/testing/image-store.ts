// What the demo registry holds: repositories of blobs, manifests and tags, in memory.

import { createHash } from 'node:crypto'

export interface StoredManifest {
  readonly digest: string
  readonly mediaType: string
  readonly bytes: Buffer
}

/** One repository. Tags may point to digests that are not there: that is what a broken tag is. */
export interface StoredRepository {
  readonly blobs: Map<string, Buffer>
  readonly manifests: Map<string, StoredManifest>
  readonly tags: Map<string, string>
}

export interface ImageStore {
  /** Names in the order registries list them. */
  repositories(): readonly string[]
  repository(name: string): StoredRepository | undefined
  /** Makes the repository if it is not there, and nothing else: an empty one is possible. */
  addRepository(name: string): StoredRepository
  /** Stores a blob; returns its digest. */
  putBlob(repository: string, bytes: Buffer): string
  /** Stores a manifest, an object as its JSON, under its digest and the tags. */
  putManifest(
    repository: string,
    mediaType: string,
    content: object | Buffer,
    ...tags: string[]
  ): StoredManifest
  tag(repository: string, tag: string, digest: string): void
}

/** `sha256:<hex>` (or another algorithm that node knows). */
export function digestOf(bytes: Buffer, algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

/** Byte order, as registries sort: not that of any language. */
export function inByteOrder(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => (a < b ? -1 : Number(a > b)))
}

/** An empty store. */
export function createImageStore(): ImageStore {
  const repositories = new Map<string, StoredRepository>()
  // sorted once and not for each page: a catalog may have 100,000 names
  let names: readonly string[] | undefined
  const addRepository = (name: string): StoredRepository => {
    const known = repositories.get(name)
    if (known !== undefined) return known
    const made = { blobs: new Map(), manifests: new Map(), tags: new Map() }
    repositories.set(name, made)
    names = undefined
    return made
  }
  return {
    repositories: () => {
      names ??= inByteOrder(repositories.keys())
      return names
    },
    repository: (name) => repositories.get(name),
    addRepository,
    putBlob(repository, bytes) {
      const digest = digestOf(bytes)
      addRepository(repository).blobs.set(digest, bytes)
      return digest
    },
    putManifest(repository, mediaType, content, ...tags) {
      const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content, undefined, 2))
      const manifest = { digest: digestOf(bytes), mediaType, bytes }
      const { manifests, tags: known } = addRepository(repository)
      manifests.set(manifest.digest, manifest)
      for (const tag of tags) known.set(tag, manifest.digest)
      return manifest
    },
    tag(repository, tag, digest) {
      addRepository(repository).tags.set(tag, digest)
    },
  }
}
