// Plans of deletions and deletions.

import * as z from 'zod/mini'
import { type Digest, parseDigest } from '../oci/digest.ts'
import { errorEntrySchema, tagSchema, tagsSchema, type Wire, type WireInput } from './wire.ts'

/** Most tags one `DeletionPlanRequest` may name. */
export const MAX_DELETION = 10_000

/**
 * Body of `POST /api/repositories/<name>/deletion-plan`: 1 to 10,000 tags. The answer is a stream of
 * `application/x-ndjson`: any number of `progress` lines, then one with the plan or the error, which ends it.
 */
export type DeletionPlanRequest = WireInput<ReturnType<typeof deletionPlanRequestSchema>>
// Schemas of bodies are functions, so that the page's bundle, which only sends them, can leave them out.
export const deletionPlanRequestSchema = () => z.strictObject({ tags: tagsSchema(1, MAX_DELETION) })

const names = z.array(z.string())

export type DeletionProgress = Wire<typeof progressSchema>
const progressSchema = z.object({
  /** Tags of the repository whose manifests have been read. */
  known: z.number(),
  all: z.number(),
})

export type PlannedReferrer = Wire<typeof referrerSchema>
const referrerSchema = z.object({
  /** Artifact type or media type; `cosign signature` and such for what is known by its tag. */
  type: z.string(),
  digest: z.optional(z.string()),
  tag: z.optional(z.string()),
})

export type PlannedManifest = Wire<typeof manifestSchema>
const manifestSchema = z.object({
  digest: z.string(),
  mediaType: z.string(),
  /** Its tags that were asked for. */
  asked: names,
  /** Its other tags: in mode `digest` they go too, in mode `tag` they stay and keep it. */
  others: names,
  /**
   * Tags that stay and name this manifest, at any depth: an index with it as a platform, an index of such an index.
   * In mode `digest` they lose it, in mode `tag` they keep it. Absent: none.
   */
  imageOf: z.optional(names),
  /** Of an index: labels as in `TagSummary`. */
  platforms: names,
  /** What is about this manifest or one of its platforms and will point to nothing; empty while it stays. */
  referrers: z.array(referrerSchema),
})

/** What deleting these tags does, found over all tags of the repository. */
export type DeletionPlan = Wire<typeof planSchema>
const planSchema = z.object({
  /**
   * `tag`: this registry deletes single tags, and other tags of the same manifest stay. `digest`: it deletes
   * whole manifests, and every tag of them goes.
   */
  mode: z.enum(['tag', 'digest']),
  /** One for each manifest that the tags asked for name, in the order asked. */
  manifests: z.array(manifestSchema),
  /** Asked for, but without a manifest: only a registry that deletes single tags can remove them. */
  broken: names,
  /** Asked for, but no longer there. */
  gone: names,
  /** Tags the repository has now. */
  tagCount: z.number(),
  /**
   * Compressed bytes of config and layers that no tag of the repository refers to afterwards, each blob once. With
   * `partial` at least as many.
   */
  bytes: z.number(),
  /** Not everything could be read, or some sizes are not recorded: it may be more than `bytes`. */
  partial: z.optional(z.literal(true)),
  /** With `partial`, where it is known what it is at most: something that stays could not be read and may use some. */
  bytesAtMost: z.optional(z.number()),
  /**
   * Why the registry's own lists of referrers were not read, or not all of them: `none`: it has no such API.
   * `refused`: not for this account. `failed`: it gave another answer. Then only referrers with a tag are named.
   */
  referrersUnknown: z.optional(z.enum(['none', 'refused', 'failed'])),
})

const absent = z.optional(z.undefined())

export type DeletionPlanLine = Wire<typeof deletionPlanLineSchema>
export const deletionPlanLineSchema = z.union([
  z.object({ progress: progressSchema, plan: absent, error: absent }),
  z.object({ plan: planSchema, progress: absent, error: absent }),
  z.object({ error: errorEntrySchema, progress: absent, plan: absent }),
])

/** As many tags of 128 characters as a body of 128 KiB has room for. */
export const MAX_NAMED = 900
/** Siblings that are looked for after a deletion by tag: one would do. */
export const MAX_SIBLINGS = 10

const digestSchema = () =>
  z.custom<Digest, string>((text) => typeof text === 'string' && parseDigest(text) !== undefined)

/**
 * Body of `DELETE /v2/<name>/manifests/<reference>`, optional: what was planned. It is checked before anything is
 * deleted, and a tag that names something else by now is 409 CONFLICT.
 */
export type DeletionRequest = WireInput<ReturnType<typeof deletionRequestSchema>>
export type ParsedDeletionRequest = Wire<ReturnType<typeof deletionRequestSchema>>
export const deletionRequestSchema = () =>
  z.strictObject({
    /** Of a deletion by tag: the manifest the tag must name; null: it must have none. */
    digest: z.nullish(digestSchema()),
    /** Of a deletion by digest: tags that must name it. */
    tags: z.optional(tagsSchema(0, MAX_NAMED)),
    /** Of a deletion by tag: other tags of the manifest, which must survive it. */
    siblings: z.optional(tagsSchema(0, MAX_SIBLINGS)),
  })

/** Most steps of one `DeletionsRequest`. */
export const MAX_STEPS = 10_000
/** Most bytes of its body. */
export const MAX_STEPS_BYTES = 8 * 1024 * 1024

/**
 * Body of `POST /api/repositories/<name>/deletions`: the steps of a plan, carried out one after another in this order.
 * Each is compared with the repository again before it deletes anything.
 */
export type DeletionsRequest = WireInput<ReturnType<typeof deletionsRequestSchema>>
export type DeletionStep = Wire<ReturnType<typeof deletionsRequestSchema>>['steps'][number]
export const deletionsRequestSchema = () => {
  const step = z
    .strictObject({
      /** The manifest: deleted itself, or with `tag` the one that the tag must name (null: none). */
      digest: z.nullable(digestSchema()),
      /** The tag to delete. */
      tag: z.optional(tagSchema()),
      /** Without `tag`: the tags that must still name the manifest, or be gone. */
      tags: z.optional(tagsSchema(0, MAX_DELETION)),
      /** With `tag`: other tags of the manifest, which must survive it. */
      siblings: z.optional(tagsSchema(0, MAX_SIBLINGS)),
    })
    .check(z.refine(({ digest, tag }) => digest !== null || tag !== undefined))
  return z.strictObject({ steps: z.array(step).check(z.minLength(1), z.maxLength(MAX_STEPS)) })
}

/**
 * A line of the response, `application/x-ndjson`: one for each step, in order; `running` at least every 5 seconds
 * while one takes longer; `end` as the last. Without `end` the connection broke: the outcome of the step after the last
 * line is unknown to the client, and the audit log has it.
 */
export type DeletionsLine = Wire<ReturnType<typeof deletionsLineSchema>>
export const deletionsLineSchema = () =>
  z.union([
    z.object({
      /** Index in `steps`. */
      step: z.number(),
      /** `gone`: there was nothing left to delete. `unknown`: the registry was told and has not confirmed it. */
      result: z.enum(['deleted', 'gone', 'failed', 'unknown']),
      /** Of a step that failed or is unknown. */
      error: z.optional(errorEntrySchema),
    }),
    z.object({ running: z.number() }),
    z.object({
      end: z.enum(['done', 'stopped']),
      /** Why it stopped before the remaining steps, all of which it would concern. */
      error: z.optional(errorEntrySchema),
    }),
  ])
