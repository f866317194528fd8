// Referrers of deleted manifests: without their subject they are orphaned.

import QuickLRU from 'quick-lru'
import type { DeletionPlan, PlannedReferrer } from '../../shared/api/deletion.ts'
import { artifactTypeLabel } from '../../shared/oci/artifact-kind.ts'
import { cosignSubject, fallbackTag } from '../../shared/oci/attached-tags.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import { leadsOn } from '../../shared/oci/link-header.ts'
import { OCI_INDEX } from '../../shared/oci/media-types.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { NO_API_MS, parseReferrers } from '../../shared/oci/referrers.ts'
import type { RegistryClient } from '../registry/client.ts'
import { referrersEndpoint } from '../registry/endpoint.ts'
import { close, readText } from '../registry/transport/body.ts'
import { parseJson } from '../registry/transport/json.ts'
import { lacksReferrers, readUpstreamError, toUpstreamError } from '../registry/upstream-errors.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import { isUnreadable } from './tags.ts'

/** What one plan deletes. A referrer that is deleted as well is not orphaned. */
export interface Deleted {
  /** All tags of the repository. */
  readonly tags: readonly Tag[]
  readonly hasTag: (tag: Tag) => boolean
  readonly hasManifest: (digest: Digest) => boolean
}

/** A planned referrer whose digest is valid. */
type Found = PlannedReferrer & { readonly digest?: Digest | undefined }

const MAX_BYTES = 4 * 1024 * 1024
const MAX_MS = 60_000
/** Repositories whose registry is known to have no referrers API. */
const MAX_WITHOUT_API = 1000
/** Failed lists after which no further one is requested: each may take long to fail. */
const MAX_FAILURES = 8

// Entries without an artifact type have a text of ours as their `type`. It is for display only: nothing decides by it.
const MORE: Found = { type: 'more than are listed here' }
/** For a manifest of which some parts were not searched. */
export const PERHAPS_MORE: PlannedReferrer = { type: 'perhaps more: not all of its parts were asked about' }
const fallbackList = (tag: Tag): Found => ({ type: 'list of referrers', tag })
const cosignReferrer = (tag: Tag): Found => {
  const kind = tag.endsWith('.sig') ? 'signature' : tag.endsWith('.att') ? 'attestation' : 'SBOM'
  return { type: `cosign ${kind}`, tag }
}

/** Undefined if it is not a list of referrers. */
function readList(value: unknown): readonly Found[] | undefined {
  const list = parseReferrers(value)
  if (list === undefined) return undefined
  const found = list.manifests.map(({ artifactType, mediaType, digest }) => ({
    type: artifactTypeLabel(artifactType ?? '') ?? artifactType ?? mediaType,
    digest,
  }))
  // entries without a valid digest are referrers, too
  return list.isWhole ? found : [...found, MORE]
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The API's list for one digest, or why there is none. */
type Listed = readonly Found[] | 'none' | 'refused' | 'failed'

/** The outcome of a request that has thrown; throws the error on if it concerns more than this endpoint. */
function outcomeOf(error: unknown, { signal }: RequestContext): Listed {
  if (signal.aborted) throw signal.reason
  const { code, reason } = toUpstreamError(error, 'registry')
  if (code === 'DENIED') return 'refused'
  if (code === 'UNAVAILABLE' && reason !== 'service_account_refused') return 'failed'
  // it concerns the account: its session or its rate
  throw error
}

/** Reads the API's first page. @throws GatewayError as `send` does, and for 429 and 503, which the limiter retries. */
async function readApi(
  client: Pick<RegistryClient, 'send'>,
  { subject, repository, signal }: RequestContext,
  digest: Digest,
): Promise<Listed> {
  const endpoint = referrersEndpoint(repository, digest)
  const response = await client.send(endpoint, subject, { headers: { accept: OCI_INDEX }, signal })
  const { statusCode, headers, body } = response
  if (statusCode === 429 || statusCode === 503) throw await readUpstreamError(endpoint, response)
  if (statusCode !== 200) {
    close(body)
    return lacksReferrers(statusCode) ? 'none' : 'failed'
  }
  const text = await readText(body, MAX_BYTES, MAX_MS)
  if (text === undefined) return [MORE]
  const found = readList(jsonOf(text))
  if (found === undefined) return 'failed'
  return leadsOn([headers.link].flat().join(', ')) ? [...found, MORE] : found
}

/** One plan's search: by cosign's tags, the fallback tags and, if there is one, the referrers API. */
export class OrphanSearch {
  readonly #client: Pick<RegistryClient, 'send'>
  readonly #reader: Pick<RepositoryReader, 'manifest'>
  readonly #withoutApi: QuickLRU<string, true>
  readonly #context: RequestContext
  readonly #deleted: Deleted
  readonly #tags: ReadonlySet<Tag>
  readonly #cosign = new Map<Digest, PlannedReferrer[]>()
  #unknown: DeletionPlan['referrersUnknown']
  #failures = 0

  constructor(
    client: Pick<RegistryClient, 'send'>,
    reader: Pick<RepositoryReader, 'manifest'>,
    withoutApi: QuickLRU<string, true>,
    context: RequestContext,
    deleted: Deleted,
  ) {
    this.#client = client
    this.#reader = reader
    this.#withoutApi = withoutApi
    this.#context = context
    this.#deleted = deleted
    this.#tags = new Set(deleted.tags)
    for (const tag of this.#tags) {
      const subject = cosignSubject(tag)
      if (subject === undefined || deleted.hasTag(tag)) continue
      const known = this.#cosign.get(subject) ?? []
      this.#cosign.set(subject, [...known, cosignReferrer(tag)])
    }
  }

  /** Why some lists of the API were not read; undefined if all were. Valid once the search is over. */
  get unknown(): DeletionPlan['referrersUnknown'] {
    return this.#unknown
  }

  /** The referrers of these digests, except deleted ones. @throws GatewayError if any further request would fail. */
  async referrersOf(digests: readonly Digest[]): Promise<readonly PlannedReferrer[]> {
    const found: PlannedReferrer[] = []
    const seen = new Set<string>()
    for (const digest of digests) {
      const listed = [...(await this.#byApi(digest)), ...(await this.#byFallbackTag(digest))]
      found.push(...(this.#cosign.get(digest) ?? []))
      for (const referrer of listed) {
        if (referrer.digest !== undefined) {
          if (this.#deleted.hasManifest(referrer.digest) || seen.has(referrer.digest)) continue
          seen.add(referrer.digest)
        }
        found.push(referrer)
      }
    }
    return found
  }

  async #byApi(digest: Digest): Promise<readonly Found[]> {
    const { repository, limiterStream } = this.#context
    const hasNone = this.#withoutApi.has(repository)
    if (hasNone) this.#unknown ??= 'none'
    if (hasNone || this.#failures >= MAX_FAILURES) return []
    const listed = await limiterStream
      .run(() => readApi(this.#client, this.#context, digest), false)
      .catch((error: unknown) => outcomeOf(error, this.#context))
    if (typeof listed !== 'string') return listed
    if (listed === 'none') this.#withoutApi.set(repository, true)
    else this.#failures++
    if (this.#unknown === undefined || this.#unknown === 'failed') this.#unknown = listed
    return []
  }

  async #byFallbackTag(digest: Digest): Promise<readonly Found[]> {
    const tag = fallbackTag(digest)
    if (tag === undefined || !this.#tags.has(tag) || this.#deleted.hasTag(tag)) return []
    const list = fallbackList(tag)
    try {
      return [list, ...(readList((await this.#reader.manifest(this.#context, tag)).value) ?? [])]
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return [list]
    }
  }
}

/** Finds orphaned referrers. Remembers for an hour that a repository has no referrers API. */
export class OrphanedReferrers {
  readonly #client: Pick<RegistryClient, 'send'>
  readonly #reader: Pick<RepositoryReader, 'manifest'>
  readonly #withoutApi = new QuickLRU<string, true>({ maxSize: MAX_WITHOUT_API, maxAge: NO_API_MS })

  constructor(client: Pick<RegistryClient, 'send'>, reader: Pick<RepositoryReader, 'manifest'>) {
    this.#client = client
    this.#reader = reader
  }

  /** @param deleted  by the plan. */
  search(context: RequestContext, deleted: Deleted): OrphanSearch {
    return new OrphanSearch(this.#client, this.#reader, this.#withoutApi, context, deleted)
  }
}
