// What other features may use of this one.

export type { FoundReferrers } from './use-referrers.ts'
