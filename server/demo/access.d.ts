/** Actions on one resource: an entry of a token's `access` claim. */
export interface Access {
  readonly type: string
  readonly name: string
  readonly actions: readonly string[]
}
/** Grants `actions` (`*`: all) on resources whose name matches; `*` in `name` stands for any text, slashes too. */
export type AccessRule = Access
/** Reads `type:name:actions`; the name may hold a port's colon. Undefined if it has too few parts. */
export declare function parseScope(scope: string): Access | undefined
/** What the rules leave of a demand. If no action is left, the entry stays without any, as docker_auth writes it. */
export declare function grant(asked: Access, rules: readonly AccessRule[]): Access
/** Whether a token's access holds all that is needed. */
export declare function covers(held: readonly Access[], needed: readonly Access[]): boolean
export interface BasicCredentials {
  readonly username: string
  readonly password: string
}
/** Reads a Basic `Authorization` in UTF-8 (RFC 7617); undefined if it is none or has no colon. */
export declare function readBasic(authorization: string | undefined): BasicCredentials | undefined
/** Reads a Bearer `Authorization`; undefined if it is none. */
export declare function readBearer(authorization: string | undefined): string | undefined
