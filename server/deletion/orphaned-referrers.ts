// What is about a manifest, and would point to nothing without it.

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
import { isUnreadable } from './unreadable.ts'

/** What one deletion plan asks about. */
export interface Deleted {
  /** All tags of the repository. */
  readonly tags: readonly Tag[]
  /** Whether it goes too: then it does not dangle. */
  readonly isTagGoing: (tag: Tag) => boolean
  readonly isGoing: (digest: Digest | undefined) => boolean
}

/** Everything about some digests. @throws GatewayError where nobody can be asked any more. */
export type FindReferrers = (digests: readonly Digest[]) => Promise<readonly PlannedReferrer[]>

export interface OrphanSearch {
  readonly referrersOf: FindReferrers
  /** Why not every list was read; undefined if each that was wanted was. */
  unknown(): DeletionPlan['referrersUnknown']
}

export interface OrphanedReferrers {
  begin(context: RequestContext, deleted: Deleted): OrphanSearch
}

/** What is found; its digest is known to be one. */
type Found = PlannedReferrer & { readonly digest?: Digest | undefined }

const MAX_BYTES = 4 * 1024 * 1024
const MAX_MS = 60_000
/** Repositories whose registry was seen to have no referrers API. */
const MAX_WITHOUT_API = 1000
/** Lists that fail or are refused before no further one is asked for: each may take its time to. */
const MAX_FAILURES = 8
const MORE: Found = { type: 'more than are listed here' }

const cosignKind = (tag: Tag) =>
  tag.endsWith('.sig') ? 'signature' : tag.endsWith('.att') ? 'attestation' : 'SBOM'

/** Undefined for another document than a list of referrers. */
function readList(value: unknown): readonly Found[] | undefined {
  const list = parseReferrers(value)
  if (list === undefined) return undefined
  const found = list.manifests.map(({ artifactType, mediaType, digest }) => ({
    type: artifactTypeLabel(artifactType ?? '') ?? artifactType ?? mediaType,
    digest,
  }))
  // an entry that names nothing is one of them
  return list.isWhole ? found : [...found, MORE]
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** What the API says of one digest: what it lists, or why it does not. */
type Listed = readonly Found[] | 'none' | 'refused' | 'failed'

/** What a failure on the way to the API means; thrown on if it is not about this end point alone. */
function outcomeOf(error: unknown, { signal }: RequestContext): Listed {
  if (signal.aborted) throw signal.reason
  const { code, reason } = toUpstreamError(error, 'registry')
  if (code === 'DENIED') return 'refused'
  if (code === 'UNAVAILABLE' && reason !== 'service_account_refused') return 'failed'
  // the account's own trouble: its session, its rate
  throw error
}

/** One page of the API. @throws GatewayError as `send` does, and for what asks to wait. */
async function askApi(
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
  const found = readList(parsed(text))
  const goesOn = leadsOn([headers.link].flat().join(', '))
  return found === undefined ? 'failed' : [...found, ...(goesOn ? [MORE] : [])]
}

/** One plan's search, by cosign's tags, the fallback tags and, where it answers, the referrers API. */
class Search implements OrphanSearch {
  readonly #client: Pick<RegistryClient, 'send'>
  readonly #reader: Pick<RepositoryReader, 'manifest'>
  readonly #withoutApi: QuickLRU<string, true>
  readonly #context: RequestContext
  readonly #deleted: Deleted
  readonly #tags: ReadonlySet<Tag>
  readonly #signatures = new Map<Digest, PlannedReferrer[]>()
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
      if (subject === undefined || deleted.isTagGoing(tag)) continue
      const known = this.#signatures.get(subject) ?? []
      this.#signatures.set(subject, [...known, { type: `cosign ${cosignKind(tag)}`, tag }])
    }
  }

  unknown = () => this.#unknown

  referrersOf: FindReferrers = async (digests) => {
    const { isGoing } = this.#deleted
    const found: PlannedReferrer[] = []
    const seen = new Set<string>()
    for (const digest of digests) {
      const listed = [...(await this.#byApi(digest)), ...(await this.#byFallback(digest))]
      found.push(...(this.#signatures.get(digest) ?? []))
      for (const referrer of listed) {
        if (isGoing(referrer.digest) || (referrer.digest !== undefined && seen.has(referrer.digest))) continue
        if (referrer.digest !== undefined) seen.add(referrer.digest)
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
      .run(() => askApi(this.#client, this.#context, digest), false)
      .catch((error: unknown) => outcomeOf(error, this.#context))
    if (typeof listed !== 'string') return listed
    if (listed === 'none') this.#withoutApi.set(repository, true)
    else this.#failures++
    if (this.#unknown === undefined || this.#unknown === 'failed') this.#unknown = listed
    return []
  }

  async #byFallback(digest: Digest): Promise<readonly Found[]> {
    const tag = fallbackTag(digest)
    if (tag === undefined || !this.#tags.has(tag) || this.#deleted.isTagGoing(tag)) return []
    const list: Found = { type: 'list of referrers', tag }
    try {
      return [list, ...(readList((await this.#reader.manifest(this.#context, tag)).value) ?? [])]
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return [list]
    }
  }
}

/** Finds what is about manifests that go. A repository without the API is remembered for an hour. */
export function createOrphanedReferrers(
  client: Pick<RegistryClient, 'send'>,
  reader: Pick<RepositoryReader, 'manifest'>,
): OrphanedReferrers {
  const withoutApi = new QuickLRU<string, true>({ maxSize: MAX_WITHOUT_API, maxAge: NO_API_MS })
  return { begin: (context, deleted) => new Search(client, reader, withoutApi, context, deleted) }
}
