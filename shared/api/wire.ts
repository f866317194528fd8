// Parts that the schemas of /api share.

import * as z from 'zod/mini'
import { parseTag, type Tag } from '../oci/reference.ts'

/** The output of a schema, read-only. */
export type Wire<Schema extends z.core.$ZodType> = ReadonlyDeep<z.output<Schema>>

/** The input of a schema, read-only: names are plain strings until it has checked them. */
export type WireInput<Schema extends z.core.$ZodType> = ReadonlyDeep<z.input<Schema>>

type ReadonlyDeep<T> = T extends string
  ? T
  : T extends readonly (infer Item)[]
    ? readonly ReadonlyDeep<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
      : T

/** An entry of the error envelope in a line of a stream. */
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
