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
export declare function digestOf(bytes: Buffer, algorithm?: string): string
/** Byte order, as registries sort: not that of any language. */
export declare function inByteOrder(names: Iterable<string>): string[]
/** An empty store. */
export declare function createImageStore(): ImageStore
