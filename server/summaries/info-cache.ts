// The parts a summary is made of, manifests and configs, each asked for once and kept by digest.

import QuickLRU from 'quick-lru'
import type { Digest } from '../../shared/oci/digest.ts'
import { parseManifest } from '../../shared/oci/manifest.ts'
import { SingleFlight } from '../concurrency/single-flight.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RepositoryReader, RequestContext, Verified } from './reader.ts'
import { type ConfigInfo, configInfoOf, type ManifestInfo, manifestInfoOf } from './summarize.ts'

/** By digest. The requester must have been given the digest by the registry, in this repository. */
export interface InfoCache {
  /** @throws GatewayError, MANIFEST_UNKNOWN if the repository lacks it. */
  manifest(context: RequestContext, digest: Digest): Promise<ManifestInfo>
  /** What is kept of a manifest; asks nobody. */
  known(context: RequestContext, digest: Digest): ManifestInfo | undefined
  /** @throws GatewayError, BLOB_UNKNOWN if the repository lacks it. */
  config(context: RequestContext, digest: Digest): Promise<ConfigInfo>
  /** Reads a manifest that has come by its tag, and keeps it. @throws GatewayError if it is none. */
  read(context: RequestContext, document: Verified): ManifestInfo
}

/** Manifests name their layers, some 150 bytes each here; quick-lru keeps up to twice as many: 40 MB at worst. */
const MAX_MANIFESTS = 1000
/** More blobs than this and a manifest is not kept: anybody may push one of ten thousand. */
const MAX_KEPT_BLOBS = 128
/** Configs become a date and a platform, at most 600 bytes with their key. */
const MAX_CONFIGS = 5000

/** UNAUTHORIZED, DENIED, TOOMANYREQUESTS: an account's login, rights and rate. */
const PERSONAL = new Set([401, 403, 429])

/** What the registry has refused to one subject, another one may well be given. */
function isPersonal(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  return PERSONAL.has(error.statusCode) || error.reason === 'service_account_refused'
}

/** The repository belongs to the key, see summaries.ts. */
export function keyOf({ repository }: Pick<RequestContext, 'repository'>, digest: Digest): string {
  return `${repository}@${digest}`
}

function readManifest({ value, mediaType, bytes }: Verified): ManifestInfo {
  const manifest = parseManifest(value, mediaType)
  if (manifest.kind === 'unsupported') throw gatewayError('schema1_image')
  if (manifest.kind === 'invalid') throw gatewayError('manifest_invalid', { problem: manifest.problem })
  return manifestInfoOf(manifest, bytes)
}

export function createInfoCache(reader: Pick<RepositoryReader, 'manifest' | 'blob'>): InfoCache {
  const manifests = new QuickLRU<string, ManifestInfo>({ maxSize: MAX_MANIFESTS })
  const configs = new QuickLRU<string, ConfigInfo>({ maxSize: MAX_CONFIGS })
  const manifestFlights = new SingleFlight<ManifestInfo>(isPersonal)
  const configFlights = new SingleFlight<ConfigInfo>(isPersonal)

  function read(context: RequestContext, document: Verified): ManifestInfo {
    const info = readManifest(document)
    if (info.kind === 'index' || info.blobs.size <= MAX_KEPT_BLOBS)
      manifests.set(keyOf(context, document.digest), info)
    return info
  }

  return {
    read,
    known: (context, digest) => manifests.get(keyOf(context, digest)),
    async manifest(context, digest) {
      const key = keyOf(context, digest)
      return (
        manifests.get(key) ??
        manifestFlights.run(
          key,
          async () => read(context, await reader.manifest(context, digest)),
          context.signal,
        )
      )
    },
    async config(context, digest) {
      const key = keyOf(context, digest)
      const kept = configs.get(key)
      if (kept !== undefined) return kept
      const fetch = async () => {
        const info = configInfoOf((await reader.blob(context, digest)).value)
        configs.set(key, info)
        return info
      }
      return configFlights.run(key, fetch, context.signal)
    },
  }
}
