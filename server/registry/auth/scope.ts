// What a token must allow: resource scopes of the token authentication protocol.

import type { RegistryEndpoint } from '../endpoint.ts'

/**
 * The scope a request needs, computed before the registry asks for it.
 *
 * @returns undefined where any valid token will do (`/v2/`).
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
export function scopeOf(endpoint: RegistryEndpoint): string | undefined {
  switch (endpoint.kind) {
    case 'ping':
      return undefined
    case 'catalog':
      return 'registry:catalog:*'
    default:
      return `repository:${endpoint.repository}:${endpoint.method === 'DELETE' ? 'delete' : 'pull'}`
  }
}

/** Splits `type:name:actions`: a name may hold a port's colon, so the first and the last colon count. */
function splitScope(scope: string): [resource: string, actions: readonly string[]] | undefined {
  const last = scope.lastIndexOf(':')
  if (scope.indexOf(':') === last) return undefined
  return [scope.slice(0, last), scope.slice(last + 1).split(',')]
}

/**
 * One canonical list for the same demand however it was written: actions of one resource merged and sorted,
 * resources sorted, repeats gone. What does not look like a scope is kept as it is: the token server decides.
 */
export function normalizeScopes(scopes: readonly string[]): readonly string[] {
  const actionsOf = new Map<string, Set<string>>()
  const others = new Set<string>()
  for (const scope of scopes) {
    const parts = splitScope(scope)
    if (parts === undefined) {
      others.add(scope)
      continue
    }
    const [resource, actions] = parts
    const known = actionsOf.get(resource) ?? new Set()
    for (const action of actions) known.add(action)
    actionsOf.set(resource, known)
  }
  const merged = [...actionsOf].map(([resource, actions]) => `${resource}:${[...actions].sort().join(',')}`)
  return [...merged, ...others].sort()
}

/** Whether two demands are the same once normalised. */
export function sameScopes(a: readonly string[], b: readonly string[]): boolean {
  return normalizeScopes(a).join(' ') === normalizeScopes(b).join(' ')
}

/** Whether a token requested with `requested` already covers `wanted`. */
export function coversScopes(requested: readonly string[], wanted: readonly string[]): boolean {
  return sameScopes(requested, [...requested, ...wanted])
}
