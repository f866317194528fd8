// Annotations and labels with a known meaning, and when an image was made.

import type { Annotations } from './manifest.ts'

const PREFIX = 'org.opencontainers.image.'
/** Name to label, in the order shown (image-spec annotations.md, without the prefix). */
const LABELS = {
  title: 'Title',
  description: 'Description',
  version: 'Version',
  source: 'Source',
  revision: 'Revision',
  licenses: 'Licences',
  vendor: 'Vendor',
  authors: 'Authors',
  url: 'Website',
  documentation: 'Documentation',
  created: 'Created',
  'ref.name': 'Name',
  'base.name': 'Base image',
  'base.digest': 'Base digest',
} as const

export type AnnotationName = keyof typeof LABELS

/** The older label-schema keys count as the names that replaced them. */
const OLDER = new Map<string, AnnotationName>([
  ['org.label-schema.name', 'title'],
  ['org.label-schema.description', 'description'],
  ['org.label-schema.version', 'version'],
  ['org.label-schema.vcs-url', 'source'],
  ['org.label-schema.vcs-ref', 'revision'],
  ['org.label-schema.vendor', 'vendor'],
  ['org.label-schema.url', 'url'],
  ['org.label-schema.usage', 'documentation'],
  ['org.label-schema.build-date', 'created'],
  ['org.label-schema.license', 'licenses'],
  ['maintainer', 'authors'],
])
const NAMES = Object.keys(LABELS) as AnnotationName[]
const BY_KEY = new Map<string, AnnotationName>([
  ...NAMES.map((name) => [PREFIX + name, name] as const),
  ...OLDER,
])

export interface KnownAnnotation {
  readonly name: AnnotationName
  /** For showing only. */
  readonly label: string
  /** As written: `org.label-schema.vcs-url`. */
  readonly key: string
  readonly value: string
}

export interface SortedAnnotations {
  /** In the order of `LABELS`, each name once; empty values are left out. */
  readonly known: readonly KnownAnnotation[]
  /** Keys without a name, and values that differ from the one in `known`: source by source, in order. */
  readonly rest: readonly (readonly (readonly [key: string, value: string])[])[]
}

/**
 * Separates the known annotations from the rest.
 *
 * @param sources  labels and annotations, the most specific first: its value counts where several have the same name.
 */
export function sortAnnotations(...sources: readonly Annotations[]): SortedAnnotations {
  const found = new Map<AnnotationName, KnownAnnotation>()
  for (const source of sources)
    for (const [key, value] of Object.entries(source)) {
      const name = BY_KEY.get(key)
      if (name === undefined || value.trim() === '' || found.has(name)) continue
      found.set(name, { name, label: LABELS[name], key, value })
    }
  const isShown = (key: string, value: string) => {
    const name = BY_KEY.get(key)
    return name !== undefined && (value.trim() === '' || found.get(name)?.value === value)
  }
  return {
    known: NAMES.flatMap((name) => found.get(name) ?? []),
    rest: sources.map((source) => Object.entries(source).filter(([key, value]) => !isShown(key, value))),
  }
}

/** The value of one known annotation. */
export function annotationValue({ known }: SortedAnnotations, name: AnnotationName): string | undefined {
  return known.find((annotation) => annotation.name === name)?.value
}

/** RFC 3339 with up to 30 decimals, or a day. What else Date.parse accepts would be a guess. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:Z|[+-]\d\d:\d\d))?$/i
/** The newer key first. */
const CREATED_KEYS = ['org.opencontainers.image.created', 'org.label-schema.build-date']

/** The text itself if it is a recorded time; undefined for Go's zero time and anything else. */
export function readTime(text: unknown): string | undefined {
  if (typeof text !== 'string' || !TIME.test(text) || text.startsWith('0001-01-01')) return undefined
  return Number.isNaN(Date.parse(text)) ? undefined : text
}

/** When an image was made, by its annotations or labels. */
export function createdIn(annotations: Annotations): string | undefined {
  return CREATED_KEYS.map((key) => readTime(annotations[key])).find((time) => time !== undefined)
}

/** Times from all places that may record when an image was made, as `readTime` and `createdIn` return them. */
export interface CreatedSources {
  readonly config?: string | undefined
  readonly annotations?: string | undefined
  /** Of the config. */
  readonly labels?: string | undefined
  /** Annotations of the index that lists it. */
  readonly index?: string | undefined
}

/** When an image was made: the same precedence for tables and pages. */
export function createdOf({ config, annotations, labels, index }: CreatedSources): string | undefined {
  return config ?? annotations ?? labels ?? index
}
