// What the demo registry holds: repositories of blobs, manifests and tags, in memory.
import { createHash } from 'node:crypto'
/** `sha256:<hex>` (or another algorithm that node knows). */
export function digestOf(bytes, algorithm = 'sha256') {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}
/** Byte order, as registries sort: not that of any language. */
export function inByteOrder(names) {
  return [...names].sort((a, b) => (a < b ? -1 : Number(a > b)))
}
/** An empty store. */
export function createImageStore() {
  const repositories = new Map()
  // sorted once and not for each page: a catalog may have 100,000 names
  let names
  const addRepository = (name) => {
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
