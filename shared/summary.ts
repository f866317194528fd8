// Lines of a summaries answer, read back.

import * as z from 'zod/mini'
import type { SummaryRow } from './api.ts'

const text = z.optional(z.string())
const size = z.optional(z.number().check(z.nonnegative()))

const summary = z.object({
  tag: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  artifactType: text,
  created: text,
  size,
  sizeAtLeast: size,
  totalSize: size,
  platforms: z.array(z.string()),
  image: text,
  config: text,
  partial: z.optional(z.literal(true)),
  error: z.optional(z.undefined()),
})
const failure = z.object({
  tag: z.string(),
  digest: text,
  mediaType: text,
  error: z.object({ code: z.string(), message: z.string(), detail: z.optional(z.unknown()) }),
})
const row = z.union([summary, failure])

/**
 * Reads one line of the NDJSON answer of `POST /api/repositories/<name>/summaries`.
 *
 * @param line  without its line break; a line that was cut off is not JSON.
 * @returns undefined if it is no row. Fields this version does not know are dropped. Never throws.
 */
export function parseSummaryLine(line: string): SummaryRow | undefined {
  try {
    const parsed = row.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
