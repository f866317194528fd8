// The manifests and configs behind summaries: each is requested once and cached by digest.

import QuickLRU from 'quick-lru'
import type { Digest } from '../../shared/oci/digest.ts'
import { parseManifest } from '../../shared/oci/manifest.ts'
import { SingleFlight } from '../concurrency/single-flight.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RepositoryReader, RequestContext, Verified } from './reader.ts'
import { type ConfigInfo, configInfoOf, type ManifestInfo, manifestInfoOf } from './summarize.ts'

/** Manifests list their layers, some 150 bytes each; quick-lru holds up to twice as many entries: at most 40 MB. */
const MAX_MANIFESTS = 1000
/** A manifest with more blobs is not cached: anybody may push one of ten thousand. */
const MAX_CACHED_BLOBS = 128
/** A config is reduced to a date and a platform, at most 600 bytes with its key. */
const MAX_CONFIGS = 5000

/** UNAUTHORIZED, DENIED, TOOMANYREQUESTS: an account's login, rights and rate. */
const PERSONAL = new Set([401, 403, 429])

/** Whether an error concerns only the subject that got it: another subject may well be allowed to read the same. */
function isPersonal(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  return PERSONAL.has(error.statusCode) || error.reason === 'service_account_refused'
}

/** The repository is part of the key: summaries.ts says why. */
export function cacheKey({ repository }: Pick<RequestContext, 'repository'>, digest: Digest): string {
  return `${repository}@${digest}`
}

function readManifest({ value, mediaType, bytes }: Verified): ManifestInfo {
  const manifest = parseManifest(value, mediaType)
  if (manifest.kind === 'unsupported') throw gatewayError('schema1_image')
  if (manifest.kind === 'invalid') throw gatewayError('manifest_invalid', { problem: manifest.problem })
  return manifestInfoOf(manifest, bytes)
}

/** By digest. Callers must have got the digest from the registry, for this repository and in the subject's name. */
export class InfoCache {
  readonly #reader: Pick<RepositoryReader, 'manifest' | 'blob'>
  readonly #manifests = new QuickLRU<string, ManifestInfo>({ maxSize: MAX_MANIFESTS })
  readonly #configs = new QuickLRU<string, ConfigInfo>({ maxSize: MAX_CONFIGS })
  readonly #manifestFlights = new SingleFlight<ManifestInfo>(isPersonal)
  readonly #configFlights = new SingleFlight<ConfigInfo>(isPersonal)

  constructor(reader: Pick<RepositoryReader, 'manifest' | 'blob'>) {
    this.#reader = reader
  }

  /** @throws GatewayError, MANIFEST_UNKNOWN if the repository lacks it. */
  async manifest(context: RequestContext, digest: Digest): Promise<ManifestInfo> {
    const cached = this.cachedManifest(context, digest)
    if (cached !== undefined) return cached
    const fetch = async () => this.addManifest(context, await this.#reader.manifest(context, digest))
    return this.#manifestFlights.run(cacheKey(context, digest), fetch, context.signal)
  }

  /** Sends no request. */
  cachedManifest(context: RequestContext, digest: Digest): ManifestInfo | undefined {
    return this.#manifests.get(cacheKey(context, digest))
  }

  /** Adds a document that was read by its tag. @throws GatewayError if it is not a manifest. */
  addManifest(context: RequestContext, document: Verified): ManifestInfo {
    const info = readManifest(document)
    if (info.kind === 'index' || info.blobs.size <= MAX_CACHED_BLOBS)
      this.#manifests.set(cacheKey(context, document.digest), info)
    return info
  }

  /** @throws GatewayError, BLOB_UNKNOWN if the repository lacks it. */
  async config(context: RequestContext, digest: Digest): Promise<ConfigInfo> {
    const key = cacheKey(context, digest)
    const cached = this.#configs.get(key)
    if (cached !== undefined) return cached
    const fetch = async () => {
      const info = configInfoOf((await this.#reader.blob(context, digest)).value)
      this.#configs.set(key, info)
      return info
    }
    return this.#configFlights.run(key, fetch, context.signal)
  }
}
