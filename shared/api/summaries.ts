// POST /api/repositories/<name>/summaries.

import * as z from 'zod/mini'
import { errorEntrySchema, tagsSchema, type Wire, type WireInput } from './wire.ts'

/** Maximum tags of one `SummariesRequest`. */
export const MAX_SUMMARIES = 500

/**
 * Body of `POST /api/repositories/<name>/summaries`: 1 to 500 tags. The response is a stream of
 * `application/x-ndjson`: one `SummaryRow` per line for each distinct tag, in order of completion, and no other line.
 * A stream with a line missing was cut off.
 */
export type SummariesRequest = WireInput<ReturnType<typeof summariesRequestSchema>>
// A function, so that bundlers drop it from the page, which only sends the body.
export const summariesRequestSchema = () => z.strictObject({ tags: tagsSchema(1, MAX_SUMMARIES) })

const text = z.optional(z.string())
const size = z.optional(z.number().check(z.nonnegative()))

/** A tag's row in a table. Unknown values are absent. */
export type TagSummary = Wire<typeof summarySchema>
const summarySchema = z.object({
  tag: z.string(),
  /** Of the manifest or index the tag names now. */
  digest: z.string(),
  mediaType: z.string(),
  /** Of an artifact (a chart, a signature): the type by which `artifactKindOf` recognises it. Absent for images. */
  artifactType: text,
  /** RFC 3339, or a day: of the image shown, from its config, else from annotations or labels (`createdOf`). */
  created: text,
  /** Compressed bytes of the image shown (the first of `platforms`) or of the artifact. Absent if unknown. */
  size,
  /** In place of `size` if some blobs have an unknown size: the bytes of the others. */
  sizeAtLeast: size,
  /**
   * Compressed bytes of all platforms together, a blob they share counted once. Equals `size` without an index;
   * absent if not all of them were read. With `partial` there may be more.
   */
  totalSize: size,
  /**
   * Labels, linux/amd64 first, as `platformsOf` names them, the first by its config where the index names no platform;
   * attestations left out; at most 64.
   */
  platforms: z.array(z.string()),
  /** Of an index: the digest of the image shown, if the repository has it. */
  image: text,
  /** The digest of the config of the image shown. Absent for artifacts. */
  config: text,
  /**
   * Something is left out here: the repository lacks a config or an image of the index, the config
   * cannot be read, a size or an entry of the manifest is unknown, or the index lists another index, more than 64
   * images, or larger ones than are read for one row.
   */
  partial: z.optional(z.literal(true)),
  error: z.optional(z.undefined()),
})

/** Why a tag has no summary, with the values that are known. */
export type FailedSummary = Wire<typeof failureSchema>
const failureSchema = z.object({
  tag: z.string(),
  digest: text,
  mediaType: text,
  /** With `detail.retryAfterSeconds` if the registry asked to wait. */
  error: errorEntrySchema,
})

export type SummaryRow = TagSummary | FailedSummary
const rowSchema = z.union([summarySchema, failureSchema])

/**
 * Reads one line of the NDJSON response of `POST /api/repositories/<name>/summaries`.
 *
 * @param line  without its line break; a line that was cut off is not JSON.
 * @returns undefined if it is not a row. Fields this version does not know are dropped. Never throws.
 */
export function parseSummaryLine(line: string): SummaryRow | undefined {
  try {
    const parsed = rowSchema.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
