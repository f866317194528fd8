// What refers to a manifest, from wherever a registry keeps it. Each place is asked by itself: one that fails hides
// nothing of what the others know.

import { type QueryClient, queryOptions } from '@tanstack/react-query'
import { cosignTags, fallbackTag } from '../../shared/oci/attached-tags.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import { continuationOf, type Page } from '../../shared/oci/pages.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import {
  type FoundBy,
  mergeReferrers,
  NO_API_MS,
  parseReferrers,
  type Referrer,
  toReferrer,
} from '../../shared/oci/referrers.ts'
import { ApiError, unexpectedAnswer } from './http.ts'
import { manifestOf } from './manifests.ts'
import { fetchPage } from './pages.ts'
import { tagsOf } from './tags.ts'

/** A place that could not be read, or not to its end. */
export interface FailedSource {
  readonly source: FoundBy
  readonly error: unknown
}

export interface ReferrerList {
  /** Each digest once. */
  readonly referrers: readonly Referrer[]
  /** None: everything is there, unless `truncated` or `hasApi` says otherwise. */
  readonly failures: readonly FailedSource[]
  /** The registry names more pages than were read. */
  readonly truncated: boolean
  /** What is odd about the lists, each in a sentence: an entry that names nothing is not among `referrers`. */
  readonly problems: readonly string[]
  /** False where the registry has no referrers API: then the fallback tag is where clients keep the list. */
  readonly hasApi: boolean
}

/** By repository, since one registry may hand several of them on to others. Kept for as long as the page. */
const NO_API = 'no-referrers-api'
/** How Gantry says that a registry has no such API (server/registry/registry-errors.ts). */
const NOT_THERE = [404, 405]
const MAX_PAGES = 20

const statusOf = (error: unknown) => (error instanceof ApiError ? error.status : undefined)

/** Not where the registry asks for a login: the manifest was read without, and this end point alone refuses. */
export const isSessionOver = (error: unknown) =>
  error instanceof ApiError && error.status === 401 && error.reason !== 'login_required'

function readList(value: unknown, subject: Digest, foundBy: FoundBy): Found {
  const list = parseReferrers(value)
  if (list === undefined) throw unexpectedAnswer('list of referrers')
  const referrers = list.manifests.map((entry) => toReferrer(entry, subject, foundBy))
  return { referrers, problems: list.problems }
}

/** Whether this repository was seen to have no API less than an hour ago: registries are updated. */
function isWithoutApi(client: QueryClient, repository: Repository): boolean {
  const seenAt = client.getQueryState([NO_API, repository])?.dataUpdatedAt ?? 0
  return Date.now() - seenAt < NO_API_MS
}

function noteWithoutApi(client: QueryClient, repository: Repository): void {
  client.setQueryDefaults([NO_API], { gcTime: Number.POSITIVE_INFINITY })
  client.setQueryData([NO_API, repository], true)
}

/** What one place knows; with an error, only what came before it. */
interface Found {
  readonly referrers: readonly Referrer[]
  readonly problems?: readonly string[]
  readonly error?: unknown
  readonly truncated?: boolean
}

/** The referrers API, page after page; undefined where the registry has none. */
async function fromApi(
  client: QueryClient,
  repository: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<Found | undefined> {
  if (isWithoutApi(client, repository)) return undefined
  const referrers: Referrer[] = []
  const problems: string[] = []
  // by digest, which tells a page that only repeats others
  const pages: Page<Digest>[] = []
  const asked: string[] = []
  let path: string | undefined = `v2/${repository}/referrers/${subject}`
  let truncated = false
  try {
    while (path !== undefined && pages.length < MAX_PAGES) {
      asked.push(path)
      const page = await fetchPage(path, signal, (value) => {
        const list = readList(value, subject, 'referrers API')
        problems.push(...(list.problems ?? []))
        return list.referrers
      })
      referrers.push(...page.items)
      pages.push({ ...page, items: page.items.map(({ digest }) => digest) })
      const { next, incomplete } = continuationOf(pages, asked)
      truncated = incomplete || next !== undefined
      path = next
    }
  } catch (error) {
    // whoever has left, or whose session is over, is told nothing about places
    if (signal.aborted || isSessionOver(error)) throw error
    if (pages.length > 0 || !NOT_THERE.includes(statusOf(error) ?? 0)) return { referrers, problems, error }
    noteWithoutApi(client, repository)
    return undefined
  }
  return { referrers, problems, truncated }
}

/** The list under the fallback tag; empty where nobody has pushed one. */
async function fromTag(
  client: QueryClient,
  repository: Repository,
  subject: Digest,
  tags: readonly Tag[],
): Promise<Found> {
  const tag = fallbackTag(subject)
  if (tag === undefined || !tags.includes(tag)) return { referrers: [] }
  const { value } = await client.fetchQuery(manifestOf(repository, tag))
  return readList(value, subject, 'fallback tag')
}

/** cosign's tag leads to a manifest whose digest and size only it knows. */
async function fromCosign(
  client: QueryClient,
  repository: Repository,
  subject: Digest,
  tag: Tag,
): Promise<Found> {
  const { digest, bytes, mediaType, manifest } = await client.fetchQuery(manifestOf(repository, tag))
  if (digest === undefined || manifest.kind !== 'manifest') throw unexpectedAnswer('cosign manifest')
  const { annotations, artifactType = manifest.layers[0]?.mediaType } = manifest
  const foundBy = ['cosign tag'] as const
  const size = bytes.length
  return { referrers: [{ digest, mediaType, size, artifactType, annotations, subject, foundBy }] }
}

/** A repository that nobody has tagged anything in is unknown to some registries. */
async function tagsIn(client: QueryClient, repository: Repository): Promise<readonly Tag[]> {
  try {
    return (await client.fetchQuery(tagsOf(repository))).tags
  } catch (error) {
    if (statusOf(error) === 404) return []
    throw error
  }
}

/** What a place knows, or why it does not say. */
const settle = (found: Promise<Found>): Promise<Found> =>
  found.catch((error: unknown) => ({ referrers: [], error }))

/**
 * Everything that says it is about this digest: by the referrers API where there is one, else by the fallback tag,
 * and by cosign's tags. A place that fails is one of the `failures`; rejects only when cancelled or logged out.
 *
 * @param subject  of an image or an index.
 */
export const referrersOf = (repository: Repository, subject: Digest) =>
  queryOptions({
    queryKey: ['referrers', repository, subject],
    queryFn: async ({ client, signal }): Promise<ReferrerList> => {
      const tags = tagsIn(client, repository)
      const byCosign = tags.then(
        (all) =>
          Promise.all(
            cosignTags(all, [subject]).map(({ tag }) => settle(fromCosign(client, repository, subject, tag))),
          ),
        (error: unknown): Found[] => [{ referrers: [], error }],
      )
      const byApi = await fromApi(client, repository, subject, signal)
      // one that is out of order says nothing of which of the two a registry keeps
      const byTag =
        byApi === undefined || byApi.error !== undefined
          ? await settle(tags.then((all) => fromTag(client, repository, subject, all)))
          : undefined
      const places: readonly (readonly [FoundBy, Found | undefined])[] = [
        ['referrers API', byApi],
        ['fallback tag', byTag],
        ...(await byCosign).map((found) => ['cosign tag', found] as const),
      ]
      return {
        referrers: mergeReferrers(places.map(([, found]) => found?.referrers ?? [])),
        failures: places.flatMap(([source, found]) =>
          found?.error === undefined ? [] : { source, error: found.error },
        ),
        truncated: byApi?.truncated === true,
        problems: places.flatMap(([, found]) => found?.problems ?? []),
        hasApi: byApi !== undefined,
      }
    },
  })
