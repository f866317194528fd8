// What deleting some tags does to their repository, found over all of its tags, whatever a page shows of them.

import type { DeletionPlan, DeletionProgress, PlannedManifest, PlannedReferrer } from '../../shared/api.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { readImages } from '../images/index-images.ts'
import type { Parts } from '../images/parts.ts'
import type { ManifestFacts } from '../images/summary.ts'
import type { Asker, Upstream } from '../images/upstream.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { Paging } from '../registry/paging.ts'
import { listTags } from './all-tags.ts'
import { createDangling } from './dangling.ts'
import { eachOf } from './each-of.ts'
import { createFreedBlobs, type FreedBlobs } from './freed-blobs.ts'
import type { DeletionMode, TagDeletion } from './tag-deletion.ts'
import { readTaggedManifests, type TaggedManifests } from './tagged-manifests.ts'
import { isUnreadable } from './unreadable.ts'

export interface PlannerOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly paging: Pick<Paging, 'after'>
  readonly upstream: Upstream
  readonly parts: Parts
  readonly tagDeletion: Pick<TagDeletion, 'mode'>
}

/** @throws GatewayError. A plan is whole or there is none: what cannot be read might be a tag that goes too. */
export type MakePlan = (
  asker: Asker,
  asked: readonly string[],
  onProgress: (progress: DeletionProgress) => void,
) => Promise<DeletionPlan>

/** What lies in a manifest. */
interface Contents {
  /** Undefined if nobody can say. */
  readonly facts: ManifestFacts | undefined
  /** All that was read: itself or its images. */
  readonly manifests: readonly ManifestFacts[]
  /** Whether that is all there is. */
  readonly complete: boolean
}

const imagesOf = (facts: ManifestFacts | undefined) => (facts?.kind === 'index' ? facts.images : [])

async function readContents(parts: Parts, asker: Asker, digest: Digest): Promise<Contents> {
  try {
    const facts = await parts.manifest(asker, digest)
    if (facts.kind === 'image') return { facts, manifests: [facts], complete: true }
    const { images, over } = await readImages(parts, asker, facts)
    const manifests = images.filter((image) => image !== undefined)
    // what an index within an index holds, nobody looks
    const whole = manifests.length === images.length && manifests.every(({ kind }) => kind === 'image')
    return { facts, manifests, complete: whole && !over && !facts.more }
  } catch (error) {
    if (!isUnreadable(error)) throw error
    return { facts: undefined, manifests: [], complete: false }
  }
}

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

/** What was found in the manifests. */
interface Findings {
  /** Of those named; without those that cannot be read. */
  readonly facts: ReadonlyMap<Digest, ManifestFacts>
  /** Images of the indexes that stay, with the tags of these. */
  readonly kept: ReadonlyMap<Digest, readonly Tag[]>
  readonly freed: FreedBlobs
}

/** @param count  told of tags whose manifest has been dealt with. */
async function explore(
  parts: Parts,
  asker: Asker,
  { mode, tagged, named, going }: Fate,
  count: (tags: number) => void,
): Promise<Findings> {
  const freed = createFreedBlobs()
  const facts = new Map<Digest, ManifestFacts>()
  const kept = new Map<Digest, readonly Tag[]>()
  async function read(digest: Digest): Promise<Contents> {
    const contents = await readContents(parts, asker, digest)
    if (!contents.complete && going.size > 0) freed.incomplete()
    return contents
  }
  await eachOf(going, async (digest) => {
    const contents = await read(digest)
    if (contents.facts !== undefined) facts.set(digest, contents.facts)
    for (const manifest of contents.manifests) freed.add(manifest)
    count(tagged.tags.get(digest)?.length ?? 0)
  })
  // whatever stays keeps its blobs, and an index its images; with nothing left to keep, nobody needs to look
  await eachOf(tagged.tags, async ([digest, tags]) => {
    if (going.has(digest)) return
    if (named.has(digest) || (going.size > 0 && (mode === 'digest' || !freed.isEmpty()))) {
      const contents = await read(digest)
      if (named.has(digest) && contents.facts !== undefined) facts.set(digest, contents.facts)
      for (const manifest of contents.manifests) freed.keep(manifest)
      for (const { digest: image } of imagesOf(contents.facts))
        kept.set(image, [...(kept.get(image) ?? []), ...tags])
    }
    count(tags.length)
  })
  return { facts, kept, freed }
}

function describe(
  { asked, tagged, named }: Fate,
  { facts, kept }: Findings,
  referrers: ReadonlyMap<Digest, readonly PlannedReferrer[]>,
): readonly PlannedManifest[] {
  return [...named].map((digest) => {
    const tags = tagged.tags.get(digest) ?? []
    const indexes = kept.get(digest)
    return {
      digest,
      mediaType: facts.get(digest)?.mediaType ?? '',
      asked: tags.filter((tag) => asked.has(tag)),
      others: tags.filter((tag) => !asked.has(tag)),
      ...(indexes !== undefined && { imageOf: indexes }),
      platforms: imagesOf(facts.get(digest)).map(({ label }) => label),
      referrers: referrers.get(digest) ?? [],
    }
  })
}

export function createPlanner(options: PlannerOptions): MakePlan {
  const { client, paging, upstream, parts, tagDeletion } = options

  async function findDangling(asker: Asker, fate: Fate, { facts, kept }: Findings) {
    const { mode, asked, going, tagged } = fate
    const { digests, tags } = tagged
    const isGoing = (digest: Digest | undefined) => digest !== undefined && going.has(digest)
    const stays = (digest: Digest) => kept.has(digest) || (tags.has(digest) && !going.has(digest))
    const referrersOf = createDangling({
      client,
      upstream,
      tags: tagged.all,
      isTagGoing: (tag) => asked.has(tag) || isGoing(digests.get(tag)),
      isGoing,
    })
    const dangling = new Map<Digest, readonly PlannedReferrer[]>()
    await eachOf(going, async (digest) => {
      // an index that stays keeps its images where single tags are deleted
      if (mode === 'tag' && kept.has(digest)) return
      const images = imagesOf(facts.get(digest)).map((image) => image.digest)
      const subjects = [digest, ...images.filter((image) => !stays(image))]
      dangling.set(digest, await referrersOf(asker, subjects))
    })
    return dangling
  }

  return async (asker, askedTags, onProgress) => {
    const mode = await tagDeletion.mode(asker)
    const all = await listTags(client, paging, asker)
    let known = 0
    const count = (tags: number) => {
      known += tags
      onProgress({ known, all: all.length })
    }
    count(0)
    const tagged = await readTaggedManifests(upstream, asker, all)
    count(all.length - tagged.digests.size)
    const fate = decide(mode, askedTags, tagged)
    const findings = await explore(parts, asker, fate, count)
    const there = new Set<string>(all)
    return {
      mode,
      manifests: describe(fate, findings, await findDangling(asker, fate, findings)),
      broken: askedTags.filter((tag) => there.has(tag) && !tagged.digests.has(tag as Tag)),
      gone: askedTags.filter((tag) => !there.has(tag)),
      tagCount: all.length,
      ...findings.freed.total(),
    }
  }
}
