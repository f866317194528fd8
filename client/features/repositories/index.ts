// What other features may use of this one.

export { indexOf } from './repository-index.ts'
export { createSearch, wordsOf } from './search.ts'
