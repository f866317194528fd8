// The parts a summary is made of, manifests and configs, each asked for once and kept by digest.

import QuickLRU from 'quick-lru'
import type { Digest } from '../../shared/oci/digest.ts'
import { parseManifest } from '../../shared/oci/manifest.ts'
import { SingleFlight } from '../concurrency/single-flight.ts'
import { GatewayError } from '../errors.ts'
import type { Asker, Upstream, Verified } from './reader.ts'
import { type ConfigFacts, configFactsOf, factsOf, type ManifestFacts } from './summarize.ts'

/** Parts by digest. The asker must have been given the digest by the registry, in this repository. */
export interface Parts {
  /** @throws GatewayError, MANIFEST_UNKNOWN if the repository lacks it. */
  manifest(asker: Asker, digest: Digest): Promise<ManifestFacts>
  /** What is kept of a manifest; asks nobody. */
  known(asker: Asker, digest: Digest): ManifestFacts | undefined
  /** @throws GatewayError, BLOB_UNKNOWN if the repository lacks it. */
  config(asker: Asker, digest: Digest): Promise<ConfigFacts>
  /** Reads a manifest that has come by its tag, and keeps it. @throws GatewayError if it is none. */
  read(asker: Asker, document: Verified): ManifestFacts
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
export function keyOf({ repository }: Pick<Asker, 'repository'>, digest: Digest): string {
  return `${repository}@${digest}`
}

function readManifest({ value, mediaType, bytes }: Verified): ManifestFacts {
  const manifest = parseManifest(value, mediaType)
  if (manifest.kind === 'unsupported')
    throw new GatewayError('UNSUPPORTED', 'This image is in Docker’s schema 1, which nothing pulls any more.')
  if (manifest.kind === 'invalid')
    throw new GatewayError('MANIFEST_INVALID', `This is not a valid manifest. ${manifest.problem}`)
  return factsOf(manifest, bytes)
}

export function createParts(upstream: Upstream): Parts {
  const manifests = new QuickLRU<string, ManifestFacts>({ maxSize: MAX_MANIFESTS })
  const configs = new QuickLRU<string, ConfigFacts>({ maxSize: MAX_CONFIGS })
  const manifestFlights = new SingleFlight<ManifestFacts>(isPersonal)
  const configFlights = new SingleFlight<ConfigFacts>(isPersonal)

  function read(asker: Asker, document: Verified): ManifestFacts {
    const facts = readManifest(document)
    if (facts.kind === 'index' || facts.blobs.size <= MAX_KEPT_BLOBS)
      manifests.set(keyOf(asker, document.digest), facts)
    return facts
  }

  return {
    read,
    known: (asker, digest) => manifests.get(keyOf(asker, digest)),
    async manifest(asker, digest) {
      const key = keyOf(asker, digest)
      return (
        manifests.get(key) ??
        manifestFlights.run(
          key,
          async () => read(asker, await upstream.manifest(asker, digest)),
          asker.signal,
        )
      )
    },
    async config(asker, digest) {
      const key = keyOf(asker, digest)
      const kept = configs.get(key)
      if (kept !== undefined) return kept
      const fetch = async () => {
        const facts = configFactsOf((await upstream.blob(asker, digest)).value)
        configs.set(key, facts)
        return facts
      }
      return configFlights.run(key, fetch, asker.signal)
    },
  }
}
