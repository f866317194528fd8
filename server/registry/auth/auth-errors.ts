// What a refusal means, for each kind of subject: the table of the design, row by row.

import { GatewayError } from '../../errors.ts'
import type { RegistryEndpoint } from '../endpoint.ts'

/** Nobody's request was refused: a login may help. */
export function loginRequired(): GatewayError {
  return new GatewayError('UNAUTHORIZED', 'The registry asks for a login.', { reason: 'login_required' })
}

/** The name and password of a session are no longer right: the session is over. */
export function passwordRefused(): GatewayError {
  return new GatewayError('UNAUTHORIZED', 'The registry does not accept this name and password.', {
    reason: 'password_refused',
  })
}

/** The operator's own account is wrong: nothing a visitor can do. */
export function serviceAccountRefused(): GatewayError {
  return new GatewayError(
    'UNAVAILABLE',
    'The registry does not accept Gantry’s own account. Check REGISTRY_USERNAME and REGISTRY_PASSWORD.',
    { reason: 'service_account_refused' },
  )
}

/** The account is right and may not do this. Unknown and forbidden are the same on many registries. */
export function denied(endpoint: RegistryEndpoint, scopes: readonly string[]): GatewayError {
  const what =
    endpoint.kind === 'catalog'
      ? 'This account may not list the registry’s repositories.'
      : endpoint.kind === 'tags'
        ? 'This account may not list the tags of this repository, or there is no such repository.'
        : endpoint.kind === 'referrers'
          ? 'The registry does not let this account list what refers to an image.'
          : endpoint.method === 'DELETE'
            ? 'This account may not delete from this repository. It needs the right “delete” there.'
            : endpoint.repository === undefined
              ? 'This account may not use the registry.'
              : 'This account may not read this repository, or there is no such repository.'
  return new GatewayError('DENIED', what, scopes.length === 0 ? {} : { detail: { scope: scopes.join(' ') } })
}

const SETTING = {
  none: 'REGISTRY_AUTH_TYPE is none',
  basic: 'REGISTRY_AUTH_TYPE is basic',
  token: 'REGISTRY_AUTH_TYPE is token',
}
const ASKED = {
  basic: 'basic authentication',
  bearer: 'token authentication',
  nothing: 'a login in a way Gantry does not know',
}

/** The registry asks for another scheme than the operator has set. */
export function wrongAuthType(
  configured: 'none' | 'basic' | 'token' | undefined,
  asked: 'basic' | 'bearer' | 'nothing',
): GatewayError {
  const right = { basic: 'basic', bearer: 'token', nothing: undefined }[asked]
  const setting = configured === undefined ? '' : `, but ${SETTING[configured]}`
  const change = right === undefined ? '' : ` Set REGISTRY_AUTH_TYPE=${right}, or leave it unset.`
  return new GatewayError('UNAVAILABLE', `The registry asks for ${ASKED[asked]}${setting}.${change}`, {
    reason: 'wrong_auth_type',
  })
}

/** `GET /v2/` is answered by something that is no registry, or not at this address. */
export function noRegistry(statusCode: number): GatewayError {
  const hint = statusCode === 400 ? ' Is it on https (REGISTRY_PROTOCOL)?' : ''
  return new GatewayError(
    'UNAVAILABLE',
    `What answers at the registry’s address is not a registry: its /v2/ says ${statusCode}.${hint}`,
    {
      reason: 'bad_answer',
    },
  )
}

/** The registry has not asked for the credentials, and without them nothing is deleted. */
export function deletionUnproven(): GatewayError {
  return new GatewayError(
    'DENIED',
    'The registry has not asked for a login here, and Gantry deletes nothing without one. If the registry has none, set REGISTRY_AUTH_TYPE=none.',
  )
}
