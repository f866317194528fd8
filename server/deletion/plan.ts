// What deleting some tags does to their repository, found over all of its tags, whatever a page shows of them.

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
import { gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { Paging } from '../registry/paging.ts'
import type { InfoCache } from '../summaries/info-cache.ts'
import type { RepositoryReader, RequestContext } from '../summaries/reader.ts'
import type { ManifestInfo } from '../summaries/summarize.ts'
import { listTags } from './all-tags.ts'
import type { DeletionMode, TagDeletion } from './capabilities.ts'
import { FreedBlobs } from './freed-blobs.ts'
import { type Contents, ManifestWalk, ReadBudget, readContents } from './named-manifests.ts'
import { createOrphanedReferrers, type FindReferrers } from './orphaned-referrers.ts'
import { readTaggedManifests, type TaggedManifests } from './tagged-manifests.ts'
import { cannotRead, isBroken, isMissing, isUnreadable } from './unreadable.ts'

export interface PlannerOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly paging: Pick<Paging, 'after'>
  readonly reader: RepositoryReader
  readonly infoCache: InfoCache
  readonly tagDeletion: Pick<TagDeletion, 'mode'>
}

/** @throws GatewayError. A plan is whole or there is none: what cannot be read might be a tag that goes too. */
export type MakePlan = (
  context: RequestContext,
  asked: readonly string[],
  onProgress: (progress: DeletionProgress) => void,
) => Promise<DeletionPlan>

/** What becomes of the tagged manifests. */
interface Fate {
  readonly mode: DeletionMode
  readonly asked: ReadonlySet<string>
  readonly tagged: TaggedManifests
  /** Those that tags asked for name, in the order asked. */
  readonly named: ReadonlySet<Digest>
  /** Those of them that have no tag left. */
  readonly going: ReadonlySet<Digest>
}

function decide(mode: DeletionMode, askedTags: readonly string[], tagged: TaggedManifests): Fate {
  const { digests, tags } = tagged
  const asked = new Set(askedTags)
  const named = new Set(askedTags.flatMap((tag) => digests.get(tag as Tag) ?? []))
  const losesAll = (digest: Digest) => tags.get(digest)?.every((tag) => asked.has(tag)) ?? true
  const going = new Set([...named].filter((digest) => mode === 'digest' || losesAll(digest)))
  return { mode, asked, tagged, named, going }
}

/** How the manifests of one repository are read, and who is told how far that is. */
interface Reading {
  readonly read: (digest: Digest) => Promise<Contents>
  /** What a tag names, by a GET of the tag itself. */
  readonly readTag: (tag: Tag) => Promise<Digest>
  readonly budget: ReadBudget
  /** Told of tags whose manifest has been dealt with. */
  readonly count: (tags: number) => void
}

/** What was found in the manifests. */
interface Findings {
  /** Of those named; without those that Gantry does not know. */
  readonly info: Map<Digest, ManifestInfo>
  /** Of what goes, those that name more manifests than the images of their info. */
  readonly larger: Set<Digest>
  readonly freed: FreedBlobs
}

const tagsOf = ({ tagged }: Fate, digest: Digest) => tagged.tags.get(digest) ?? []
const imagesOf = (info: ManifestInfo | undefined) => (info?.kind === 'index' ? info.images : [])

/** Whether there are manifests below it that are not among its images: further ones, or those of an index within. */
function namesMore({ info, manifests }: Contents): boolean {
  if (info?.kind === 'index' && info.more) return true
  return manifests.some(({ isImage }) => !isImage)
}

/** What goes: what cannot be read of it costs the plan nothing but the number of its bytes. */
async function exploreGoing(
  fate: Fate,
  { read, count, budget }: Reading,
  { info, larger, freed }: Findings,
): Promise<void> {
  const walk = new ManifestWalk({
    read,
    budget,
    roots: fate.going,
    mayRead(digest) {
      if (fate.going.has(digest)) count(tagsOf(fate, digest).length)
      if (budget.exhausted() === undefined) return true
      freed.goingUnread()
      return false
    },
    onContents(digest, contents) {
      if (fate.named.has(digest) && contents.info !== undefined) info.set(digest, contents.info)
      if (namesMore(contents)) larger.add(digest)
      freed.add(contents.blobs)
      if (contents.isOpaque) freed.goingUnread()
    },
    onUnreadable(_child, error) {
      if (!isUnreadable(error)) throw error
      freed.goingUnread()
    },
    onTooMuch: () => freed.goingUnread(),
  })
  await walk.run()
}

/**
 * What stays: it keeps its blobs, and whatever it names. By digest it may lose a part, so that there is no plan unless
 * all of it was read; by tag nobody needs to look once there is nothing left to keep.
 */
async function exploreKept(fate: Fate, reading: Reading, { info, freed }: Findings) {
  const { count, budget } = reading
  const { mode, tagged, named, going } = fate
  const roots = new Set([...tagged.tags.keys()].filter((digest) => !going.has(digest)))
  /** A tag that names it. */
  const tagAbove = (digest: Digest): Tag => {
    const root = roots.has(digest) ? digest : walk.rootsOf(digest)[0]
    const [tag] = root === undefined ? [] : tagsOf(fate, root)
    if (tag === undefined) throw new Error('the walk begins at tags')
    return tag
  }
  /** A tag that stays is broken only where a GET of the tag itself says so. */
  async function read(digest: Digest): Promise<Contents> {
    try {
      return await reading.read(digest)
    } catch (error) {
      if (!isMissing(error) || !roots.has(digest)) throw error
      const tag = tagAbove(digest)
      // it throws the same for a tag that is broken
      await reading.readTag(tag)
      throw gatewayError('tag_ambiguous', { tag: tag })
    }
  }
  const walk = new ManifestWalk({
    read,
    budget,
    roots,
    mayRead(digest) {
      if (!roots.has(digest)) return true
      count(tagsOf(fate, digest).length)
      return named.has(digest) || mode === 'digest' || !freed.isEmpty()
    },
    onContents(digest, contents) {
      if (named.has(digest) && contents.info !== undefined) info.set(digest, contents.info)
      freed.keep(contents.blobs.keys())
      // of a list, what is said to be a manifest may be a blob
      freed.keep(contents.manifests.map((child) => child.digest))
      // a manifest that is said to be a blob was not followed to what it uses
      const hidesOne =
        contents.info?.kind !== 'image' && [...contents.blobs.keys()].some((digest) => going.has(digest))
      if (contents.isOpaque || hidesOne) freed.keptUnread()
    },
    onUnreadable(child, error) {
      if (isMissing(error)) return
      // an image uses blobs, and nothing that could be lost
      if (!child.isImage || !isBroken(error)) throw cannotRead(tagAbove(child.digest), error)
      freed.keptUnread()
    },
    onTooMuch(digest, what) {
      throw gatewayError('too_much_to_read', { tag: tagAbove(digest), limit: what })
    },
  })
  await walk.run()
  return walk
}

/** Nothing goes but names: what they name is looked at for the sake of its description. */
async function describeOnly({ named }: Fate, { read }: Reading, { info }: Findings): Promise<void> {
  await forEachConcurrent(named, MAX_STREAM_REQUESTS, async (digest) => {
    try {
      const contents = await read(digest)
      if (contents.info !== undefined) info.set(digest, contents.info)
    } catch (error) {
      if (!isUnreadable(error)) throw error
    }
  })
}

/** The tags that stay and name each of those asked for. */
function namedByKept(fate: Fate, walk: ManifestWalk | undefined): ReadonlyMap<Digest, readonly Tag[]> {
  // in the order of the list, not of the answers
  const place = new Map([...fate.tagged.tags.keys()].map((digest, index) => [digest, index]))
  const found = new Map<Digest, readonly Tag[]>()
  for (const digest of fate.named) {
    const roots = [...(walk?.rootsOf(digest) ?? [])]
    if (roots.length === 0) continue
    roots.sort((one, other) => (place.get(one) ?? 0) - (place.get(other) ?? 0))
    found.set(
      digest,
      roots.flatMap((root) => tagsOf(fate, root)),
    )
  }
  return found
}

const NOT_ALL_ASKED: PlannedReferrer = { type: 'perhaps more: not all of its parts were asked about' }

/** The referrers of what goes, and of those of its platforms that no tag is left for. */
async function findOrphans(
  fate: Fate,
  { info, larger }: Findings,
  stays: (digest: Digest) => boolean,
  referrersOf: FindReferrers,
) {
  const { mode, going } = fate
  const orphaned = new Map<Digest, readonly PlannedReferrer[]>()
  await forEachConcurrent(going, MAX_STREAM_REQUESTS, async (digest) => {
    // an index that stays keeps its images where single tags are deleted
    if (mode === 'tag' && stays(digest)) return
    const images = imagesOf(info.get(digest)).map((image) => image.digest)
    const found = await referrersOf([digest, ...images.filter((image) => !stays(image))])
    orphaned.set(digest, larger.has(digest) ? [...found, NOT_ALL_ASKED] : found)
  })
  return orphaned
}

function describe(
  fate: Fate,
  { info }: Findings,
  keptBy: ReadonlyMap<Digest, readonly Tag[]>,
  referrers: ReadonlyMap<Digest, readonly PlannedReferrer[]>,
): readonly PlannedManifest[] {
  const { asked, named } = fate
  return [...named].map((digest) => {
    const tags = tagsOf(fate, digest)
    const imageOf = keptBy.get(digest)
    return {
      digest,
      mediaType: info.get(digest)?.mediaType ?? '',
      asked: tags.filter((tag) => asked.has(tag)),
      others: tags.filter((tag) => !asked.has(tag)),
      ...(imageOf !== undefined && { imageOf }),
      platforms: imagesOf(info.get(digest)).map(({ label }) => label),
      referrers: referrers.get(digest) ?? [],
    }
  })
}

export function createPlanner(options: PlannerOptions): MakePlan {
  const { client, paging, reader, infoCache, tagDeletion } = options
  const orphaned = createOrphanedReferrers(client, reader)

  return async (context, askedTags, onProgress) => {
    const mode = await tagDeletion.mode(context)
    const all = await listTags(client, paging, context)
    let known = 0
    const count = (tags: number) => {
      known += tags
      onProgress({ known, all: all.length })
    }
    count(0)
    const tagged = await readTaggedManifests(reader, context, all, new Set(askedTags))
    const fate = decide(mode, askedTags, tagged)
    const { asked, going } = fate
    count(all.length - tagged.digests.size)

    const reading: Reading = {
      read: (digest) => readContents(reader, infoCache, context, digest),
      readTag: async (tag) => (await reader.manifest(context, tag)).digest,
      budget: new ReadBudget(),
      count,
    }
    const findings: Findings = { info: new Map(), larger: new Set(), freed: new FreedBlobs() }
    await exploreGoing(fate, reading, findings)
    const kept = going.size > 0 ? await exploreKept(fate, reading, findings) : undefined
    if (kept === undefined) await describeOnly(fate, reading, findings)

    const isGoing = (digest: Digest | undefined) => digest !== undefined && going.has(digest)
    const { referrersOf, unknown } = orphaned.begin(context, {
      tags: all,
      isTagGoing: (tag) => asked.has(tag) || isGoing(tagged.digests.get(tag)),
      isGoing,
    })
    const stays = (digest: Digest) =>
      kept?.names(digest) === true || (tagged.tags.has(digest) && !going.has(digest))
    const referrers = await findOrphans(fate, findings, stays, referrersOf)
    const there = new Set<string>(all)
    const referrersUnknown = unknown()
    return {
      mode,
      manifests: describe(fate, findings, namedByKept(fate, kept), referrers),
      broken: askedTags.filter((tag) => there.has(tag) && !tagged.digests.has(tag as Tag)),
      gone: askedTags.filter((tag) => !there.has(tag)),
      tagCount: all.length,
      ...findings.freed.total(),
      ...(referrersUnknown !== undefined && { referrersUnknown }),
    }
  }
}
