// Resource scopes, the rules that grant them, and the Basic and Bearer `Authorization` headers.

/** Actions on one resource: an entry of a token's `access` claim. */
export interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}

/** Grants `actions` (`*`: all) on resources whose name matches; `*` in `name` stands for any text, slashes too. */
export type AccessRule = Access

/** Reads `type:name:actions`; the name may hold a port's colon. Undefined if it has too few parts. */
export function parseScope(scope: string): Access | undefined {
  const first = scope.indexOf(':')
  const last = scope.lastIndexOf(':')
  if (first === last) return undefined
  const actions = scope.slice(last + 1).split(',')
  return { type: scope.slice(0, first), name: scope.slice(first + 1, last), actions }
}

function matchesName(pattern: string, name: string): boolean {
  const literals = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${literals.join('.*')}$`).test(name)
}

/** The requested actions that the rules allow. Without any, the entry keeps an empty list, as docker_auth writes it. */
export function grant(asked: Access, rules: readonly AccessRule[]): Access {
  const allowed = rules
    .filter(({ type, name }) => type === asked.type && matchesName(name, asked.name))
    .flatMap(({ actions }) => actions)
  const actions = asked.actions.filter((action) => allowed.includes('*') || allowed.includes(action))
  return { ...asked, actions }
}

/** Whether a token's access holds all that is needed. */
export function covers(held: readonly Access[], needed: readonly Access[]): boolean {
  return needed.every(({ type, name, actions }) => {
    const granted = held.filter((access) => access.type === type && access.name === name)
    const heldActions = granted.flatMap((access) => access.actions)
    return actions.every((action) => heldActions.includes('*') || heldActions.includes(action))
  })
}

export interface BasicCredentials {
  readonly username: string
  readonly password: string
}

/** Reads a Basic `Authorization` in UTF-8 (RFC 7617); undefined for another scheme or without a colon. */
export function readBasic(authorization: string | undefined): BasicCredentials | undefined {
  const encoded = /^basic +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** Reads a Bearer `Authorization`; undefined for another scheme. */
export function readBearer(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
}
