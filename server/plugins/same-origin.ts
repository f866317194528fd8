// Changes are accepted from our own page and from programs other than browsers.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { gatewayError } from '../errors.ts'
import { isHostOf, isUnspoofableHost, requestOrigin } from '../origin.ts'

export interface SameOriginOptions {
  readonly publicUrl: URL | undefined
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
/** For probes, which use addresses rather than host names. */
const ANY_HOST = /^\/(?:livez|readyz|metrics)(?:\?|$)/

function refuseCrossSite(request: FastifyRequest, publicUrl: URL | undefined): void {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) {
    if (site === 'same-origin') return
    throw gatewayError('cross_site')
  }
  // without either field it is not from a browser, and scripts may use the API
  if (request.headers.origin === undefined) return
  const origin = requestOrigin(request)
  const same =
    origin !== undefined &&
    (publicUrl !== undefined ? origin.host === publicUrl.host : isHostOf(request, origin))
  if (same) return
  const expected = publicUrl?.host ?? request.host
  throw gatewayError('origin_mismatch', { origin: origin?.host ?? 'an unknown origin', expected })
}

/** Against DNS rebinding: another name that resolves to this server is not trusted. */
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
