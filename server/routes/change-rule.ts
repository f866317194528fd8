// The one rule of every route that changes the registry, checked before a request to it.

import type { FastifyRequest } from 'fastify'
import { gatewayError } from '../errors.ts'
import { isUnspoofableHost } from '../origin.ts'
import { isGuest, type Subject } from '../registry/subject.ts'

export interface ChangeRuleOptions {
  /** The flag of this kind of change: `REGISTRY_ALLOW_DELETE`. */
  readonly allowed: boolean
  /** Whether the page itself asks for a password: then the service account's visitors are known people. */
  readonly uiProtected: boolean
  readonly publicUrl: URL | undefined
}

/**
 * Throws GatewayError: 405 while the flag is off; 403 for the service account on a page without a password of its own,
 * and without a login under a Host that may be spoofed (DNS rebinding).
 */
export type ChangeRule = (request: FastifyRequest, subject: Subject) => void

export function createChangeRule(options: ChangeRuleOptions): ChangeRule {
  return (request, subject) => {
    if (!options.allowed) throw gatewayError('deletion_off')
    if (subject.kind === 'service' && !options.uiProtected) throw gatewayError('deletion_needs_login')
    if (isGuest(subject) && options.publicUrl === undefined && !isUnspoofableHost(request))
      throw gatewayError('deletion_needs_public_url')
  }
}
