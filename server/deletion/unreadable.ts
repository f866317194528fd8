// Manifests that cannot be read, and what that means for a plan.

import type { Tag } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'

/** Whether something is wrong with one manifest, and not with the way to it: nobody can say what it holds. */
export function isUnreadable(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    (error.statusCode === 404 ||
      error.code === 'MANIFEST_INVALID' ||
      error.code === 'UNSUPPORTED' ||
      error.reason === 'bad_answer')
  )
}

/** Whether it is the manifest that cannot be read: a fault of the registry may pass, and says nothing of what it holds. */
export function isBroken(error: unknown): boolean {
  return isUnreadable(error) && error.id !== 'registry_fault' && error.id !== 'registry_bad_gateway'
}

/** Whether the registry says that there is no such manifest. */
export function isMissing(error: unknown): boolean {
  return error instanceof GatewayError && error.statusCode === 404
}

/**
 * There is no plan, since a tag cannot be read that might lose something.
 *
 * @returns the error with the tag's name where it is about that tag alone; as it is for one that any request would meet.
 */
export function cannotRead(tag: Tag, error: unknown): unknown {
  if (!isUnreadable(error) && !(error instanceof GatewayError && error.code === 'DENIED')) return error
  return error.ofTag(tag)
}
