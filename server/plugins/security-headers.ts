// Restricts pages to their own files and our API.

import helmet, { type FastifyHelmetOptions } from '@fastify/helmet'
import type { FastifyInstance, FastifyReply } from 'fastify'
import fp from 'fastify-plugin'

/**
 * Everything under /v2 is an upload and must not act as a page of our origin, even when it is opened directly. Our own
 * errors under /v2 get these fields too.
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

/** Without helmet's defaults: `upgrade-insecure-requests` would leave a blank page on plain http. */
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
    // on plain http browsers ignore it and warn in the console
    crossOriginOpenerPolicy: isHttps ? { policy: 'same-origin' } : false,
    originAgentCluster: false,
  }
}

type HeaderFields = Readonly<Record<string, string>>

/** Lets helmet set its fields on a response that has none yet, and removes them again. */
function takeHelmetFields(reply: FastifyReply): HeaderFields {
  reply.helmet()
  const fields = Object.entries(reply.raw.getHeaders()).map(([name, value]) => [name, String(value)] as const)
  for (const [name] of fields) reply.raw.removeHeader(name)
  return Object.fromEntries(fields)
}

export const securityHeaders = fp(async (app: FastifyInstance, options: SecurityHeadersOptions) => {
  // not global: helmet would compute the same fields for each request, at 30 µs each
  await app.register(helmet, { ...helmetOptions(options), global: false })
  let everywhere: HeaderFields | undefined
  let underV2: HeaderFields | undefined
  app.addHook('onRequest', (request, reply, done) => {
    everywhere ??= {
      ...takeHelmetFields(reply),
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    }
    underV2 ??= { ...everywhere, ...SANDBOX_HEADERS }
    // set early, so that every error under /v2 has them too
    reply.headers(/^\/v2(?:[/?]|$)/.test(request.url) ? underV2 : everywhere)
    done()
  })
})
