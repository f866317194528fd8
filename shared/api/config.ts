// GET /api/config.

import * as z from 'zod/mini'
import type { Wire } from './wire.ts'

/** How Gantry authenticates to the registry; `unknown` until it is discovered. */
export type AuthType = ConfigResponse['authType']

/** Response of `GET /api/config`. */
export type ConfigResponse = Wire<typeof configSchema>
export const configSchema = z.object({
  title: z.string(),
  /** The registry's host in pull commands: `host[:port]`. */
  registry: z.string(),
  /** Whether people can log in with an account of the registry. */
  login: z.boolean(),
  /** Whether requests without a login use the operator's service account, whose rights all visitors share. */
  serviceAccount: z.boolean(),
  /** Whether manifests may be deleted through Gantry. */
  delete: z.boolean(),
  authType: z.enum(['none', 'basic', 'token', 'unknown']),
  /** Repositories to list if the registry's catalog is not accessible. */
  repositories: z.array(z.string()),
  version: z.string(),
})
