// What a 401 or 403 means, by endpoint.

import { type GatewayError, gatewayError } from '../../errors.ts'
import type { RegistryEndpoint } from '../endpoint.ts'

/** The account is valid and may not do this. Unknown and forbidden are the same on many registries. */
export function denied(endpoint: RegistryEndpoint, scopes: readonly string[]): GatewayError {
  const { kind, method, repository } = endpoint
  const params = { scope: scopes.length === 0 ? undefined : scopes.join(' ') }
  if (kind === 'catalog') return gatewayError('catalog_denied', params)
  if (kind === 'tags') return gatewayError('tags_denied', params)
  if (kind === 'referrers') return gatewayError('referrers_denied', params)
  if (method === 'DELETE') return gatewayError('deletion_denied', params)
  return gatewayError(repository === undefined ? 'registry_denied' : 'repository_denied', params)
}
