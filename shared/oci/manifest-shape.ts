// The fields of manifests and indexes as Go's JSON decoder reads them: a missing or null field has its zero value.
// Read by hand and not by a schema: a schema rejects a document for one bad field; here that field gets its zero
// value, and a sentence reports the problem.

import { type Digest, parseDigest } from './digest.ts'
import type { Annotations, Descriptor, Platform } from './manifest.ts'

type Fields = Readonly<Record<string, unknown>>

/** More layers or platforms than any real image has; each becomes a row on the page. */
const MAX_PARTS = 10_000
/** A list of ten thousand bad entries has ten thousand similar problems. */
const MAX_PROBLEMS = 5
/** Keys can be of any length. */
const MAX_KEY = 60

/** The problems of a document, one sentence each. */
export class Problems {
  readonly #sentences: string[] = []
  #count = 0

  add(sentence: string): void {
    this.#count++
    if (this.#sentences.length < MAX_PROBLEMS) this.#sentences.push(sentence)
  }

  /** The first five and the number of the rest. */
  list(): readonly string[] {
    const more = this.#count - this.#sentences.length
    return more === 0
      ? this.#sentences
      : [
          ...this.#sentences,
          more === 1
            ? 'There is 1 more problem like these.'
            : `There are ${more.toLocaleString('en')} more problems like these.`,
        ]
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * A key as Go's JSON decoder compares it with field names: case-insensitively. Registries and clients written in Go
 * read `"Digest"` as `"digest"`.
 *
 * @see https://pkg.go.dev/encoding/json#Unmarshal
 */
export function foldKey(key: string): string {
  // like Go, this folds the long s and the Kelvin sign to s and k
  return key.normalize('NFKC').toLowerCase()
}

const FIELDS = new Map(
  [
    ...[
      'schemaVersion',
      'mediaType',
      'artifactType',
      'config',
      'layers',
      'manifests',
      'subject',
      'annotations',
    ],
    ...['digest', 'size', 'urls', 'platform', 'os', 'architecture', 'variant', 'os.version', 'os.features'],
  ].map((name) => [foldKey(name), name]),
)

/** An object with its fields under their proper names, the later of two spellings; undefined for any other value. */
export function fieldsOf(value: unknown): Fields | undefined {
  if (!isFields(value)) return undefined
  const nameOf = (key: string) => FIELDS.get(foldKey(key)) ?? key
  if (Object.keys(value).every((key) => nameOf(key) === key)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [nameOf(key), field]))
}

/** Whether a field has a value: Go writes empty ones as null. */
export const has = (fields: Fields, field: string) => fields[field] !== undefined && fields[field] !== null

/** A string; '' if it is missing. */
export function textIn(fields: Fields, field: string, what: string, problems: Problems): string {
  const value = fields[field] ?? ''
  if (typeof value === 'string') return value
  problems.add(`${what}: its ${field} is not text.`)
  return ''
}

/** As `textIn`; undefined if it is missing or empty. */
export function optionalTextIn(
  fields: Fields,
  field: string,
  what: string,
  problems: Problems,
): string | undefined {
  return textIn(fields, field, what, problems) || undefined
}

/** A list of strings; undefined if an entry is not a string. A null entry is ''. */
function textsIn(
  fields: Fields,
  field: string,
  what: string,
  problems: Problems,
): readonly string[] | undefined {
  const value = fields[field] ?? undefined
  if (value === undefined) return undefined
  const list = Array.isArray(value) ? value.map((entry: unknown) => entry ?? '') : [undefined]
  if (list.every((entry) => typeof entry === 'string')) return list
  problems.add(`${what}: its ${field} is not a list of texts.`)
  return undefined
}

/** Annotations; a null value is ''. */
export function annotationsIn(fields: Fields, what: string, problems: Problems): Annotations | undefined {
  const value = fields.annotations ?? undefined
  if (value === undefined) return undefined
  if (!isFields(value)) {
    problems.add(`${what}: its annotations are not an object.`)
    return undefined
  }
  const kept = Object.entries(value).flatMap(([key, entry]): [string, string][] => {
    const text = entry ?? ''
    if (typeof text === 'string') return [[key, text]]
    problems.add(`${what}: its annotation ${key.slice(0, MAX_KEY)} is not text.`)
    return []
  })
  // fromEntries makes "__proto__" a key like any other
  return Object.fromEntries(kept)
}

/** Bytes; undefined if unknown: missing, or negative as some builders write it. */
function sizeIn({ size }: Fields, what: string, problems: Problems): number | undefined {
  if (size === undefined || size === null) return undefined
  if (typeof size === 'number' && Number.isSafeInteger(size)) return size < 0 ? undefined : size
  problems.add(`${what}: its size is not a number of bytes.`)
  return undefined
}

/** A platform; undefined if it names neither os nor architecture. */
function platformIn(fields: Fields, what: string, problems: Problems): Platform | undefined {
  if (!has(fields, 'platform')) return undefined
  const value = fieldsOf(fields.platform)
  if (value === undefined) {
    problems.add(`${what}: its platform cannot be read.`)
    return undefined
  }
  const owner = `${what}, platform`
  const platform: Platform = {
    os: textIn(value, 'os', owner, problems),
    architecture: textIn(value, 'architecture', owner, problems),
    variant: optionalTextIn(value, 'variant', owner, problems),
    'os.version': optionalTextIn(value, 'os.version', owner, problems),
    'os.features': textsIn(value, 'os.features', owner, problems),
  }
  return platform.os === '' && platform.architecture === '' ? undefined : platform
}

function digestIn({ digest }: Fields, what: string, problems: Problems): Digest | undefined {
  const parsed = typeof digest === 'string' ? parseDigest(digest) : undefined
  if (parsed === undefined) problems.add(`${what} has no valid digest.`)
  return parsed
}

/**
 * Reads a descriptor.
 *
 * @param what  its name in problems: `Layer 3`.
 * @returns undefined without a valid digest: nothing else in it is of use then.
 */
function readDescriptor(value: unknown, what: string, problems: Problems): Descriptor | undefined {
  const fields = fieldsOf(value) ?? {}
  const digest = digestIn(fields, what, problems)
  if (digest === undefined) return undefined
  return {
    mediaType: textIn(fields, 'mediaType', what, problems),
    digest,
    size: sizeIn(fields, what, problems),
    urls: textsIn(fields, 'urls', what, problems),
    annotations: annotationsIn(fields, what, problems),
    artifactType: optionalTextIn(fields, 'artifactType', what, problems),
    platform: platformIn(fields, what, problems),
  }
}

/** The descriptor in a field; undefined if it is missing. */
export function descriptorIn(
  fields: Fields,
  field: string,
  what: string,
  problems: Problems,
): Descriptor | undefined {
  return has(fields, field) ? readDescriptor(fields[field], what, problems) : undefined
}

/** As `descriptorIn`; undefined also for an empty digest, which some tools write for no subject. */
export function subjectIn(fields: Fields, problems: Problems): Descriptor | undefined {
  const subject = fieldsOf(fields.subject)
  if (subject !== undefined && (subject.digest ?? '') === '') return undefined
  return descriptorIn(fields, 'subject', 'The subject', problems)
}

/**
 * Reads a list of descriptors; a missing or null list is empty.
 *
 * @param what  the name of an entry in problems: `Layer`.
 * @returns undefined for an entry without a valid digest; a sentence if the list cannot be read at all.
 */
export function partsIn(
  fields: Fields,
  field: string,
  what: string,
  problems: Problems,
): readonly (Descriptor | undefined)[] | string {
  const value = fields[field] ?? []
  if (!Array.isArray(value)) return `Its ${field} are not a list.`
  // counted before they are read
  if (value.length > MAX_PARTS) return `It has too many ${field}.`
  return value.map((entry: unknown, index) => readDescriptor(entry, `${what} ${index + 1}`, problems))
}
