// What refers to a manifest, from wherever a registry keeps it.

import { type QueryClient, queryOptions } from '@tanstack/react-query'
import type { Digest } from '../../shared/oci/digest.ts'
import { parseManifest } from '../../shared/oci/manifest.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import {
  cosignTags,
  type FoundBy,
  fallbackTag,
  mergeReferrers,
  type Referrer,
  toReferrer,
} from '../../shared/oci/referrers.ts'
import { ApiError, unexpectedAnswer } from './http.ts'
import { manifestOf } from './manifests.ts'
import { fetchPage, followingPath, type Page } from './pages.ts'
import { tagsOf } from './tags.ts'

/** Remembered for as long as the query cache lives: a registry without the API is asked for it once. */
const NO_API = ['no-referrers-api']
/** How registries say that they have no such end point. */
const NOT_THERE = [400, 404, 405, 501]
const MAX_PAGES = 20

const isAbsent = (error: unknown) => error instanceof ApiError && NOT_THERE.includes(error.status)

function parseReferrers(value: unknown, subject: Digest, foundBy: FoundBy): readonly Referrer[] {
  const index = parseManifest(value, undefined)
  if (index.kind !== 'index') throw unexpectedAnswer('list of referrers')
  return index.manifests.map((entry) => toReferrer(entry, subject, foundBy))
}

/** All pages of the referrers API; undefined where the registry has none. */
async function fromApi(
  client: QueryClient,
  repository: Repository,
  subject: Digest,
  signal: AbortSignal,
): Promise<readonly Referrer[] | undefined> {
  if (client.getQueryData(NO_API) === true) return undefined
  const pages: Page<Referrer>[] = []
  const asked: string[] = []
  let path: string | undefined = `v2/${repository}/referrers/${subject}`
  try {
    while (path !== undefined && pages.length < MAX_PAGES) {
      asked.push(path)
      pages.push(await fetchPage(path, signal, (value) => parseReferrers(value, subject, 'referrers API')))
      path = followingPath(pages, asked)
    }
  } catch (error) {
    if (!isAbsent(error)) throw error
    client.setQueryData(NO_API, true)
    return undefined
  }
  return pages.flatMap((page) => page.items)
}

/** The list under the fallback tag; empty where nobody has pushed one. */
async function fromTag(
  client: QueryClient,
  repository: Repository,
  subject: Digest,
  tags: readonly Tag[],
): Promise<readonly Referrer[]> {
  const tag = fallbackTag(subject)
  if (tag === undefined || !tags.includes(tag)) return []
  const { value } = await client.fetchQuery(manifestOf(repository, tag))
  return parseReferrers(value, subject, 'fallback tag')
}

/** cosign's tags lead to manifests whose digest and size only they know. */
async function fromCosign(
  client: QueryClient,
  repository: Repository,
  subject: Digest,
  tags: readonly Tag[],
): Promise<readonly Referrer[]> {
  const found = await Promise.all(
    cosignTags(tags, [subject]).map(async ({ tag }): Promise<Referrer[]> => {
      const { digest, bytes, mediaType, manifest } = await client.fetchQuery(manifestOf(repository, tag))
      if (digest === undefined || manifest.kind !== 'manifest') return []
      const { annotations, artifactType = manifest.layers[0]?.mediaType } = manifest
      return [
        {
          digest,
          mediaType,
          size: bytes.length,
          artifactType,
          annotations,
          subject,
          foundBy: ['cosign tag'],
        },
      ]
    }),
  )
  return found.flat()
}

/**
 * Everything that says it is about this digest: by the referrers API where there is one, else by the fallback tag,
 * and by cosign's tags; each manifest once. Where tags may not be listed, only the API is asked.
 *
 * @param subject  of an image or an index.
 */
export const referrersOf = (repository: Repository, subject: Digest) =>
  queryOptions({
    queryKey: ['referrers', repository, subject],
    queryFn: async ({ client, signal }): Promise<readonly Referrer[]> => {
      const [listed, tags] = await Promise.all([
        fromApi(client, repository, subject, signal),
        client.fetchQuery(tagsOf(repository)).catch((): readonly Tag[] => []),
      ])
      const beside = await Promise.all([
        listed ?? fromTag(client, repository, subject, tags),
        fromCosign(client, repository, subject, tags),
      ])
      return mergeReferrers(beside)
    },
  })
