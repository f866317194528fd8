// Reads manifests and JSON blobs of a repository: each request in the subject's own name and under the limiter, every
// document verified against its digest.

import { createHash } from 'node:crypto'
import QuickLRU from 'quick-lru'
import { type Digest, parseDigest } from '../../shared/oci/digest.ts'
import { isFields } from '../../shared/oci/manifest-shape.ts'
import { ACCEPT_MANIFESTS, essence, isSchema1 } from '../../shared/oci/media-types.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import type { LimiterStream } from '../concurrency/limiter.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import { blobEndpoint, manifestEndpoint, type RegistryEndpoint } from '../registry/endpoint.ts'
import type { Subject } from '../registry/subject.ts'
import { close, readBytes } from '../registry/transport/body.ts'
import { AS_IT_IS, unpackedBody } from '../registry/transport/content-encoding.ts'
import type { Body } from '../registry/transport/http.ts'
import { parseJson } from '../registry/transport/json.ts'
import type { RegistryResponse } from '../registry/transport/redirects.ts'
import { readUpstreamError, toUpstreamError } from '../registry/upstream-errors.ts'

/** The origin of a request: one stream of one subject, in one repository. */
export interface RequestContext {
  readonly subject: Subject
  readonly repository: Repository
  readonly limiterStream: Pick<LimiterStream, 'run' | 'reserve'>
  /** Aborted when the response is no longer needed. */
  readonly signal: AbortSignal
}

/** A document whose bytes match its digest. */
export interface Verified {
  readonly digest: Digest
  /** Without parameters, in lower case, at most 255 characters; '' if the registry sent none. */
  readonly mediaType: string
  /** Parsed JSON; undefined for a blob that is not JSON. */
  readonly value: unknown
  /** Length in bytes. */
  readonly bytes: number
  /** Whether the registry's ETag is the digest, so that `If-None-Match` works. */
  readonly conditional: boolean
}

/** The manifest that a tag named at its last request. */
export type LastSeen = Pick<Verified, 'digest' | 'conditional'>

/** The manifest that a tag names now. */
export interface NamedManifest {
  readonly digest: Digest
  /** The manifest itself, if it took a GET to find out. */
  readonly document?: Verified
}

interface DocumentRequest {
  readonly endpoint: RegistryEndpoint
  readonly headers?: Readonly<Record<string, string>>
  /** Sent before the stream's other requests: it completes a row that another request has begun. */
  readonly first?: boolean
}

/** The limit of registries for manifests; they have none for configs. */
const MAX_BYTES = 4 * 1024 * 1024
/** RFC 6838 section 4.2: twice 127 characters and a slash. */
const MAX_MEDIA_TYPE = 255
const ALGORITHMS = new Set(['sha256', 'sha384', 'sha512'])
const ACCEPT = { accept: ACCEPT_MANIFESTS }
/** Repositories whose registry does not handle HEAD correctly. */
const MAX_WITHOUT_HEAD = 1000
/** How long to remember that. */
const WITHOUT_HEAD_MS = 10 * 60_000

function field({ headers }: RegistryResponse, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function digestIn(response: RegistryResponse): Digest | undefined {
  return parseDigest(field(response, 'docker-content-digest')?.trim() ?? '')
}

/** Status codes that a GET would get as well. Any other one may be about HEAD only. */
const NOT_ABOUT_HEAD = new Set([429, 502, 503, 504])

const ABOUT_HEAD = new Set<unknown>(['login_required', 'wrong_auth_type', 'bad_answer'])

/**
 * Whether an error of a HEAD may be about HEAD only: some registries and proxies reject or redirect a HEAD, and serve
 * the GET. A registry that is down or busy, or wants another password, fails both.
 */
function mayBeAboutHead(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  return error.code === 'DENIED' || ABOUT_HEAD.has(error.reason)
}

function hash(algorithm: string, bytes: Buffer): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

const algorithmOf = (digest: Digest) => digest.slice(0, digest.indexOf(':'))

function matches(bytes: Buffer, digest: Digest | undefined): boolean {
  if (digest === undefined || !ALGORITHMS.has(algorithmOf(digest))) return false
  return hash(algorithmOf(digest), bytes) === digest
}

/** @param expected  undefined if the registry has sent no digest: then the bytes determine it. */
function verify(bytes: Buffer, expected: Digest | undefined): Digest {
  if (expected === undefined) return hash('sha256', bytes) as Digest
  if (!ALGORITHMS.has(algorithmOf(expected))) throw gatewayError('digest_algorithm_unknown')
  if (!matches(bytes, expected)) throw gatewayError('digest_mismatch')
  return expected
}

/** Undefined if it is not JSON. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return parseJson(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function readValue(bytes: Buffer): unknown {
  const value = jsonOf(bytes)
  if (value === undefined) throw gatewayError('document_invalid')
  return value
}

/** Bytes of memory that reading a document may take: a compressed one is held twice. */
function memoryFor({ headers, body }: RegistryResponse): number {
  const announced = Buffer.isBuffer(body) ? body.length : Number(headers['content-length'])
  const sent = announced >= 0 ? Math.min(announced, MAX_BYTES) : MAX_BYTES
  return headers['content-encoding'] === undefined ? sent : sent + MAX_BYTES
}

/** The error for a response other than the document. */
async function upstreamErrorOf(
  endpoint: RegistryEndpoint,
  response: RegistryResponse,
): Promise<GatewayError> {
  if (response.statusCode >= 400) return readUpstreamError(endpoint, response)
  close(response.body)
  return gatewayError('status_unexpected', { statusCode: response.statusCode })
}

/** Whether the document itself says schema 1: a mislabelled index may list other manifests. */
function declaresSchema1(bytes: Buffer): boolean {
  const value = jsonOf(bytes)
  return isFields(value) && value.schemaVersion === 1
}

/** Each request waits for the limiter. */
export class RepositoryReader {
  readonly #client: Pick<RegistryClient, 'send'>
  readonly #timeoutMs: number
  readonly #withoutHead = new QuickLRU<string, true>({ maxSize: MAX_WITHOUT_HEAD, maxAge: WITHOUT_HEAD_MS })

  /** @param timeoutSeconds  for a whole body. */
  constructor(client: Pick<RegistryClient, 'send'>, timeoutSeconds: number) {
    this.#client = client
    this.#timeoutMs = timeoutSeconds * 1000
  }

  /**
   * Finds out which manifest a tag names now: by one HEAD if the registry handles it correctly, else by one GET, whose
   * body is hashed if the registry does not send its digest.
   *
   * @param last  for a conditional request, if the registry supports one.
   * @throws GatewayError, MANIFEST_UNKNOWN only after a GET.
   */
  async resolve(context: RequestContext, tag: Tag, last?: LastSeen): Promise<NamedManifest> {
    const { repository } = context
    const usesHead = !this.#withoutHead.has(repository)
    const digest = usesHead ? await this.#head(context, tag, last) : undefined
    if (digest !== undefined) return { digest }
    const found = await this.#get(context, tag, usesHead)
    // not if both were 404, which throws: then HEAD was right
    if (usesHead) this.#withoutHead.set(repository, true)
    return { digest: found.digest, document: found }
  }

  /** One GET of a manifest. */
  manifest(context: RequestContext, reference: Tag | Digest): Promise<Verified> {
    return this.#get(context, reference, reference.includes(':'))
  }

  /** One GET of a JSON blob. */
  blob(context: RequestContext, digest: Digest): Promise<Verified> {
    const endpoint = blobEndpoint(context.repository, digest)
    return this.#request(context, { endpoint, headers: AS_IT_IS, first: true }, (response) =>
      this.#document(context, endpoint, response),
    )
  }

  /** The digest that a tag names according to a HEAD; undefined if the HEAD is inconclusive. */
  async #head(context: RequestContext, tag: Tag, last: LastSeen | undefined): Promise<Digest | undefined> {
    const endpoint = manifestEndpoint('HEAD', context.repository, tag)
    const known = last?.conditional ? last.digest : undefined
    const headers = known === undefined ? ACCEPT : { ...ACCEPT, 'if-none-match': `"${known}"` }
    try {
      return await this.#request(context, { endpoint, headers }, async (response) => {
        const { statusCode, body } = response
        if (NOT_ABOUT_HEAD.has(statusCode)) throw await upstreamErrorOf(endpoint, response)
        close(body)
        if (statusCode === 304) return known
        return statusCode === 200 ? digestIn(response) : undefined
      })
    } catch (error) {
      if (mayBeAboutHead(error)) return undefined
      throw error
    }
  }

  #get(context: RequestContext, reference: Tag | Digest, first: boolean): Promise<Verified> {
    const endpoint = manifestEndpoint('GET', context.repository, reference)
    return this.#request(context, { endpoint, headers: ACCEPT, first }, (response) =>
      this.#document(context, endpoint, response),
    )
  }

  /** Sends once the limiter lets it; its place is kept until `read` returns or throws. */
  #request<T>(
    { subject, signal, limiterStream }: RequestContext,
    { endpoint, headers = {}, first = false }: DocumentRequest,
    read: (response: RegistryResponse) => Promise<T>,
  ): Promise<T> {
    return limiterStream.run(async () => {
      try {
        return await read(await this.#client.send(endpoint, subject, { headers, signal }))
      } catch (error) {
        throw signal.aborted ? signal.reason : toUpstreamError(error, 'registry')
      }
    }, first)
  }

  async #document(
    { limiterStream }: RequestContext,
    endpoint: RegistryEndpoint,
    response: RegistryResponse,
  ): Promise<Verified> {
    if (response.statusCode !== 200) throw await upstreamErrorOf(endpoint, response)
    const release = await limiterStream.reserve(memoryFor(response))
    try {
      return await this.#verified(endpoint, response)
    } finally {
      release()
    }
  }

  async #verified(endpoint: RegistryEndpoint, response: RegistryResponse): Promise<Verified> {
    const mediaType = essence(field(response, 'content-type') ?? '').slice(0, MAX_MEDIA_TYPE)
    const named = endpoint.digest ?? digestIn(response)
    const sent = await this.#bytes(response.body)
    // the digest of a blob that is labelled as compressed may be that of the compressed or of the plain bytes
    const isCompressed = field(response, 'content-encoding') !== undefined && !matches(sent, named)
    const bytes = isCompressed ? await this.#bytes(unpackedBody(sent, response.headers)) : sent
    // the digest of schema 1 does not cover its signatures, so it cannot be verified; nothing reads the content
    if (named !== undefined && isSchema1(mediaType) && !matches(bytes, named) && declaresSchema1(bytes))
      return {
        digest: named,
        mediaType,
        value: { schemaVersion: 1 },
        bytes: bytes.length,
        conditional: false,
      }
    const digest = verify(bytes, named)
    const conditional = field(response, 'etag') === `"${digest}"`
    const value = endpoint.kind === 'blob' ? jsonOf(bytes) : readValue(bytes)
    return { digest, mediaType, value, bytes: bytes.length, conditional }
  }

  async #bytes(body: Body): Promise<Buffer> {
    const bytes = await readBytes(body, MAX_BYTES, this.#timeoutMs)
    if (bytes === undefined) throw gatewayError('document_too_large')
    return bytes
  }
}
