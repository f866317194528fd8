// What other features may use of this one.

export { summariesKey } from './known-summary.ts'
export type { SummaryStore } from './summary-types.ts'
