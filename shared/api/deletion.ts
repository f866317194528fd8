// Deletion plans and deletions.

import * as z from 'zod/mini'
import { type Digest, parseDigest } from '../oci/digest.ts'
import { errorEntrySchema, tagSchema, tagsSchema, type Wire, type WireInput } from './wire.ts'

/** Maximum tags of one `DeletionPlanRequest`. */
export const MAX_DELETION = 10_000

/**
 * Body of `POST /api/repositories/<name>/deletion-plan`: 1 to 10,000 tags. The response is a stream
 * of `application/x-ndjson`: any number of `progress` lines, then one last line with the plan or the error.
 */
export type DeletionPlanRequest = WireInput<ReturnType<typeof deletionPlanRequestSchema>>
// Schemas of bodies are functions, so that bundlers drop them from the page, which only sends the bodies.
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
  /** Its requested tags. */
  asked: names,
  /** Its other tags: in mode `digest` they are also deleted, in mode `tag` they stay and keep the manifest. */
  others: names,
  /**
   * Tags that stay and include this manifest at any depth: an index with it as a platform, an index of such an index.
   * In mode `digest` they lose it, in mode `tag` they keep it. Absent if there are none.
   */
  imageOf: z.optional(names),
  /** Of an index: labels as in `TagSummary`. */
  platforms: names,
  /** Referrers of this manifest or of its platforms that will be orphaned; empty if the manifest stays. */
  referrers: z.array(referrerSchema),
})

/** The effects of deleting these tags, determined over all tags of the repository. */
export type DeletionPlan = Wire<typeof planSchema>
const planSchema = z.object({
  /**
   * `tag`: this registry deletes single tags, and other tags of the same manifest stay. `digest`: it deletes
   * whole manifests with all their tags.
   */
  mode: z.enum(['tag', 'digest']),
  /** One for each manifest of the requested tags, in the order requested. */
  manifests: z.array(manifestSchema),
  /** Requested, but without a manifest: only a registry that deletes single tags can remove them. */
  broken: names,
  /** Requested, but already gone. */
  gone: names,
  /** Tags the repository has now. */
  tagCount: z.number(),
  /**
   * Compressed bytes of configs and layers that no tag of the repository refers to afterwards, each blob once. With
   * `partial` a lower bound.
   */
  bytes: z.number(),
  /** Some documents could not be read, or some sizes are unknown: it may be more than `bytes`. */
  partial: z.optional(z.literal(true)),
  /** With `partial`, if an upper bound is known: a manifest that stays could not be read and may use some blobs. */
  bytesAtMost: z.optional(z.number()),
  /**
   * Why some or all of the registry's lists of referrers were not read: `none`: it has no referrers API. `refused`:
   * not for this account. `failed`: any other response. Then only referrers with a tag are listed.
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

/** The number of 128-character tags that fit into a body of 128 KiB. */
export const MAX_NAMED = 900
/** Siblings that are checked after a deletion by tag: one would be enough. */
export const MAX_SIBLINGS = 10

const digestSchema = () =>
  z.custom<Digest, string>((text) => typeof text === 'string' && parseDigest(text) !== undefined)

/**
 * Body of `DELETE /v2/<name>/manifests/<reference>`, optional: the plan. It is checked before anything is deleted; a
 * tag that has moved since is 409 CONFLICT.
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
      /** `gone`: there was nothing left to delete. `unknown`: the DELETE was sent and not confirmed. */
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
