// A registry that greets everybody: nobody needs an account for what is public, and the list holds what each may read.

import { type Access, type AccessRule, grant, readBasic } from './access.ts'
import type { Answer } from './faults.ts'
import type { ImageStore } from './image-store.ts'
import { registryError } from './registry-errors.ts'
import type { DemoUser } from './token-server.ts'

export interface OpenAccess {
  readonly users: Readonly<Record<string, DemoUser>>
  /** What nobody needs an account for. */
  readonly anonymous: readonly AccessRule[]
  /** False: a wrong password is refused everywhere, as zot does. True: whoever comes with one is nobody. */
  readonly lenient: boolean
}

/** Whose rules hold for these credentials; undefined if they are refused. */
function rulesOf({ users, anonymous, lenient }: OpenAccess, authorization: string | undefined) {
  const given = readBasic(authorization)
  const user = given !== undefined && Object.hasOwn(users, given.username) ? users[given.username] : undefined
  if (user !== undefined && user.password === given?.password) return { rules: user.access, isKnown: true }
  return given === undefined || lenient ? { rules: anonymous, isKnown: false } : undefined
}

const allows = (rules: readonly AccessRule[], needed: Access) =>
  grant(needed, rules).actions.length === needed.actions.length

/** The refusal, `unknown` if a login would help, or undefined if the request may pass. */
export function guardOpenly(
  access: OpenAccess,
  authorization: string | undefined,
  needed: readonly Access[],
): Answer | 'unknown' | undefined {
  const held = rulesOf(access, authorization)
  if (held === undefined) return 'unknown'
  const missing = needed.some((one) => one.type === 'repository' && !allows(held.rules, one))
  if (!missing) return undefined
  return held.isKnown ? registryError('DENIED') : 'unknown'
}

/** The store with the repositories that may be listed. */
export function visibleTo(
  access: OpenAccess,
  authorization: string | undefined,
  store: ImageStore,
): Pick<ImageStore, 'repositories'> {
  const rules = rulesOf(access, authorization)?.rules ?? []
  const isVisible = (name: string) => allows(rules, { type: 'repository', name, actions: ['pull'] })
  return { repositories: () => store.repositories().filter(isVisible) }
}
