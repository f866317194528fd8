import { type Access } from './access.ts'
import { type DemoServer } from './exchange.ts'
import { type Faults } from './faults.ts'
import type { ImageStore } from './image-store.ts'
export type RegistryAuth =
  | {
      readonly type: 'none'
    }
  | {
      readonly type: 'basic'
      readonly users: Readonly<Record<string, string>>
    }
  | {
      readonly type: 'token'
      /** URL of the token server, as the challenge names it. */
      readonly realm: string
      readonly service: string
      /** What a token allows; undefined if it is not valid. */
      verifyToken(token: string): readonly Access[] | undefined
    }
export interface RegistryOptions {
  /** Default 0: any free one. */
  readonly port?: number
  readonly store: ImageStore
  readonly auth: RegistryAuth
  /** Default true; false: `/v2/` answers 200 to everybody, and only what is behind it is guarded. */
  readonly guardGreeting?: boolean
  /** Most names in a page of the catalog or of tags; default 1000. */
  readonly maxCatalogPage?: number
  /** PEM. Serves https. */
  readonly tls?: {
    readonly key: string
    readonly cert: string
  }
  /** Default false: DELETE is UNSUPPORTED. */
  readonly deleteEnabled?: boolean
  /** Default true; false: no referrers API, as in distribution. */
  readonly referrersApi?: boolean
  readonly faults?: Faults
  /** Default true; false keeps `requests` empty. */
  readonly record?: boolean
}
export type DemoRegistry = DemoServer
/**
 * Starts a registry on loopback.
 *
 * @returns its origin, what it was asked, and its faults; `close()` ends it at once.
 * @throws if the port is taken.
 */
export declare function startRegistry(options: RegistryOptions): Promise<DemoRegistry>
