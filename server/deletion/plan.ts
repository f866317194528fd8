// The effects of deleting some tags, found out over all tags of the repository, however few a page shows.

import type {
  DeletionPlan,
  DeletionProgress,
  PlannedManifest,
  PlannedReferrer,
} from '../../shared/api/deletion.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { forEachConcurrent } from '../concurrency/for-each.ts'
import { MAX_STREAM_REQUESTS } from '../concurrency/limiter.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { Paging } from '../registry/paging.ts'
import type { InfoCache } from '../summaries/info-cache.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import type { ManifestInfo } from '../summaries/summarize.ts'
import type { DeletionMode, TagDeletion } from './capabilities.ts'
import {
  type DeletionScope,
  describeTargets,
  exploreDeleted,
  exploreKept,
  type Findings,
  FreedBlobs,
  type ManifestSource,
  tagsOf,
} from './explore.ts'
import { type ManifestWalk, ReadBudget, readContents } from './manifest-walk.ts'
import { OrphanedReferrers, type OrphanSearch, PERHAPS_MORE } from './referrers.ts'
import { listTags, readTaggedManifests, type TaggedManifests } from './tags.ts'

export interface PlannerOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly paging: Pick<Paging, 'after'>
  readonly reader: RepositoryReader
  readonly infoCache: InfoCache
  readonly tagDeletion: Pick<TagDeletion, 'mode'>
}

function scopeOf(
  mode: DeletionMode,
  requestedTags: readonly string[],
  tagged: TaggedManifests,
): DeletionScope {
  const { digests, tags } = tagged
  const requested = new Set(requestedTags)
  const targets = new Set(requestedTags.flatMap((tag) => digests.get(tag as Tag) ?? []))
  const losesAllTags = (digest: Digest) => tags.get(digest)?.every((tag) => requested.has(tag)) ?? true
  const deleted = new Set([...targets].filter((digest) => mode === 'digest' || losesAllTags(digest)))
  const kept = new Set([...tags.keys()].filter((digest) => !deleted.has(digest)))
  return { mode, requested, tagged, targets, deleted, kept }
}

const imagesOf = (info: ManifestInfo | undefined) => (info?.kind === 'index' ? info.images : [])

/** By target: the kept tags that include it. @param walk  over the kept manifests. */
function keptTagsAbove(
  scope: DeletionScope,
  walk: ManifestWalk | undefined,
): ReadonlyMap<Digest, readonly Tag[]> {
  // in the order of the list, not of the responses
  const place = new Map([...scope.tagged.tags.keys()].map((digest, index) => [digest, index]))
  const found = new Map<Digest, readonly Tag[]>()
  for (const digest of scope.targets) {
    const roots = [...(walk?.rootsOf(digest) ?? [])]
    if (roots.length === 0) continue
    roots.sort((one, other) => (place.get(one) ?? 0) - (place.get(other) ?? 0))
    found.set(
      digest,
      roots.flatMap((root) => tagsOf(scope, root)),
    )
  }
  return found
}

/** By deleted manifest: the referrers of it and of its images that no kept tag includes. */
async function findOrphans(
  { mode, deleted }: DeletionScope,
  { info, partlyListed }: Findings,
  isKept: (digest: Digest) => boolean,
  search: OrphanSearch,
): Promise<ReadonlyMap<Digest, readonly PlannedReferrer[]>> {
  const orphaned = new Map<Digest, readonly PlannedReferrer[]>()
  await forEachConcurrent(deleted, MAX_STREAM_REQUESTS, async (digest) => {
    // in mode `tag`, a kept index keeps its images
    if (mode === 'tag' && isKept(digest)) return
    const images = imagesOf(info.get(digest)).map((image) => image.digest)
    const found = await search.referrersOf([digest, ...images.filter((image) => !isKept(image))])
    orphaned.set(digest, partlyListed.has(digest) ? [...found, PERHAPS_MORE] : found)
  })
  return orphaned
}

function plannedManifests(
  scope: DeletionScope,
  { info }: Findings,
  keptTags: ReadonlyMap<Digest, readonly Tag[]>,
  referrers: ReadonlyMap<Digest, readonly PlannedReferrer[]>,
): readonly PlannedManifest[] {
  const { requested, targets } = scope
  return [...targets].map((digest) => {
    const tags = tagsOf(scope, digest)
    const imageOf = keptTags.get(digest)
    return {
      digest,
      mediaType: info.get(digest)?.mediaType ?? '',
      asked: tags.filter((tag) => requested.has(tag)),
      others: tags.filter((tag) => !requested.has(tag)),
      ...(imageOf !== undefined && { imageOf }),
      platforms: imagesOf(info.get(digest)).map(({ label }) => label),
      referrers: referrers.get(digest) ?? [],
    }
  })
}

export class Planner {
  readonly #options: PlannerOptions
  readonly #orphaned: OrphanedReferrers

  constructor(options: PlannerOptions) {
    this.#options = options
    this.#orphaned = new OrphanedReferrers(options.client, options.reader)
  }

  /**
   * Determines the effects of a deletion without deleting anything.
   *
   * @param requested  tags, without duplicates.
   * @throws GatewayError. A plan is complete or fails: anything unreadable might be a tag that is deleted as well.
   */
  async plan(
    context: RequestContext,
    requested: readonly string[],
    onProgress: (progress: DeletionProgress) => void,
  ): Promise<DeletionPlan> {
    const { client, paging, reader, tagDeletion } = this.#options
    const mode = await tagDeletion.mode(context)
    const tags = await listTags(client, paging, context)
    let known = 0
    const onRead = (count: number) => {
      known += count
      onProgress({ known, all: tags.length })
    }
    onRead(0)
    const tagged = await readTaggedManifests(reader, context, tags, new Set(requested))
    onRead(tags.length - tagged.digests.size)

    const scope = scopeOf(mode, requested, tagged)
    const findings: Findings = { info: new Map(), partlyListed: new Set(), freed: new FreedBlobs() }
    const walk = await this.#explore(scope, this.#source(context, onRead), findings)
    const isDeleted = (digest: Digest | undefined) => digest !== undefined && scope.deleted.has(digest)
    const search = this.#orphaned.search(context, {
      tags,
      hasTag: (tag) => scope.requested.has(tag) || isDeleted(tagged.digests.get(tag)),
      hasManifest: isDeleted,
    })
    const isKept = (digest: Digest) => walk?.includes(digest) === true || scope.kept.has(digest)
    const referrers = await findOrphans(scope, findings, isKept, search)
    const existing = new Set<string>(tags)
    return {
      mode,
      manifests: plannedManifests(scope, findings, keptTagsAbove(scope, walk), referrers),
      broken: requested.filter((tag) => existing.has(tag) && !tagged.digests.has(tag as Tag)),
      gone: requested.filter((tag) => !existing.has(tag)),
      tagCount: tags.length,
      ...findings.freed.total(),
      ...(search.unknown !== undefined && { referrersUnknown: search.unknown }),
    }
  }

  #source(context: RequestContext, onRead: (tags: number) => void): ManifestSource {
    const { reader, infoCache } = this.#options
    return {
      read: (digest) => readContents(reader, infoCache, context, digest),
      readTag: async (tag) => (await reader.manifest(context, tag)).digest,
      budget: new ReadBudget(),
      onRead,
    }
  }

  /** @returns the walk over the kept manifests; undefined if no manifest is deleted. */
  async #explore(
    scope: DeletionScope,
    source: ManifestSource,
    findings: Findings,
  ): Promise<ManifestWalk | undefined> {
    if (scope.deleted.size === 0) {
      await describeTargets(scope, source, findings)
      return undefined
    }
    await exploreDeleted(scope, source, findings)
    return exploreKept(scope, source, findings)
  }
}
