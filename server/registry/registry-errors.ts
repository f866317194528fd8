// A registry's own refusals, put into the one error shape.

import { type ErrorEntry, parseErrorEnvelope } from '../../shared/errors.ts'
import { GatewayError, type GatewayErrorCode } from '../errors.ts'
import type { RegistryEndpoint } from './endpoint.ts'
import { registryFault } from './errors.ts'
import { retryAfterOf } from './retry-after.ts'
import { readText } from './transport/body.ts'
import type { Body } from './transport/http.ts'
import { parseJson } from './transport/json.ts'
import type { RegistryResponse } from './transport/redirects.ts'

const MAX_ERROR_BYTES = 64 * 1024
const MAX_MESSAGE_LENGTH = 1000

const UNKNOWN: Record<RegistryEndpoint['kind'], readonly [GatewayErrorCode, string]> = {
  ping: ['NAME_UNKNOWN', 'This server does not speak the registry API at /v2/.'],
  catalog: ['NAME_UNKNOWN', 'This registry has no catalog of its repositories.'],
  tags: ['NAME_UNKNOWN', 'The registry has no such repository.'],
  manifest: ['MANIFEST_UNKNOWN', 'The registry has no such manifest.'],
  blob: ['BLOB_UNKNOWN', 'The registry has no such blob.'],
  referrers: ['NAME_UNKNOWN', 'This registry cannot list referrers.'],
}

/** Whether a registry says so that it has no referrers API: a route, a method, a type it does not know. */
export function lacksReferrers(statusCode: number): boolean {
  return [404, 405, 406, 501].includes(statusCode)
}

/** What registries say in one word, with what to change. */
const NO_DELETION =
  'The registry does not delete. Its operator can allow it (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true); a pull-through cache never does.'
const BY_DIGEST_ONLY =
  'This registry deletes whole manifests only, by their digest, and all their tags with them.'

/**
 * Takes out what the request was authorized with. Registries and the proxies before them quote a field that they
 * do not understand, and these words go to the browser and into the log: with the service account, to any visitor.
 */
function withoutCredentials(text: string, authorization: string | undefined): string {
  const [scheme, credentials] = authorization?.split(' ') ?? []
  if (credentials === undefined) return text
  const readable = scheme === 'Basic' ? Buffer.from(credentials, 'base64').toString('utf8') : credentials
  return text.replaceAll(credentials, '…').replaceAll(readable, '…')
}

/** The first error the registry names in a body of ours size and shape; undefined for anything else. */
export async function registryEntry(
  body: Body,
  authorization: string | undefined,
): Promise<ErrorEntry | undefined> {
  try {
    const text = await readText(body, MAX_ERROR_BYTES)
    const entry = text === undefined ? undefined : parseErrorEnvelope(parseJson(text))?.errors[0]
    if (entry === undefined) return undefined
    const clean = (said: string) => withoutCredentials(said, authorization)
    return { ...entry, code: clean(entry.code), message: clean(entry.message) }
  } catch {
    return undefined
  }
}

/** The registry's words for a person, or ours where it has none. Its `detail` stays behind: it may name hosts. */
function words(entry: ErrorEntry | undefined, ours: string): string {
  const theirs = entry?.message.trim() ?? ''
  return theirs === '' ? ours : theirs.slice(0, MAX_MESSAGE_LENGTH)
}

/**
 * Reads the registry's answer of 400 or more. The body is read (at most 64 KiB) and its connection freed.
 *
 * @returns the error to send in its place: the registry's code and words where they are usable, its status
 *   where the browser can do something with it, 502 otherwise.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
export async function readUpstreamError(
  endpoint: RegistryEndpoint,
  { statusCode, headers, body, authorization }: RegistryResponse,
): Promise<GatewayError> {
  const retryAfterSeconds = retryAfterOf(headers)
  const entry = await registryEntry(body, authorization)
  const detail = entry === undefined ? undefined : { registryCode: entry.code.slice(0, 100) }
  if (statusCode === 404 || (endpoint.kind === 'referrers' && lacksReferrers(statusCode))) {
    const [code, message] = UNKNOWN[endpoint.kind]
    return new GatewayError(code, words(entry, message), { detail })
  }
  // a registry that has not implemented DELETE says so in either way
  switch (statusCode === 501 && endpoint.method === 'DELETE' ? 405 : statusCode) {
    case 405:
      return new GatewayError(
        'UNSUPPORTED',
        endpoint.method === 'DELETE' ? NO_DELETION : words(entry, 'The registry does not support this.'),
        { detail },
      )
    case 416:
      return new GatewayError('REQUEST_INVALID', 'The blob has no such range.', { status: 416 })
  }
  if (statusCode === 429 || statusCode >= 500) return registryFault(statusCode, retryAfterSeconds)
  if (entry?.code === 'PAGINATION_NUMBER_INVALID')
    return new GatewayError(
      'PAGINATION_NUMBER_INVALID',
      words(entry, 'The registry allows smaller pages only.'),
      { detail },
    )
  if (endpoint.method === 'DELETE' && entry?.code === 'DIGEST_INVALID' && endpoint.digest === undefined)
    return new GatewayError('UNSUPPORTED', BY_DIGEST_ONLY, { detail })
  if (entry !== undefined && statusCode === 400)
    return new GatewayError(
      'REQUEST_INVALID',
      words(entry, 'The registry does not understand this request.'),
      { detail },
    )
  return new GatewayError(
    'UNAVAILABLE',
    `The registry gave an answer that Gantry does not understand (${statusCode}).`,
    {
      reason: 'bad_answer',
      cause: new Error(`registry answered ${statusCode}`),
    },
  )
}
