// Who may delete through Gantry, before the registry is asked.

import type { FastifyRequest } from 'fastify'
import { gatewayError } from '../errors.ts'
import { isUnspoofableHost } from '../origin.ts'
import { isGuest, type Subject } from '../registry/subject.ts'

export interface DeletionRuleOptions {
  /** `REGISTRY_ALLOW_DELETE`. */
  readonly allowed: boolean
  /** Whether the page itself asks for a password: then the service account's visitors are known people. */
  readonly uiProtected: boolean
  readonly publicUrl: URL | undefined
}

/** @returns a check that throws GatewayError: 405 while deleting is off, 403 for whom it is not meant. */
export function createDeletionRule(
  options: DeletionRuleOptions,
): (request: FastifyRequest, subject: Subject) => void {
  return (request, subject) => {
    if (!options.allowed) throw gatewayError('deletion_off')
    if (subject.kind === 'service' && !options.uiProtected) throw gatewayError('deletion_needs_login')
    if (isGuest(subject) && options.publicUrl === undefined && !isUnspoofableHost(request))
      throw gatewayError('deletion_needs_public_url')
  }
}
