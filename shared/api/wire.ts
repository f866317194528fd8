// What the schemas of /api have in common.

import * as z from 'zod/mini'
import { parseTag } from '../oci/reference.ts'

/** The type of what a schema accepts. Nobody changes what was sent or received. */
export type Wire<Schema extends z.core.$ZodType> = ReadonlyDeep<z.infer<Schema>>

type ReadonlyDeep<T> = T extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T

/** An entry of the error envelope, where a line of a stream carries it. */
export const errorEntrySchema = z.object({
  code: z.string(),
  message: z.string(),
  detail: z.optional(z.unknown()),
})

/** A list of tags, each within the grammar. */
export const tagsSchema = (least: number, most: number) =>
  z
    .array(z.string().check(z.refine((text) => parseTag(text) !== undefined)))
    .check(z.minLength(least), z.maxLength(most))
