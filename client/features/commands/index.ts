// What other features may use of this one.

export { CommandText } from './command-text.tsx'
export { shellWords } from './shell-words.ts'
