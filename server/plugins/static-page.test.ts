import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { parseConfig } from '../config/config.ts'
import { renderIndex } from './static-page.ts'

const PLAIN = { logo: undefined, accent: undefined, notice: undefined }
const HTML = '<!doctype html><head><base href="/"><title>Gantry</title></head>'
let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gantry-client-'))
  mkdirSync(join(root, 'assets'))
  writeFileSync(join(root, 'index.html'), HTML)
  writeFileSync(join(root, 'assets', 'app-abc.js'), 'plain')
  writeFileSync(join(root, 'assets', 'app-abc.js.br'), 'brotli')
  writeFileSync(join(root, 'assets', '.env'), 'secret')
})
afterAll(() => rmSync(root, { recursive: true }))

const app = (env = {}) => buildApp(parseConfig({ LOG_LEVEL: 'silent', ...env }), { clientRoot: root })
const html = { accept: 'text/html,*/*' }

test('base path and title are written into the page, and cannot break out of it', () => {
  expect(renderIndex(HTML, { basePath: '/gantry', title: 'A & <B> $&', branding: PLAIN })).toContain(
    '<base href="/gantry/"><title>A &amp; &lt;B&gt; $&amp;</title>',
  )
})

test.each(['/', '/login?next=%2Fr%2Fx', '/r/payments/api:4.12.1', '/r/a@sha256:abc', '/containers/a/tag/1'])(
  '%s is the page',
  async (url) => {
    const response = await (await app()).inject({ url, headers: html })
    expect([
      response.statusCode,
      response.headers['content-type'],
      response.headers['cache-control'],
    ]).toEqual([200, 'text/html; charset=utf-8', 'no-store'])
    expect(response.headers['content-security-policy']).toContain("script-src 'self';style-src 'self'")
    expect(response.headers['content-security-policy']).not.toMatch(/unsafe-inline|upgrade-insecure/)
  },
)

test('HEAD of a deep link responds like GET, without the page', async () => {
  const response = await (await app()).inject({ method: 'HEAD', url: '/r/payments/api', headers: html })
  expect([response.statusCode, response.headers['content-type'], response.body]).toEqual([
    200,
    'text/html; charset=utf-8',
    '',
  ])
})

test.each([
  ['/api?x', html],
  ['/assets/none.js', html],
  ['/assets/.env', html],
  ['/assets/../index.html', {}],
  ['/api/none', html],
  ['/r/x', { accept: 'application/json' }],
  ['/.env', {}],
])('%s is 404 in the one error shape', async (url, headers) => {
  const response = await (await app()).inject({ url, headers })
  expect([response.statusCode, Array.isArray(response.json().errors)]).toEqual([404, true])
})

test('assets are immutable and precompressed', async () => {
  const response = await (await app()).inject({
    url: '/assets/app-abc.js',
    headers: { 'accept-encoding': 'br' },
  })
  expect([response.body, response.headers['content-encoding'], response.headers['cache-control']]).toEqual([
    'brotli',
    'br',
    'public, max-age=31536000, immutable',
  ])
})

test('BASE_PATH works for proxies that keep it and for those that strip it', async () => {
  const server = await app({ BASE_PATH: '/gantry' })
  for (const url of ['/gantry', '/gantry/', '/', '/gantry/r/a', '/r/a'])
    expect((await server.inject({ url, headers: html })).body).toContain('<base href="/gantry/">')
  for (const url of [
    '/gantry/assets/app-abc.js',
    '/assets/app-abc.js',
    '/gantry/api/config',
    '/gantry/livez',
  ])
    expect([url, (await server.inject(url)).statusCode]).toEqual([url, 200])
  expect((await server.inject('/gantryx/livez')).statusCode).toBe(404)
})

test('HSTS only where PUBLIC_URL is https', async () => {
  expect((await (await app()).inject('/livez')).headers['strict-transport-security']).toBeUndefined()
  const secure = await app({ PUBLIC_URL: 'https://gantry.example' })
  expect((await secure.inject('/livez')).headers['strict-transport-security']).toContain('max-age')
})

test('an internal failure does not reveal its cause', async () => {
  const server = await app()
  server.get('/boom', () => {
    throw new Error('connect ECONNREFUSED 10.0.0.5:5000')
  })
  const response = await server.inject('/boom')
  expect([response.statusCode, response.json().errors[0].detail.requestId]).toEqual([500, expect.any(String)])
  expect(response.body).not.toContain('10.0.0.5')
})
