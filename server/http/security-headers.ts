// What the browser may do with our pages: only what they are made of.

import helmet from '@fastify/helmet'
import Fastify, { type FastifyInstance } from 'fastify'
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

/** What helmet sets on each answer. Asked once: it would build the same policy anew for every request. */
async function helmetHeaders({ publicUrl }: SecurityHeadersOptions): Promise<Record<string, string>> {
  const sample = Fastify()
  await sample.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    strictTransportSecurity: publicUrl?.protocol === 'https:' ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    // browsers ignore it on plain http, with a complaint in the console
    crossOriginOpenerPolicy: publicUrl?.protocol === 'https:' ? { policy: 'same-origin' } : false,
    originAgentCluster: false,
  })
  sample.get('/', (_request, reply) => {
    const set = reply.raw.getHeaders()
    void reply.send(Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)])))
  })
  const answer = await sample.inject('/')
  await sample.close()
  return answer.json()
}

export const securityHeaders = fp(async (app: FastifyInstance, options: SecurityHeadersOptions) => {
  const everywhere = {
    ...(await helmetHeaders(options)),
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  }
  const underV2 = { ...everywhere, ...SANDBOX_HEADERS }
  app.addHook('onRequest', (request, reply, done) => {
    // from here on, so that whatever refuses a request under /v2 carries it too
    reply.headers(/^\/v2(?:[/?]|$)/.test(request.url) ? underV2 : everywhere)
    done()
  })
})
