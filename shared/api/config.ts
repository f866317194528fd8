// GET /api/config.

import * as z from 'zod/mini'
import type { Wire } from './wire.ts'

/** How Gantry authenticates to the registry; `unknown` until the registry has said so. */
export type AuthType = ConfigAnswer['authType']

/** Answer of `GET /api/config`. */
export type ConfigAnswer = Wire<typeof configSchema>
export const configSchema = z.object({
  title: z.string(),
  /** What stands before a repository's name in pull commands: `host[:port]`. */
  registry: z.string(),
  /** Whether a person may log in with an account of the registry. */
  login: z.boolean(),
  /** Whether requests without a login act for the operator's service account, whose rights all visitors share. */
  serviceAccount: z.boolean(),
  /** Whether manifests may be deleted through Gantry. */
  delete: z.boolean(),
  authType: z.enum(['none', 'basic', 'token', 'unknown']),
  /** Repositories to list where the registry's catalog is closed. */
  repositories: z.array(z.string()),
  version: z.string(),
})
