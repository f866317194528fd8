// /v2 for the browser and for registry clients: only a parsed path and listed header fields pass to the registry, and
// only listed fields back. @fastify/http-proxy mounts the routes; its own sending, with its own rules for paths,
// queries, headers, retries and TLS, is never reached (it is unsafe in ten measured ways).

import { setMaxListeners } from 'node:events'
import type { ServerResponse } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import {
  deletionRequestSchema,
  MAX_NAMED,
  MAX_SIBLINGS,
  type ParsedDeletionRequest,
} from '../../shared/api/deletion.ts'
import type { Limiter, StopSignal } from '../concurrency/limiter.ts'
import type { Deletions } from '../deletion/execute.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import {
  type EndpointKind,
  type OpenNext,
  parseEndpoint,
  type RegistryEndpoint,
} from '../registry/endpoint.ts'
import type { Paging } from '../registry/paging.ts'
import { type Subject, visitorOf } from '../registry/subject.ts'
import { close } from '../registry/transport/body.ts'
import { passDocument } from '../registry/transport/document.ts'
import type { RegistryResponse } from '../registry/transport/redirects.ts'
import { readUpstreamError } from '../registry/upstream-errors.ts'
import type { ChangeRule } from './change-rule.ts'
import type { SubjectOf } from './repositories.ts'
import { toBrowserHeaders, toRegistryHeaders } from './v2-headers.ts'

declare module 'fastify' {
  interface FastifyRequest {
    registryEndpoint: RegistryEndpoint | undefined
  }
}

export interface RegistryProxyOptions {
  /** Registry origin, e.g. `https://registry.example`: no path, no trailing slash. */
  readonly registryOrigin: string
  /** Prefix of our own paths in a Link: '' or `/gantry`. */
  readonly basePath: string
  readonly client: Pick<RegistryClient, 'send'>
  readonly paging: Paging
  /** Of requests for documents, and for blobs, which have a pool of their own. */
  readonly limiters: Readonly<Record<'registry' | 'blobs', Pick<Limiter, 'acquire'>>>
  readonly subjectOf: SubjectOf
  readonly mayDelete: ChangeRule
  readonly deletions: Deletions
}

/** Route labels of the metrics. */
const TEMPLATES: Readonly<Record<EndpointKind, string>> = {
  ping: '/v2/',
  catalog: '/v2/_catalog',
  tags: '/v2/<name>/tags/list',
  manifest: '/v2/<name>/manifests/<reference>',
  blob: '/v2/<name>/blobs/<digest>',
  referrers: '/v2/<name>/referrers/<digest>',
}

const bodySchema = deletionRequestSchema()

/** The plan in a DELETE's body; none is a plan too. */
function readPlan(body: unknown): ParsedDeletionRequest {
  const parsed = bodySchema.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  throw gatewayError('body_invalid', {
    expected: `The body is {"digest": "…", "tags": ["…"], "siblings": ["…"]}, with at most ${MAX_NAMED} tags and ${MAX_SIBLINGS} siblings.`,
  })
}

function endpointOf(request: FastifyRequest): RegistryEndpoint {
  const endpoint = request.registryEndpoint
  if (endpoint === undefined) throw new Error('the endpoint is parsed in onRequest')
  return endpoint
}

const DISCONNECTED = gatewayError('client_disconnected')

/** Aborted when the client disconnects. An AbortController for each request took a twentieth of the proxy's time. */
function disconnectOf(raw: ServerResponse): StopSignal {
  return {
    get aborted() {
      return raw.closed && !raw.writableFinished
    },
    reason: DISCONNECTED,
    // it closes after a whole response too, but then there is nothing left to abort
    addEventListener: (_type, listener) => raw.once('close', listener),
    removeEventListener: (_type, listener) => raw.off('close', listener),
  }
}

/** The same as an AbortSignal, which may have many listeners; the client may be gone already. */
function disconnectSignalOf(raw: ServerResponse): AbortSignal {
  const left = new AbortController()
  setMaxListeners(0, left.signal)
  if (raw.closed) left.abort(DISCONNECTED)
  else raw.once('close', () => left.abort(DISCONNECTED))
  return left.signal
}

/** Handles the requests of /v2, once their endpoint is parsed. */
class RegistryProxy {
  readonly #options: RegistryProxyOptions

  constructor(options: RegistryProxyOptions) {
    this.#options = options
  }

  /** Parses the request line, before anything reads the body. */
  parse(request: FastifyRequest, reply: FastifyReply): void {
    const openNext: OpenNext = (list, next) => this.#options.paging.open(list, next)
    try {
      const endpoint = parseEndpoint(request.method, request.raw.url ?? '', openNext)
      request.registryEndpoint = endpoint
      request.template = TEMPLATES[endpoint.kind]
    } catch (error) {
      if (error instanceof GatewayError && error.statusCode === 405) reply.header('allow', 'GET, HEAD')
      throw error
    }
  }

  async handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const endpoint = endpointOf(request)
    const subject = await this.#options.subjectOf(request)
    if (endpoint.method === 'DELETE')
      return this.#respond(endpoint, reply, await this.#delete(endpoint, subject, request, reply))
    try {
      return await this.#forward(endpoint, subject, request, reply)
    } catch (error) {
      // a client that disconnects is no failure: browsers cancel requests all day
      if (error === DISCONNECTED) return reply.hijack()
      throw error
    }
  }

  /** Sends the request once the limiter lets it; its place is kept until the response has closed. */
  async #forward(
    endpoint: RegistryEndpoint,
    subject: Subject,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { client, limiters } = this.#options
    const limiter = limiters[endpoint.kind === 'blob' ? 'blobs' : 'registry']
    const visitor = visitorOf(subject, request.ip)
    const caller = { visitor, subject: subject.key, repository: endpoint.repository }
    const signal = disconnectOf(reply.raw)
    const headers = toRegistryHeaders(request.headers)
    const release = await limiter.acquire(caller, signal)
    let isStreaming = false
    try {
      const response = await client.send(endpoint, subject, { headers, signal })
      const hasStream = endpoint.method !== 'HEAD' && !Buffer.isBuffer(response.body)
      if (hasStream && !response.body.closed) {
        isStreaming = true
        response.body.once('close', release)
      }
      return await this.#respond(endpoint, reply, response)
    } finally {
      if (!isStreaming) release()
    }
  }

  #delete(
    endpoint: RegistryEndpoint,
    subject: Subject,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<RegistryResponse> {
    const { mayDelete, deletions } = this.#options
    reply.header('allow', 'GET, HEAD')
    mayDelete(request, subject)
    reply.removeHeader('allow')
    const { log, id } = request
    const plan = readPlan(request.body)
    const visitor = visitorOf(subject, request.ip)
    const signal = disconnectSignalOf(reply.raw)
    return deletions.run({ endpoint, plan, subject, visitor, signal, log, requestId: id })
  }

  /** Sends the registry's response, or the error it means, to the browser. */
  async #respond(
    endpoint: RegistryEndpoint,
    reply: FastifyReply,
    response: RegistryResponse,
  ): Promise<FastifyReply> {
    const { statusCode, headers, body } = response
    if (statusCode >= 400) throw await readUpstreamError(endpoint, response)
    if (statusCode >= 300 && statusCode !== 304) {
      close(body)
      throw gatewayError('redirect_unfollowed')
    }
    const passed = await passDocument(endpoint, response)
    reply.code(statusCode).headers(toBrowserHeaders(headers, statusCode, endpoint, this.#options))
    // a HEAD has the length of the body it lacks, and a 304 has none
    return reply.send(endpoint.method === 'HEAD' || statusCode === 304 ? undefined : passed)
  }
}

export const registryProxy: FastifyPluginAsync<RegistryProxyOptions> = async (app, options) => {
  const proxy = new RegistryProxy(options)
  app.decorateRequest('registryEndpoint', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    proxy.parse(request, reply)
    done()
  })
  await app.register(httpProxy, {
    upstream: options.registryOrigin,
    prefix: '/v2',
    rewritePrefix: '/v2',
    // all of them, so that each gets our own 405 and not the 404 of another route
    httpMethods: ['GET', 'HEAD', 'DELETE', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'TRACE'],
    retryMethods: [],
    // no body is sent on; a DELETE's plan is read here
    proxyPayloads: false,
    disableRequestLogging: true,
    // before http-proxy builds the address of a request that it would send itself
    preHandler: (request, reply) => proxy.handle(request, reply),
    // Fastify comes here once a response has broken off, since it was not sent to its end; http-proxy's own handler
    // would then send the request again, with all of the browser's fields: its cookie, its Authorization
    handler: (_request, reply) => reply.hijack(),
  })
}
