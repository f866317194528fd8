// What other features may use of this one.

export { type AskDeletion, useAskDeletion } from './deletion-request.ts'
