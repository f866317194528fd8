// What deleting some tags does to their repository, found over all of its tags, whatever a page shows of them.

import type { DeletionPlan, DeletionProgress, PlannedManifest, PlannedReferrer } from '../../shared/api.ts'
import { artifactTypeName } from '../../shared/oci/artifact-kind.ts'
import { type Digest, parseDigest } from '../../shared/oci/digest.ts'
import { parseManifest } from '../../shared/oci/manifest.ts'
import { OCI_INDEX } from '../../shared/oci/media-types.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { cosignSubject, fallbackTag } from '../../shared/oci/referrers.ts'
import { GatewayError } from '../errors.ts'
import { readImages } from '../images/index-images.ts'
import type { Parts } from '../images/parts.ts'
import type { ManifestFacts } from '../images/summary.ts'
import type { Asker, Upstream } from '../images/upstream.ts'
import { readText } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import { parseTarget } from '../registry/target.ts'
import { listTags } from './all-tags.ts'
import { eachOf } from './each-of.ts'
import type { TagDeletion } from './tag-deletion.ts'

export interface PlannerOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly registryOrigin: string
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

/** A list of referrers; what is longer is not worth a person's reading. */
const MAX_REFERRERS_BYTES = 4 * 1024 * 1024
/** Blobs that may become free, held until every other manifest was seen: 100 bytes each. */
const MAX_BLOBS = 1_000_000

/** The tags of each manifest, and those without one. */
interface Tags {
  readonly all: readonly Tag[]
  readonly byDigest: ReadonlyMap<Digest, readonly Tag[]>
  readonly broken: ReadonlySet<Tag>
}

const isUnknown = (error: unknown) => error instanceof GatewayError && error.statusCode === 404
/** What is wrong with one manifest for good: nobody can say what it holds. */
const isUnreadable = (error: unknown) =>
  error instanceof GatewayError &&
  (error.statusCode === 404 ||
    error.code === 'MANIFEST_INVALID' ||
    error.code === 'UNSUPPORTED' ||
    error.reason === 'bad_answer')

/** What is known of a manifest that goes. */
interface Facts {
  readonly mediaType: string
  readonly platforms: readonly string[]
  /** Of an index: its images. */
  readonly images: readonly Digest[]
}

/** Blobs of the manifests that go, until a manifest that stays turns out to use them. */
function createFreed() {
  const freed = new Map<Digest, number>()
  let partial = false
  return {
    add(facts: ManifestFacts | undefined): void {
      if (facts?.kind !== 'image') return
      for (const [digest, size] of facts.blobs) {
        if (freed.size >= MAX_BLOBS) partial = true
        else freed.set(digest, size)
      }
    },
    keep(facts: ManifestFacts | undefined): void {
      if (facts?.kind === 'image') for (const digest of facts.blobs.keys()) freed.delete(digest)
    },
    incomplete(): void {
      partial = true
    },
    isEmpty: () => freed.size === 0,
    total: () => ({
      bytes: [...freed.values()].reduce((sum, size) => sum + size, 0),
      ...(partial && { partial: true as const }),
    }),
  }
}

export function createPlanner(options: PlannerOptions): MakePlan {
  const { client, registryOrigin, upstream, parts, tagDeletion } = options

  async function digestOf(asker: Asker, tag: Tag): Promise<Digest> {
    const state = await upstream.head(asker, tag, undefined)
    if (state !== undefined && state !== 'unchanged') return state
    const document = await upstream.manifest(asker, tag)
    return document.digest
  }

  async function readTags(asker: Asker): Promise<Tags> {
    const all = await listTags(client, registryOrigin, asker)
    const found = new Map<Tag, Digest>()
    const broken = new Set<Tag>()
    await eachOf(all, async (tag) => {
      try {
        found.set(tag, await digestOf(asker, tag))
      } catch (error) {
        if (!isUnknown(error)) throw error
        broken.add(tag)
      }
    })
    const byDigest = new Map<Digest, Tag[]>()
    // in the order of the list, not of the answers
    for (const tag of all) {
      const digest = found.get(tag)
      if (digest === undefined) continue
      const tags = byDigest.get(digest)
      if (tags === undefined) byDigest.set(digest, [tag])
      else tags.push(tag)
    }
    return { all, byDigest, broken }
  }

  /** A manifest and what lies in it, each given to `use`. Undefined if it cannot be read. */
  async function read(
    asker: Asker,
    digest: Digest,
    use: (facts: ManifestFacts | undefined) => void,
    incomplete: () => void,
  ): Promise<Facts | undefined> {
    try {
      const facts = await parts.manifest(asker, digest)
      use(facts)
      if (facts.kind === 'image') return { mediaType: facts.mediaType, platforms: [], images: [] }
      const { images, over } = await readImages(parts, asker, facts)
      for (const image of images) use(image)
      if (over || facts.more || images.includes(undefined)) incomplete()
      return {
        mediaType: facts.mediaType,
        platforms: facts.images.map(({ label }) => label),
        images: facts.images.map((image) => image.digest),
      }
    } catch (error) {
      if (!isUnreadable(error)) throw error
      incomplete()
      return undefined
    }
  }

  /** By the API, if there is one: undefined where there is none. */
  async function listReferrers(
    { subject, repository, signal, lane }: Asker,
    digest: Digest,
  ): Promise<readonly PlannedReferrer[] | undefined> {
    const target = parseTarget('GET', `/v2/${repository}/referrers/${digest}`)
    const text = await lane.run(async () => {
      const headers = { accept: OCI_INDEX }
      const { statusCode, body } = await client.send(target, subject, { headers, signal })
      const read = await readText(body, MAX_REFERRERS_BYTES)
      return statusCode === 200 ? read : undefined
    }, false)
    if (text === undefined) return undefined
    try {
      const index = parseManifest(JSON.parse(text), OCI_INDEX)
      if (index.kind !== 'index') return undefined
      return index.manifests.map(({ artifactType, mediaType, digest: own }) => ({
        type: artifactTypeName(artifactType ?? '') ?? artifactType ?? mediaType,
        digest: own,
      }))
    } catch {
      return undefined
    }
  }

  /** Everything about these digests, by their tags and, as long as it answers, by the referrers API. */
  function createReferrers(asker: Asker, { all }: Tags, asked: ReadonlySet<string>) {
    const byTag = new Map<Digest, PlannedReferrer[]>()
    const fallbacks = new Map<string, Tag>()
    for (const tag of all) {
      const subject = cosignSubject(tag)
      if (subject !== undefined && !asked.has(tag)) {
        const kind = tag.endsWith('.sig') ? 'signature' : tag.endsWith('.att') ? 'attestation' : 'SBOM'
        byTag.set(subject, [...(byTag.get(subject) ?? []), { type: `cosign ${kind}`, tag }])
      } else if (/^sha\d+-/.test(tag) && !asked.has(tag)) fallbacks.set(tag, tag)
    }
    let hasApi = true
    return async (digests: readonly Digest[]): Promise<readonly PlannedReferrer[]> => {
      const found: PlannedReferrer[] = []
      for (const digest of digests) {
        found.push(...(byTag.get(digest) ?? []))
        const fallback = fallbacks.get(fallbackTag(digest) ?? '')
        if (fallback !== undefined) found.push({ type: 'list of referrers', tag: fallback })
        const listed = hasApi ? await listReferrers(asker, digest) : []
        if (listed === undefined) hasApi = false
        found.push(...(listed ?? []))
      }
      return found
    }
  }

  return async (asker, askedTags, onProgress) => {
    const asked = new Set(askedTags)
    const mode = await tagDeletion.mode(asker)
    const tags = await readTags(asker)
    const named = [...tags.byDigest].filter(([, of]) => of.some((tag) => asked.has(tag)))
    const goes = (of: readonly Tag[]) => mode === 'digest' || of.every((tag) => asked.has(tag))

    const freed = createFreed()
    const facts = new Map<Digest, Facts | undefined>()
    let known = 0
    const count = (of: readonly Tag[]) => {
      known += of.length
      onProgress({ known, all: tags.all.length })
    }
    await eachOf(named, async ([digest, of]) => {
      const use = goes(of) ? freed.add : () => {}
      facts.set(digest, await read(asker, digest, use, goes(of) ? freed.incomplete : () => {}))
      count(of)
    })
    // whatever stays keeps its blobs; once there is nothing left to keep, nobody needs to look
    const staying = [...tags.byDigest].filter(([digest, of]) => !facts.has(digest) || !goes(of))
    await eachOf(staying, async ([digest, of]) => {
      if (!freed.isEmpty()) await read(asker, digest, freed.keep, freed.incomplete)
      if (!facts.has(digest)) count(of)
    })

    const referrersOf = createReferrers(asker, tags, asked)
    const manifests: PlannedManifest[] = named.map(([digest, of]) => ({
      digest,
      mediaType: facts.get(digest)?.mediaType ?? '',
      asked: of.filter((tag) => asked.has(tag)),
      others: of.filter((tag) => !asked.has(tag)),
      platforms: facts.get(digest)?.platforms ?? [],
      referrers: [],
    }))
    await eachOf(manifests.entries(), async ([place, manifest]) => {
      const digest = parseDigest(manifest.digest)
      if (digest === undefined || (mode === 'tag' && manifest.others.length > 0)) return
      const subjects = [digest, ...(facts.get(digest)?.images ?? [])]
      manifests[place] = { ...manifest, referrers: await referrersOf(subjects) }
    })
    return {
      mode,
      manifests,
      broken: askedTags.filter((tag) => tags.broken.has(tag as Tag)),
      gone: askedTags.filter((tag) => !tags.all.includes(tag as Tag)),
      tagCount: tags.all.length,
      ...freed.total(),
    }
  }
}
