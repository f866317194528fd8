// Whether a realm may be used. It receives the person's password, and the registry (or an impostor) chooses it:
// CVE-2020-15157 and its successors are one class of hole in five clients.

import { classifyHost } from '../../addresses.ts'
import { type ErrorId, gatewayError } from '../../errors.ts'

export interface RealmPolicyOptions {
  /** The registry's origin, e.g. `https://registry.example`. */
  readonly registryOrigin: string
  /** `TOKEN_REALM_ALLOW`: the origins that may be realms, taken as written. Undefined: the first one seen is pinned. */
  readonly allow: readonly string[] | undefined
  /** `TOKEN_SERVER_URL`: where Gantry reaches the token server; replaces whatever realm the registry names. */
  readonly serverUrl: URL | undefined
  /** Called once, with the origin that holds for the life of the process. */
  readonly onPin?: (origin: string) => void
}

/** The origins the operator has named, which may also be on loopback. */
export function listedRealmOrigins(
  options: Pick<RealmPolicyOptions, 'allow' | 'serverUrl'>,
): readonly string[] {
  return [...(options.allow ?? []), ...(options.serverUrl === undefined ? [] : [options.serverUrl.origin])]
}

/** What the log may hold of an address: neither user name nor query, where some registries put secrets. */
export function forLog(address: string): string {
  return address
    .replace(/[?#].*$/s, '')
    .replace(/\/\/.*@/s, '//')
    .slice(0, 200)
}

function refuse(id: Extract<ErrorId, `realm_${string}`>, realm: string): never {
  throw gatewayError(id, {}, { cause: new Error(`realm refused: ${forLog(realm)}`) })
}

/** Decides which token server may be used, and pins the first one where the operator has named none. */
export class RealmPolicy {
  readonly #options: RealmPolicyOptions
  readonly #registry: URL
  readonly #listed: ReadonlySet<string>
  #pinned: string | undefined

  constructor(options: RealmPolicyOptions) {
    this.#options = options
    this.#registry = new URL(options.registryOrigin)
    this.#listed = new Set(listedRealmOrigins(options))
  }

  /**
   * The URL to ask for tokens.
   *
   * @param realm  as the registry wrote it: untrusted, possibly relative.
   * @param requestUrl  the request that was refused; a relative realm is resolved against it.
   * @throws GatewayError UNAVAILABLE/realm_refused, naming the variable to set, never the origin.
   */
  resolve(realm: string, requestUrl: URL): URL {
    const { serverUrl, allow, onPin } = this.#options
    if (serverUrl !== undefined) return new URL(serverUrl)
    if (!URL.canParse(realm, requestUrl.href)) refuse('realm_unreadable', realm)
    const url = new URL(realm, requestUrl)
    url.hash = ''
    this.#check(url)
    if (allow === undefined && this.#pinned === undefined) {
      this.#pinned = url.origin
      onPin?.(this.#pinned)
    }
    return url
  }

  #check(url: URL): void {
    if (url.protocol !== 'https:' && url.protocol !== 'http:') refuse('realm_scheme', url.href)
    if (url.username !== '' || url.password !== '') refuse('realm_with_user', url.origin)
    const host = classifyHost(url.hostname)
    if (host === 'forbidden') refuse('realm_forbidden', url.origin)
    if (this.#listed.has(url.origin)) return
    const registry = this.#registry
    if (host === 'loopback' && classifyHost(registry.hostname) !== 'loopback')
      refuse('realm_on_loopback', url.origin)
    if (url.protocol === 'http:' && registry.protocol === 'https:') refuse('realm_unencrypted', url.href)
    if (this.#options.allow !== undefined) refuse('realm_not_allowed', url.origin)
    if (this.#pinned !== undefined && this.#pinned !== url.origin) refuse('realm_changed', url.origin)
  }
}
