// What this browser remembers, in one localStorage key: nothing that gives access to anything.

import * as z from 'zod/mini'

const KEY = 'gantry'
const MAX_RECENTS = 8

const shape = z.object({
  theme: z.catch(z.enum(['light', 'dark', 'system']), 'system'),
  /** References opened lately, newest first; forgotten at every change of session. */
  recents: z.catch(z.array(z.string()), []),
  /** The client whose command was last looked at. */
  client: z.catch(z.string(), 'docker'),
  /** Whether commands name digests and not tags. */
  byDigest: z.catch(z.boolean(), false),
})
export type Preferences = z.infer<typeof shape>
export type Theme = Preferences['theme']

/** Storage may be blocked, full or hold anything: then the defaults hold. */
export function readPreferences(): Preferences {
  try {
    return shape.parse(JSON.parse(localStorage.getItem(KEY) ?? '{}'))
  } catch {
    return shape.parse({})
  }
}

function write(change: Partial<Preferences>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readPreferences(), ...change }))
  } catch {
    // forgetting a preference is no failure
  }
}

export function rememberTheme(theme: Theme): void {
  write({ theme })
}

export function rememberCommand(choice: Partial<Pick<Preferences, 'client' | 'byDigest'>>): void {
  write(choice)
}

export function rememberRepository(name: string): void {
  write({
    recents: [name, ...readPreferences().recents.filter((other) => other !== name)].slice(0, MAX_RECENTS),
  })
}

export function forgetRecents(): void {
  write({ recents: [] })
}
