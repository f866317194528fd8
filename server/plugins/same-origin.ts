// Who may change something: our own page, or a program that is no browser.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { gatewayError } from '../errors.ts'
import { isHostOf, isUnspoofableHost, requestOrigin } from '../origin.ts'

export interface SameOriginOptions {
  readonly publicUrl: URL | undefined
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
/** Asked by probes, which know addresses only. */
const ANY_HOST = /^\/(?:livez|readyz|metrics)(?:\?|$)/

function refuseCrossSite(request: FastifyRequest, publicUrl: URL | undefined): void {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) {
    if (site === 'same-origin') return
    throw gatewayError('cross_site')
  }
  // neither field: no browser sent it, and scripts may use the API
  if (request.headers.origin === undefined) return
  const origin = requestOrigin(request)
  const same =
    origin !== undefined &&
    (publicUrl !== undefined ? origin.host === publicUrl.host : isHostOf(request, origin))
  if (same) return
  const expected = publicUrl?.host ?? request.host
  throw gatewayError('origin_mismatch', { origin: origin?.host ?? 'an unknown origin', expected })
}

/** Against DNS rebinding: a foreign name that leads here is not ours. */
function refuseForeignHost(request: FastifyRequest, publicUrl: URL): void {
  if (isHostOf(request, publicUrl) || isUnspoofableHost(request) || ANY_HOST.test(request.url)) return
  throw gatewayError('misdirected')
}

export const sameOrigin = fp(async (app: FastifyInstance, { publicUrl }: SameOriginOptions) => {
  app.addHook('onRequest', (request, _reply, done) => {
    if (publicUrl !== undefined) refuseForeignHost(request, publicUrl)
    if (!SAFE.has(request.method)) refuseCrossSite(request, publicUrl)
    done()
  })
})
