// What the browser may do with our pages: only what they are made of.

import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { SANDBOX_HEADERS } from './registry-headers.ts'

export interface SecurityHeadersOptions {
  readonly publicUrl: URL | undefined
}

const NOTHING = ["'none'"]
const OURS = ["'self'"]

/** Written out, without helmet's defaults: `upgrade-insecure-requests` would leave a blank page on plain http. */
const CONTENT_SECURITY_POLICY = {
  defaultSrc: NOTHING,
  scriptSrc: OURS,
  styleSrc: OURS,
  imgSrc: OURS,
  fontSrc: OURS,
  connectSrc: OURS,
  manifestSrc: OURS,
  baseUri: OURS,
  formAction: OURS,
  frameAncestors: NOTHING,
  requireTrustedTypesFor: ["'script'"],
  trustedTypes: NOTHING,
}

export const securityHeaders = fp(async (app: FastifyInstance, { publicUrl }: SecurityHeadersOptions) => {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: publicUrl?.protocol === 'https:' ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // browsers ignore it on plain http, with a complaint in the console
    crossOriginOpenerPolicy: publicUrl?.protocol === 'https:' ? { policy: 'same-origin' } : false,
    originAgentCluster: false,
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()')
    // from here on, so that whatever refuses a request under /v2 carries it too
    if (/^\/v2(?:[/?]|$)/.test(request.url)) reply.headers(SANDBOX_HEADERS)
  })
})
