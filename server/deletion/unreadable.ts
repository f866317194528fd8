import { GatewayError } from '../errors.ts'

/** Whether something is wrong with one manifest, and not with the way to it: nobody can say what it holds. */
export function isUnreadable(error: unknown): boolean {
  return (
    error instanceof GatewayError &&
    (error.statusCode === 404 ||
      error.code === 'MANIFEST_INVALID' ||
      error.code === 'UNSUPPORTED' ||
      error.reason === 'bad_answer')
  )
}
