// What summaries ask of the registry: each request in one subject's own name, within its turn, and every byte
// checked against its digest.

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

/** Who asks: one stream of one subject, in one repository. */
export interface RequestContext {
  readonly subject: Subject
  readonly repository: Repository
  readonly limiterStream: Pick<LimiterStream, 'run' | 'reserve'>
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A document whose bytes are those its digest names. */
export interface Verified {
  readonly digest: Digest
  /** Without parameters, in lower case, at most 255 characters; '' if none was sent. */
  readonly mediaType: string
  /** Parsed JSON; undefined for a blob that is not. */
  readonly value: unknown
  /** Its length. */
  readonly bytes: number
  /** Whether the registry compares `If-None-Match` with the digest. */
  readonly conditional: boolean
}

/** What a tag named when it was last asked for. */
export type LastSeen = Pick<Verified, 'digest' | 'conditional'>

/** The manifest that a tag names now. */
export interface NamedManifest {
  readonly digest: Digest
  /** The manifest itself, where finding out took a GET. */
  readonly document?: Verified
}

interface DocumentRequest {
  readonly endpoint: RegistryEndpoint
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it finishes a row that another request began. */
  readonly first?: boolean
}

/** What registries accept as a manifest; of configs, no registry says. */
const MAX_BYTES = 4 * 1024 * 1024
/** RFC 6838 §4.2: twice 127 characters and a slash. */
const MAX_MEDIA_TYPE = 255
const ALGORITHMS = new Set(['sha256', 'sha384', 'sha512'])
const ACCEPT = { accept: ACCEPT_MANIFESTS }
/** Repositories whose registry answers HEAD wrongly: for so long nobody asks it that way again. */
const MAX_WITHOUT_HEAD = 1000
const WITHOUT_HEAD_MS = 10 * 60_000

function field({ headers }: RegistryResponse, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

function digestIn(response: RegistryResponse): Digest | undefined {
  return parseDigest(field(response, 'docker-content-digest')?.trim() ?? '')
}

const NOT_ABOUT_THE_TAG = new Set<unknown>(['login_required', 'wrong_auth_type', 'bad_answer'])

/** What a HEAD says of the registry, and a GET would say again. Any other status is about HEAD. */
const NOT_NOW = new Set([429, 502, 503, 504])

/**
 * Whether what was thrown at a HEAD says nothing of the tag. Registries and the proxies before them refuse a HEAD, or
 * send it elsewhere, whose GET they answer. One that is away, busy or asks for another password says so to both.
 */
function saysNothing(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  return error.code === 'DENIED' || NOT_ABOUT_THE_TAG.has(error.reason)
}

function hash(algorithm: string, bytes: Buffer): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

const algorithmOf = (digest: Digest) => digest.slice(0, digest.indexOf(':'))

function isNamed(bytes: Buffer, digest: Digest | undefined): boolean {
  if (digest === undefined || !ALGORITHMS.has(algorithmOf(digest))) return false
  return hash(algorithmOf(digest), bytes) === digest
}

/** @param expected  undefined if the registry has named none: then the digest is what the bytes have. */
function verify(bytes: Buffer, expected: Digest | undefined): Digest {
  if (expected === undefined) return hash('sha256', bytes) as Digest
  if (!ALGORITHMS.has(algorithmOf(expected))) throw gatewayError('digest_algorithm_unknown')
  if (!isNamed(bytes, expected)) throw gatewayError('digest_mismatch')
  return expected
}

/** Parsed JSON; undefined for what is not. */
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

/** Bytes that a document may take while it is read: one that is packed, twice. */
function roomFor({ headers, body }: RegistryResponse): number {
  const announced = Buffer.isBuffer(body) ? body.length : Number(headers['content-length'])
  const sent = announced >= 0 ? Math.min(announced, MAX_BYTES) : MAX_BYTES
  return headers['content-encoding'] === undefined ? sent : sent + MAX_BYTES
}

/** What any response but the document means. */
async function upstreamErrorOf(
  endpoint: RegistryEndpoint,
  response: RegistryResponse,
): Promise<GatewayError> {
  if (response.statusCode >= 400) return readUpstreamError(endpoint, response)
  close(response.body)
  return gatewayError('status_unexpected', { statusCode: response.statusCode })
}

/** Whether it is what its label says: one that is mislabelled may name other manifests. */
function saysSchema1(bytes: Buffer): boolean {
  const value = jsonOf(bytes)
  return isFields(value) && value.schemaVersion === 1
}

/** Reads documents of a repository; each request waits for its turn in its stream. */
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
   * Finds out which manifest a tag names now: by one HEAD where the registry handles it correctly, else by one GET,
   * whose bytes are hashed where the registry does not name their digest.
   *
   * @param last  to compare with, where the registry can.
   * @throws GatewayError, MANIFEST_UNKNOWN only once a GET has said so.
   */
  async resolve(context: RequestContext, tag: Tag, last?: LastSeen): Promise<NamedManifest> {
    const { repository } = context
    const usesHead = !this.#withoutHead.has(repository)
    const digest = usesHead ? await this.#head(context, tag, last) : undefined
    if (digest !== undefined) return { digest }
    const found = await this.#get(context, tag, usesHead)
    // not after a 404 to both: then HEAD was right
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
    // a blob, and a document
    return this.#request(context, { endpoint, headers: AS_IT_IS, first: true }, (response) =>
      this.#document(context, endpoint, response),
    )
  }

  /** What a HEAD says a tag names; undefined where it cannot tell. */
  async #head(context: RequestContext, tag: Tag, last: LastSeen | undefined): Promise<Digest | undefined> {
    const endpoint = manifestEndpoint('HEAD', context.repository, tag)
    const known = last?.conditional ? last.digest : undefined
    const headers = known === undefined ? ACCEPT : { ...ACCEPT, 'if-none-match': `"${known}"` }
    try {
      return await this.#request(context, { endpoint, headers }, async (response) => {
        const { statusCode, body } = response
        if (NOT_NOW.has(statusCode)) throw await upstreamErrorOf(endpoint, response)
        close(body)
        if (statusCode === 304) return known
        return statusCode === 200 ? digestIn(response) : undefined
      })
    } catch (error) {
      if (saysNothing(error)) return undefined
      throw error
    }
  }

  #get(context: RequestContext, reference: Tag | Digest, first: boolean): Promise<Verified> {
    const endpoint = manifestEndpoint('GET', context.repository, reference)
    return this.#request(context, { endpoint, headers: ACCEPT, first }, (response) =>
      this.#document(context, endpoint, response),
    )
  }

  /** Sends in the stream's turn, which lasts until `read` has read the body or thrown. */
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
    const release = await limiterStream.reserve(roomFor(response))
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
    // of a blob that is labelled as compressed, what was sent or what comes out of it is what its digest names
    const isPacked = field(response, 'content-encoding') !== undefined && !isNamed(sent, named)
    const bytes = isPacked ? await this.#bytes(unpackedBody(sent, response.headers)) : sent
    // its digest leaves out the signatures around it, and nobody reads it further
    if (named !== undefined && isSchema1(mediaType) && !isNamed(bytes, named) && saysSchema1(bytes))
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
