// The operator's own look: ACCENT as a stylesheet, LOGO_FILE as a picture. NOTICE and both their addresses are in the
// page itself (spa.ts), so that nothing changes before one's eyes.

import { createHash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import type { Branding } from '../config/config.ts'

const hash = (content: string | Buffer) => createHash('sha256').update(content).digest('hex').slice(0, 12)

/** Where the page finds them, relative to its base; another content has another address. */
export function brandingPaths({ logo, accent }: Branding) {
  return {
    logo: logo && `logo?v=${hash(logo.bytes)}`,
    stylesheet: accent && `branding.css?v=${hash(accent.css)}`,
  }
}

/** Opened by itself, a picture could be a page with scripts in it: it gets an origin of its own, and runs nothing. */
const SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
const CACHE = 'private, max-age=31536000, immutable'

export const branding: FastifyPluginAsync<Branding> = async (app, { logo, accent }) => {
  if (accent !== undefined)
    app.get('/branding.css', (_request, reply) =>
      reply.header('cache-control', CACHE).type('text/css; charset=utf-8').send(accent.css),
    )
  if (logo !== undefined)
    app.get('/logo', (_request, reply) =>
      reply
        .headers({ 'cache-control': CACHE, 'content-security-policy': SANDBOX })
        .type(logo.mediaType)
        .send(logo.bytes),
    )
}
