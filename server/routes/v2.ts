// /v2 for the browser and for registry clients: a parsed path and listed headers go out, listed headers come
// back, and nothing else. @fastify/http-proxy routes; what it would send by itself, with its own rules for paths,
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
import type { Limiter } from '../concurrency/limiter.ts'
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
import type { StopSignal } from '../registry/transport/http.ts'
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
  /** What stands before our own paths in a Link: '' or `/gantry`. */
  readonly basePath: string
  readonly client: Pick<RegistryClient, 'send'>
  readonly paging: Paging
  /** How much is asked at a time: of documents, and of blobs, whose pool is its own. */
  readonly limiters: Readonly<Record<'registry' | 'blobs', Pick<Limiter, 'acquire'>>>
  readonly subjectOf: SubjectOf
  readonly mayDelete: ChangeRule
  readonly deletions: Deletions
}

/** As the metrics call them. */
const TEMPLATES: Readonly<Record<EndpointKind, string>> = {
  ping: '/v2/',
  catalog: '/v2/_catalog',
  tags: '/v2/<name>/tags/list',
  manifest: '/v2/<name>/manifests/<reference>',
  blob: '/v2/<name>/blobs/<digest>',
  referrers: '/v2/<name>/referrers/<digest>',
}

const bodySchema = deletionRequestSchema()

/** What a DELETE says of its plan; nothing is a plan too. */
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

const LEFT = gatewayError('client_disconnected')

/** Fires when the browser leaves. An AbortController for each request took a twentieth of the proxy's time. */
function leavingOf(raw: ServerResponse): StopSignal {
  return {
    get aborted() {
      return raw.closed && !raw.writableFinished
    },
    reason: LEFT,
    // it closes after a whole answer too, but then nothing is on its way any more that could be stopped
    addEventListener: (_type, listener) => raw.once('close', listener),
    removeEventListener: (_type, listener) => raw.off('close', listener),
  }
}

/** The same as a signal that many may listen to; it may have left already. */
function leftOf(raw: ServerResponse): AbortSignal {
  const left = new AbortController()
  setMaxListeners(0, left.signal)
  if (raw.closed) left.abort(LEFT)
  else raw.once('close', () => left.abort(LEFT))
  return left.signal
}

export const registryProxy: FastifyPluginAsync<RegistryProxyOptions> = async (app, options) => {
  const openNext: OpenNext = (list, next) => options.paging.open(list, next)

  /** The registry's answer, or what it means, on its way to the browser. */
  async function answer(
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
    reply.code(statusCode).headers(toBrowserHeaders(headers, statusCode, endpoint, options))
    // a HEAD's length is that of the body it does not have, and a 304 says nothing of one
    return reply.send(endpoint.method === 'HEAD' || statusCode === 304 ? undefined : passed)
  }

  /** Asks the registry in the visitor's turn, which lasts until the response has closed. */
  async function pass(
    endpoint: RegistryEndpoint,
    subject: Subject,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const limiter = options.limiters[endpoint.kind === 'blob' ? 'blobs' : 'registry']
    const visitor = visitorOf(subject, request.ip)
    const caller = { visitor, subject: subject.key, repository: endpoint.repository }
    const signal = leavingOf(reply.raw)
    const headers = toRegistryHeaders(request.headers)
    const release = await limiter.acquire(caller, signal)
    let isStreaming = false
    try {
      const response = await options.client.send(endpoint, subject, { headers, signal })
      const hasStream = endpoint.method !== 'HEAD' && !Buffer.isBuffer(response.body)
      if (hasStream && !response.body.closed) {
        isStreaming = true
        response.body.once('close', release)
      }
      return await answer(endpoint, reply, response)
    } finally {
      if (!isStreaming) release()
    }
  }

  async function remove(
    endpoint: RegistryEndpoint,
    subject: Subject,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<RegistryResponse> {
    reply.header('allow', 'GET, HEAD')
    options.mayDelete(request, subject)
    reply.removeHeader('allow')
    const { log, id } = request
    const plan = readPlan(request.body)
    const visitor = visitorOf(subject, request.ip)
    const signal = leftOf(reply.raw)
    return options.deletions.run({ endpoint, plan, subject, visitor, signal, log, requestId: id })
  }

  app.decorateRequest('registryEndpoint', undefined)
  app.addHook('onRequest', (request, reply, done) => {
    try {
      const endpoint = parseEndpoint(request.method, request.raw.url ?? '', openNext)
      request.registryEndpoint = endpoint
      request.template = TEMPLATES[endpoint.kind]
    } catch (error) {
      if (error instanceof GatewayError && error.statusCode === 405) reply.header('allow', 'GET, HEAD')
      throw error
    }
    done()
  })

  await app.register(httpProxy, {
    upstream: options.registryOrigin,
    prefix: '/v2',
    rewritePrefix: '/v2',
    // all of them, so that each meets our own refusal and not the page of another route
    httpMethods: ['GET', 'HEAD', 'DELETE', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'TRACE'],
    retryMethods: [],
    // no body goes further; what a DELETE says of its plan is read here
    proxyPayloads: false,
    disableRequestLogging: true,
    // before http-proxy builds the address of a request that it would send itself
    preHandler: async (request, reply) => {
      const endpoint = endpointOf(request)
      const subject = await options.subjectOf(request)
      if (endpoint.method === 'DELETE')
        return answer(endpoint, reply, await remove(endpoint, subject, request, reply))
      try {
        return await pass(endpoint, subject, request, reply)
      } catch (error) {
        // a browser that leaves is no failure: it closes what it does not need all day
        if (error === LEFT) return reply.hijack()
        throw error
      }
    },
    // Fastify comes here once an answer has broken off, since it was not sent to its end; http-proxy's own handler
    // would then ask the registry again, with all of the browser's fields: its cookie, its Authorization
    handler: (_request, reply) => reply.hijack(),
  })
}
