// What a plan means: which requests it takes, what goes, and whether two of them say the same.

import type { DeletionPlan, DeletionRequest, PlannedManifest } from '../../../shared/api/deletion.ts'

/** One request to the registry. */
export interface Step {
  /** What is deleted: a tag, or the digest of a manifest. */
  readonly reference: string
  /** The tags that are gone with it. */
  readonly tags: readonly string[]
  readonly request: DeletionRequest
}

/** As many tags as the server compares before it deletes a manifest, and siblings that it looks for afterwards. */
const MAX_TAGS = 900
const MAX_SIBLINGS = 10

function tagSteps({ digest, asked, others }: PlannedManifest): readonly Step[] {
  const siblings = others.slice(0, MAX_SIBLINGS)
  const request = { digest, ...(siblings.length > 0 && { siblings }) }
  return asked.map((tag) => ({ reference: tag, tags: [tag], request }))
}

function manifestStep({ digest, asked, others }: PlannedManifest): Step {
  const tags = [...asked, ...others]
  return { reference: digest, tags, request: { tags: tags.slice(0, MAX_TAGS) } }
}

/** Those that have siblings come first: they show whether the registry keeps its word. */
export function stepsOf({ mode, manifests, broken }: DeletionPlan): readonly Step[] {
  if (mode === 'digest') return manifests.map(manifestStep)
  const steps = manifests.flatMap(tagSteps)
  return [
    ...steps.filter(({ request }) => request.siblings !== undefined),
    ...steps.filter(({ request }) => request.siblings === undefined),
    ...broken.map((tag) => ({ reference: tag, tags: [tag], request: { digest: null } })),
  ]
}

/** Whether the manifest itself goes, and not only names of it. */
export function goes({ others }: PlannedManifest, mode: DeletionPlan['mode']): boolean {
  return mode === 'digest' || others.length === 0
}

const count = (lists: readonly (readonly string[])[]) => lists.reduce((sum, list) => sum + list.length, 0)

/** The numbers that the dialog names. */
export function countsOf({ mode, manifests, broken, tagCount }: DeletionPlan) {
  const others = count(manifests.map((manifest) => manifest.others))
  const asked = count(manifests.map((manifest) => manifest.asked)) + (mode === 'tag' ? broken.length : 0)
  const going = asked + (mode === 'digest' ? others : 0)
  return {
    /** Tags that go, asked for or not. */
    going,
    /** Tags of the same manifests that nobody asked for: they go too, or stay. */
    others,
    /** Tags of images for several platforms that stay, and lose one. */
    losing: mode === 'digest' ? new Set(manifests.flatMap(({ imageOf = [] }) => imageOf)).size : 0,
    /** Manifests, and tags without one: each is something else that people may have meant to keep. */
    things: manifests.length + (mode === 'tag' ? broken.length : 0),
    /** Whether no tag is left. */
    empties: going > 0 && going === tagCount,
  }
}

/** The first tag that goes: what is deleted has its name if it is the only one. */
export function firstGoing({ manifests, broken }: DeletionPlan): string | undefined {
  return manifests[0]?.asked[0] ?? broken[0]
}

/** Whether the same tags, manifests and referrers are at stake; bytes and what else is in the repository may differ. */
export function samePlan(one: DeletionPlan, other: DeletionPlan): boolean {
  const essence = ({ mode, manifests, broken, gone }: DeletionPlan) =>
    JSON.stringify([
      mode,
      manifests.map(({ digest, asked, others, imageOf = [], referrers }) => [
        digest,
        [...asked].sort(),
        [...others].sort(),
        mode === 'digest' ? [...imageOf].sort() : [],
        referrers.map(({ type, digest: own = '', tag = '' }) => `${type} ${own} ${tag}`).sort(),
      ]),
      [...broken].sort(),
      [...gone].sort(),
    ])
  return essence(one) === essence(other)
}
