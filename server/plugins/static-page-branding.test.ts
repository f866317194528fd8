import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { parseConfig } from '../config/config.ts'

const HOSTILE = `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>`
const HTML =
  '<!doctype html><head><base href="/"><title>Gantry</title><link rel="icon" href="./assets/f.svg" type="image/svg+xml"></head>'
let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'gantry-branding-'))
  mkdirSync(join(root, 'assets'))
  writeFileSync(join(root, 'index.html'), HTML)
  writeFileSync(join(root, 'logo.png'), HOSTILE)
})
afterAll(() => rmSync(root, { recursive: true }))

const app = (env = {}) => buildApp(parseConfig({ LOG_LEVEL: 'silent', ...env }), { clientRoot: root })
const html = { accept: 'text/html' }
const branded = () =>
  app({
    LOGO_FILE: join(root, 'logo.png'),
    ACCENT: '#0077cc',
    NOTICE: `Down on <b>Friday</b> "18:00" & $& later`,
    BASE_PATH: '/gantry',
  })

test('nothing set: the page is as built, and neither address exists', async () => {
  const server = await app()
  const { body } = await server.inject({ url: '/', headers: html })
  expect(body).toContain('href="./assets/f.svg"')
  expect(body).not.toMatch(/name="logo"|name="notice"|branding\.css/)
  for (const url of ['/logo', '/branding.css'])
    expect([url, (await server.inject(url)).statusCode]).toEqual([url, 404])
})

test('logo, accent and notice are in the page, and cannot break out of it', async () => {
  const { body } = await (await branded()).inject({ url: '/r/payments/api', headers: html })
  expect(body).toContain('<base href="/gantry/">')
  expect(body).toMatch(/<link rel="icon" href="\.\/logo\?v=[\da-f]{12}" type="image\/svg\+xml">/)
  expect(body).toMatch(/<meta name="logo" content="\.\/logo\?v=[\da-f]{12}">/)
  expect(body).toContain(
    '<meta name="notice" content="Down on &lt;b&gt;Friday&lt;/b&gt; &quot;18:00&quot; &amp; $&amp; later">',
  )
  expect(body).toMatch(/<link rel="stylesheet" href="\.\/branding\.css\?v=[\da-f]{12}"><\/head>/)
  expect(body).not.toContain('assets/f.svg')
})

test('an SVG is recognised by its content, and runs nothing when opened directly', async () => {
  for (const url of ['/logo', '/gantry/logo?v=x']) {
    const response = await (await branded()).inject({ url, headers: html })
    expect([response.statusCode, response.headers['content-type'], response.body]).toEqual([
      200,
      'image/svg+xml',
      HOSTILE,
    ])
    expect(response.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none';/)
    expect(response.headers['content-security-policy']).not.toMatch(/allow|script/)
    expect(response.headers['x-content-type-options']).toBe('nosniff')
  }
})

test('the accent is a stylesheet of tokens', async () => {
  const response = await (await branded()).inject('/branding.css')
  expect(response.headers['content-type']).toBe('text/css; charset=utf-8')
  expect(response.body).toMatch(/^:root:root \{\n {2}--amber: light-dark\(#0077cc, #0077cc\);/)
})

test('the settings are read, and a colour with too little contrast causes a warning', () => {
  const look = parseConfig({
    LOGO_FILE: join(root, 'logo.png'),
    ACCENT: '#024',
    NOTICE: ' Closed on Friday ',
  })
  expect(look.branding).toMatchObject({ logo: { mediaType: 'image/svg+xml' }, notice: 'Closed on Friday' })
  expect(look.warnings.join('\n')).toContain('ACCENT #002244')
  expect(parseConfig({ NOTICE: '  ' }).branding).toEqual({
    logo: undefined,
    accent: undefined,
    notice: undefined,
  })
})
