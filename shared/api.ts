// Wire types of /api, the same for server and client.

/** How Gantry authenticates to the registry; `unknown` until the registry has said so. */
export type AuthType = 'none' | 'basic' | 'token' | 'unknown'

/** Answer of `GET /api/config`. */
export interface ConfigAnswer {
  readonly title: string
  /** What stands before a repository's name in pull commands: `host[:port]`. */
  readonly registry: string
  /** Whether a person may log in with an account of the registry. */
  readonly login: boolean
  /** Whether requests without a login act for the operator's service account, whose rights all visitors share. */
  readonly serviceAccount: boolean
  /** Whether manifests may be deleted through Gantry. */
  readonly delete: boolean
  readonly authType: AuthType
  /** Repositories to list where the registry's catalog is closed. */
  readonly repositories: readonly string[]
  readonly version: string
}

/** Answer of `GET`, `POST` and `DELETE /api/session`. */
export interface SessionAnswer {
  /** The name logged in with, or null for nobody. */
  readonly user: string | null
  /** False while the registry has not yet been able to say whether name and password are right. */
  readonly verified: boolean
}

/** Body of `POST /api/session`. */
export interface LoginRequest {
  readonly username: string
  readonly password: string
}
