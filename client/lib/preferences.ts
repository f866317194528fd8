// What this browser remembers, in one localStorage key: nothing that gives access to anything.

import * as z from 'zod/mini'

const KEY = 'gantry'
const MAX_RECENTS = 8

/** In their order in the table. */
export const TAG_COLUMNS = ['created', 'size', 'platforms', 'digest'] as const
export type TagColumn = (typeof TAG_COLUMNS)[number]

const shape = z.object({
  theme: z.catch(z.enum(['light', 'dark', 'system']), 'system'),
  /** References opened lately, newest first; forgotten at every change of session. */
  recents: z.catch(z.array(z.string()), []),
  repositoryView: z.catch(z.enum(['tree', 'flat']), 'tree'),
  /** Columns of the table of tags that are shown besides the tag itself. */
  tagColumns: z.catch(z.array(z.enum(TAG_COLUMNS)), [...TAG_COLUMNS]),
  /** The order of the table of tags, as it stands in the URL; '' for that of versions. */
  tagSort: z.catch(z.string(), ''),
  /** The client whose command was last looked at. */
  client: z.catch(z.string(), 'docker'),
  /** Whether commands name digests and not tags. */
  byDigest: z.catch(z.boolean(), false),
  /** Whether single letters are keys of the page (WCAG 2.1.4: they can be turned off). */
  letterKeys: z.catch(z.boolean(), true),
  /** The width of the list of repositories in pixels. */
  repositoriesPx: z.catch(z.number(), 272),
  /** How much of what is left the table of tags takes beside an image, in percent; absent: as the window suggests. */
  tagsShare: z.catch(z.optional(z.number()), undefined),
})
const DEFAULTS = shape.parse({})
export type Preferences = z.infer<typeof shape>
export type Theme = Preferences['theme']

/** Storage may be blocked, full or hold anything: then the defaults hold. */
export function readPreferences(): Preferences {
  try {
    return shape.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'))
  } catch {
    return DEFAULTS
  }
}

/** Changes some of it, for the next visit. */
export function remember(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readPreferences(), ...change }))
  } catch {
    // forgetting a preference is no failure
  }
}

export function rememberRepository(name: string): void {
  remember({
    recents: [name, ...readPreferences().recents.filter((other) => other !== name)].slice(0, MAX_RECENTS),
  })
}

export function forgetRecents(): void {
  remember({ recents: [] })
}
