// The page: its files, index.html for each of its addresses, and the operator's own look: ACCENT as a stylesheet,
// LOGO_FILE as a picture. NOTICE and the addresses of both are in index.html itself, so that nothing flickers on load.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Branding } from '../config/branding.ts'
import { gatewayError } from '../errors.ts'

export interface SpaOptions {
  /** Folder of the built client. */
  readonly root: string
  readonly basePath: string
  readonly title: string
  readonly branding: Branding
}

const hash = (content: string | Buffer) => createHash('sha256').update(content).digest('hex').slice(0, 12)

/** Relative to the page's base. The hash changes with the content, so both may be cached for ever. */
function brandingPaths({ logo, accent }: Branding) {
  return {
    logo: logo && `logo?v=${hash(logo.bytes)}`,
    stylesheet: accent && `branding.css?v=${hash(accent.css)}`,
  }
}

/** An SVG that is opened directly could run scripts: it gets an origin of its own and may not run any. */
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

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')

/** Read by the client (client/lib/branding.ts). */
function brandingTags(branding: Branding): string {
  const { logo, stylesheet } = brandingPaths(branding)
  const { notice } = branding
  return [
    logo && `<meta name="logo" content="./${logo}">`,
    notice && `<meta name="notice" content="${escapeHtml(notice)}">`,
    stylesheet && `<link rel="stylesheet" href="./${stylesheet}">`,
  ]
    .filter((tag) => tag !== undefined)
    .join('')
}

/**
 * Writes base path, title and the operator's look into index.html.
 *
 * @param html  as built: with `<base href="/">`, a `<title>`, an icon and a `</head>`.
 */
export function renderIndex(
  html: string,
  { basePath, title, branding }: Pick<SpaOptions, 'basePath' | 'title' | 'branding'>,
): string {
  const { logo } = brandingPaths(branding)
  const icon = branding.logo && `<link rel="icon" href="./${logo}" type="${branding.logo.mediaType}">`
  return html
    .replace(/<link rel="icon"[^>]*>/, (built) => icon ?? built)
    .replace('</head>', () => `${brandingTags(branding)}</head>`)
    .replace(/<base href="[^"]*"\s*\/?>/, () => `<base href="${escapeHtml(basePath)}/">`)
    .replace(/<title>[^<]*<\/title>/, () => `<title>${escapeHtml(title)}</title>`)
}

const NOT_BUILT =
  '<!doctype html><title>Gantry</title><p>The page is not built yet: run <code>npm run build</code>.'

function acceptsHtml(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('text/html')
}

export const spa = fp(async (app: FastifyInstance, options: SpaOptions) => {
  const file = join(options.root, 'index.html')
  const index = existsSync(file) ? renderIndex(readFileSync(file, 'utf8'), options) : NOT_BUILT
  const assets = join(options.root, 'assets')
  if (existsSync(assets))
    await app.register(fastifyStatic, {
      root: assets,
      prefix: '/assets/',
      // file names contain a hash of the content
      immutable: true,
      maxAge: '1y',
      preCompressed: true,
      dotfiles: 'ignore',
      index: false,
      decorateReply: false,
    })
  else app.log.warn('The client is not built: run npm run build.')

  function sendPage(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
    return reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(index)
  }
  app.get('/', sendPage)
  app.setNotFoundHandler((request, reply) => {
    const reads = request.method === 'GET' || request.method === 'HEAD'
    const isPage = reads && acceptsHtml(request) && !/^\/(?:assets|api)(?:[/?]|$)/.test(request.url)
    if (isPage) return sendPage(request, reply)
    throw gatewayError('not_found')
  })
})
