// What manifests and indexes must look like, and how much of it is read.

import * as z from 'zod/mini'
import { type Digest, parseDigest } from './digest.ts'

/** More layers or platforms than any real image has; each becomes a row on a page. */
const MAX_PARTS = 10_000

/**
 * Reports the first fault only, with its path: a list of a million bad entries would otherwise make as many
 * reports, which zod copies as arguments of one call (a stack overflow).
 */
const firstFault = <T extends z.ZodMiniType>(type: T) =>
  z.pipe(
    z.unknown(),
    z.transform((input, context): z.output<T> => {
      const parsed = type.safeParse(input)
      if (parsed.success) return parsed.data
      const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'not valid' }
      context.issues.push({ code: 'custom', input, message, path: [...path] })
      return z.NEVER
    }),
  )
/** Go writes what is empty as null. */
const optional = <T extends z.ZodMiniType>(type: T) =>
  z.pipe(
    z.nullish(type),
    z.transform((value): z.output<T> | undefined => value ?? undefined),
  )
const texts = firstFault(z.array(z.string()))
const annotations = firstFault(z.record(z.string(), z.string()))
/** Counted before its entries are read; null is empty, and only what is absent is missing. */
const parts = <T extends z.ZodMiniType>(type: T) =>
  z.pipe(
    z.nullable(
      firstFault(z.pipe(z.array(z.unknown()).check(z.maxLength(MAX_PARTS, 'too many')), z.array(type))),
    ),
    z.transform((list): readonly z.output<T>[] => list ?? []),
  )

const platform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: optional(z.string()),
  'os.version': optional(z.string()),
  'os.features': optional(texts),
})
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.pipe(
    z.string(),
    z.transform((text, context): Digest => {
      const digest = parseDigest(text)
      if (digest === undefined)
        context.issues.push({ code: 'custom', message: 'no valid digest', input: text })
      return digest as Digest
    }),
  ),
  size: z.number().check(z.int(), z.nonnegative()),
  urls: optional(texts),
  annotations: optional(annotations),
  artifactType: optional(z.string()),
  platform: optional(platform),
})
const common = {
  mediaType: optional(z.string()),
  artifactType: optional(z.string()),
  subject: optional(descriptor),
  annotations: optional(annotations),
}
export const imageManifest = z.object({ ...common, config: descriptor, layers: parts(descriptor) })
export const imageIndex = z.object({ ...common, manifests: parts(descriptor) })
