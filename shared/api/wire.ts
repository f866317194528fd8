// What the schemas of /api have in common.

import * as z from 'zod/mini'
import { parseTag, type Tag } from '../oci/reference.ts'

/** What a schema makes of the data it accepts, read-only. */
export type Wire<Schema extends z.core.$ZodType> = ReadonlyDeep<z.output<Schema>>

/** What a schema accepts, read-only: names are plain text until it has checked them. */
export type WireInput<Schema extends z.core.$ZodType> = ReadonlyDeep<z.input<Schema>>

type ReadonlyDeep<T> = T extends string
  ? T
  : T extends readonly (infer Item)[]
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

/** A tag within the grammar. */
export const tagSchema = () =>
  z.custom<Tag, string>((text) => typeof text === 'string' && parseTag(text) !== undefined)

/** A list of tags. */
export const tagsSchema = (least: number, most: number) =>
  z.array(tagSchema()).check(z.minLength(least), z.maxLength(most))
