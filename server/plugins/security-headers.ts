// What the browser may do with our pages: only what they are made of.

import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

/**
 * Everything under /v2 is somebody's upload: never a page of our origin, even when opened by its address.
 * Our own errors under /v2 carry it too.
 */
export const SANDBOX_HEADERS = {
  'content-security-policy': "sandbox; default-src 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

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

function helmetOptions({ publicUrl }: SecurityHeadersOptions): FastifyHelmetOptions {
  const isHttps = publicUrl?.protocol === 'https:'
  return {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // browsers ignore it on plain http, with a complaint in the console
    crossOriginOpenerPolicy: isHttps ? { policy: 'same-origin' } : false,
    originAgentCluster: false,
  }
}

type HeaderFields = Readonly<Record<string, string>>

/** Lets helmet write its fields on a response that has none yet, and takes them off again. */
function takeHelmetFields(reply: FastifyReply): HeaderFields {
  reply.helmet()
  const fields = Object.entries(reply.raw.getHeaders()).map(([name, value]) => [name, String(value)] as const)
  for (const [name] of fields) reply.raw.removeHeader(name)
  return Object.fromEntries(fields)
}

export const securityHeaders = fp(async (app: FastifyInstance, options: SecurityHeadersOptions) => {
  // not global: helmet would compute the same fields for each request, which takes 30 µs
  await app.register(helmet, { ...helmetOptions(options), global: false })
  let everywhere: HeaderFields | undefined
  let underV2: HeaderFields | undefined
  app.addHook('onRequest', (request, reply, done) => {
    everywhere ??= {
      ...takeHelmetFields(reply),
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    }
    underV2 ??= { ...everywhere, ...SANDBOX_HEADERS }
    // this early, so that every refusal under /v2 carries them too
    reply.headers(/^\/v2(?:[/?]|$)/.test(request.url) ? underV2 : everywhere)
    done()
  })
})
