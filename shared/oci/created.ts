// When an image was made: the one order of who says so, for tables and pages.

import type { Annotations } from './manifest.ts'

/** RFC 3339 with as many decimals as anybody writes, or a day: the rest of what Date.parse takes would be a guess. */
const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,30})?(?:Z|[+-]\d\d:\d\d))?$/i

/** Where annotations and labels have it, the newer name first. */
const KEYS = ['org.opencontainers.image.created', 'org.label-schema.build-date']

/** The text itself if it is a time somebody has recorded; undefined for Go's zero time and for anything else. */
export function readTime(text: unknown): string | undefined {
  if (typeof text !== 'string' || !TIME.test(text) || text.startsWith('0001-01-01')) return undefined
  return Number.isNaN(Date.parse(text)) ? undefined : text
}

/** When an image was made, as annotations or labels say. */
export function createdIn(said: Annotations): string | undefined {
  return KEYS.map((key) => readTime(said[key])).find((time) => time !== undefined)
}

/** Who may say when an image was made; each as `readTime` or `createdIn` reads it. */
export interface CreatedSources {
  readonly config?: string | undefined
  readonly annotations?: string | undefined
  /** Of the config. */
  readonly labels?: string | undefined
  /** Annotations of the index around it. */
  readonly index?: string | undefined
}

/** When an image was made; undefined where nobody says. */
export function createdOf({ config, annotations, labels, index }: CreatedSources): string | undefined {
  return config ?? annotations ?? labels ?? index
}
