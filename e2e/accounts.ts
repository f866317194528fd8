// The people of the real token servers, and what they may do. The same everywhere.

export interface Account {
  readonly password: string
  /** Repositories by glob, read only unless admin. */
  readonly reads: readonly string[]
  readonly catalog: boolean
}

export const ACCOUNTS = {
  admin: { password: 'admin-secret', reads: ['**/*', '*'], catalog: true },
  mira: { password: 'mira-secret', reads: ['payments/*'], catalog: true },
  carl: { password: 'carl-secret', reads: ['web/*'], catalog: false },
} as const satisfies Record<string, Account>
export type AccountName = keyof typeof ACCOUNTS
