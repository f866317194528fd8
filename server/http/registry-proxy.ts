// /v2 for the browser and for registry clients: a parsed path and listed headers go out, listed headers come
// back, and nothing else. @fastify/http-proxy streams; what it does by default with paths, queries, headers,
// retries, errors and TLS is each replaced here (it is unsafe in ten measured ways).

import { AsyncLocalStorage } from 'node:async_hooks'
import { Readable } from 'node:stream'
import httpProxy from '@fastify/http-proxy'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { GatewayError } from '../errors.ts'
import { discard } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { RegistryResponse, ResponseHeaders } from '../registry/redirects.ts'
import { isPlausible, readRefusal } from '../registry/registry-refusals.ts'
import { parseRetryAfter } from '../registry/retry-after.ts'
import type { Subject } from '../registry/subject.ts'
import { parseTarget, type RegistryTarget } from '../registry/target.ts'
import { toGatewayError } from '../registry/upstream-failure.ts'
import { toBrowserHeaders, toRegistryHeaders } from './registry-headers.ts'

declare module 'fastify' {
  interface FastifyRequest {
    registryTarget: RegistryTarget | undefined
  }
}

export interface RegistryProxyOptions {
  /** Registry origin, e.g. `https://registry.example`: no path, no trailing slash. */
  readonly registryOrigin: string
  /** What stands before our own paths in a Link: '' or `/gantry`. */
  readonly basePath: string
  readonly client: Pick<RegistryClient, 'send'>
  /** For whom this request acts. Throws GatewayError. */
  readonly subjectOf: (request: FastifyRequest) => Promise<Subject>
  /** Whether this request may delete a manifest; throws GatewayError if not. */
  readonly mayDelete: (request: FastifyRequest, subject: Subject) => void
}

/** reply-from knows only method, path and headers; the rest of a call travels beside it. */
interface Call {
  readonly target: RegistryTarget
  readonly subject: Subject
  /** Why nothing came back. Kept here and not given to reply-from, which would log each refusal as a fault. */
  failure?: unknown
  /** Aborted when the browser leaves: reply-from has no way to say so, and 200 such would hold the whole pool. */
  readonly signal: AbortSignal
}

interface ReplyFromRequest {
  readonly headers: Record<string, string>
}
type ReplyFromDone = (error: unknown, response?: RegistryResponse) => void
interface ReplyFromResponse {
  readonly statusCode: number
  readonly headers: ResponseHeaders
  readonly stream: Readable
}

function targetOf(request: FastifyRequest): RegistryTarget {
  const target = request.registryTarget
  if (target === undefined) throw new Error('the target is parsed in onRequest')
  return target
}

export const registryProxy: FastifyPluginAsync<RegistryProxyOptions> = async (app, options) => {
  const calls = new AsyncLocalStorage<Call>()

  /** In the shape of an undici client, which is all that reply-from wants: the one sender of the whole server. */
  const sender = {
    request({ headers }: ReplyFromRequest, done: ReplyFromDone) {
      const call = calls.getStore()
      if (call === undefined) return done(new Error('sent outside of a call'))
      // reply-from adds a host and sets what it forbids to undefined
      const { accept, range, 'if-none-match': ifNoneMatch } = headers
      const listed = { accept, range, 'if-none-match': ifNoneMatch }
      const sent = Object.fromEntries(
        Object.entries(listed).filter(([, value]) => value !== undefined),
      ) as Record<string, string>
      options.client.send(call.target, call.subject, { headers: sent, signal: call.signal }).then(
        (response) => done(null, response),
        (error: unknown) => {
          call.failure = error
          done(null, { statusCode: 502, headers: {}, body: Readable.from([]), redirected: false })
        },
      )
    },
    close: (done: () => void) => done(),
    destroy: (_error: unknown, done?: () => void) => done?.(),
  }

  async function answer(
    target: RegistryTarget,
    reply: FastifyReply,
    response: ReplyFromResponse,
  ): Promise<void> {
    const failure = calls.getStore()?.failure
    if (failure !== undefined) throw failure
    const { statusCode, headers, stream } = response
    const contentType = typeof headers['content-type'] === 'string' ? headers['content-type'] : undefined
    if (statusCode >= 400) {
      const retryAfter = headers['retry-after']
      const seconds = parseRetryAfter(typeof retryAfter === 'string' ? retryAfter : undefined, Date.now())
      throw await readRefusal(target, statusCode, stream, seconds)
    }
    if (statusCode >= 300 && statusCode !== 304) {
      await discard(stream)
      throw new GatewayError('UNAVAILABLE', 'The registry answers with a redirect that leads nowhere.', {
        reason: 'bad_answer',
      })
    }
    if (!isPlausible(target, statusCode, contentType)) {
      stream.destroy()
      throw new GatewayError(
        'UNAVAILABLE',
        'What answers at the registry’s address is not a registry, or something stands between (it sent no JSON).',
        {
          reason: 'bad_answer',
          cause: new Error(`content-type ${contentType?.slice(0, 100)}`),
        },
      )
    }
    reply.headers(toBrowserHeaders(headers, statusCode, target, options))
    reply.send(stream)
  }

  app.decorateRequest('registryTarget', undefined)
  app.addHook('onRequest', async (request, reply) => {
    try {
      request.registryTarget = parseTarget(request.method, request.raw.url ?? '')
    } catch (error) {
      if (error instanceof GatewayError && error.statusCode === 405) reply.header('allow', 'GET, HEAD')
      throw error
    }
  })

  await app.register(httpProxy, {
    upstream: options.registryOrigin,
    prefix: '/v2',
    rewritePrefix: '/v2',
    // all of them, so that each meets our own refusal and not the page of another route
    httpMethods: ['GET', 'HEAD', 'DELETE', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'TRACE'],
    retryMethods: [],
    disableRequestLogging: true,
    undici: sender as never,
    replyOptions: {
      // without a function here the client's raw query would be appended to the rebuilt path
      queryString: () => '',
      rewriteRequestHeaders: (request) => toRegistryHeaders(request.headers),
      rewriteHeaders: () => ({}),
      onResponse: (request, anyReply, response) => {
        const reply = anyReply as FastifyReply // over HTTP/1 only
        answer(targetOf(request as FastifyRequest), reply, response as unknown as ReplyFromResponse).catch(
          (error) => reply.send(toGatewayError(error, 'registry')),
        )
      },
      onError: (reply, { error }) => reply.send(toGatewayError(error.cause ?? error, 'registry')),
    },
    handler: async (request, reply, _destination, replyOptions) => {
      const target = targetOf(request)
      const leaving = new AbortController()
      reply.raw.on('close', () => {
        if (!reply.raw.writableFinished) leaving.abort()
      })
      const subject = await options.subjectOf(request)
      if (target.method === 'DELETE') {
        reply.header('allow', 'GET, HEAD')
        options.mayDelete(request, subject)
        reply.removeHeader('allow')
      }
      return calls.run({ target, subject, signal: leaving.signal }, () =>
        reply.from(target.path, replyOptions),
      )
    },
  })
}
