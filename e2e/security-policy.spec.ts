// The page's policy: what it says, what it stops, and that the page itself keeps to it.

import { expect, signIn, test, watchPolicy } from './attacked.ts'

const TABS = ['', '?tab=layers', '?tab=layers&view=dockerfile', '?tab=referrers', '?tab=raw']

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page.getByLabel('Account: admin')).toBeVisible()
})

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join(';')

test('every page carries the same strict policy, deep links, errors and files too', async ({ request }) => {
  for (const path of [
    '/',
    '/login',
    '/r/payments/api',
    '/r/web/storefront:hostile',
    '/nowhere',
    '/assets/none.js',
    '/api/config',
  ]) {
    const response = await request.get(path, { headers: { accept: 'text/html' } })
    expect([path, response.headers()['content-security-policy']]).toEqual([path, POLICY])
    expect(response.headers()).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
  }
  const html = await (await request.get('/', { headers: { accept: 'text/html' } })).text()
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/)
})

/** What injected code would try; each is stopped, and each sets `ran` if it is not. */
const INJECTIONS: readonly (readonly [what: string, directive: string, code: string])[] = [
  ['innerHTML', 'require-trusted-types-for', "box.innerHTML = '<img src=x onerror=ran=1>'"],
  ['a script’s text', 'require-trusted-types-for', "add('script', (it) => { it.textContent = 'ran=1' })"],
  ['a script of text nodes', 'require-trusted-types-for', "add('script', (it) => it.append('ran=1'))"],
  ['a script’s address', 'require-trusted-types-for', "add('script', (it) => { it.src = 'data:,ran=1' })"],
  ['text run as code', 'require-trusted-types-for', "setTimeout('ran=1')"],
  ['a frame’s document', 'require-trusted-types-for', "add('iframe', (it) => { it.srcdoc = '<p>' })"],
  ['a policy of its own', 'trusted-types', "trustedTypes.createPolicy('own', {})"],
  ['a javascript: link', 'script-src-elem', "add('a', (it) => { it.href = 'javascript:ran=1'; it.click() })"],
  ['a module from elsewhere', 'script-src-elem', "import('data:text/javascript,ran=1').catch(() => {})"],
  ['a style element', 'style-src-elem', "add('style', (it) => it.append('*{color:red}'))"],
  ['a style attribute', 'style-src-attr', "box.setAttribute('style', 'color:red')"],
  ['a picture from elsewhere', 'img-src', "add('img', (it) => { it.src = 'http://127.0.0.1:9/x' })"],
  ['a picture in its address', 'img-src', "add('img', (it) => { it.src = 'data:image/gif;base64,R0lG' })"],
  ['a request to elsewhere', 'connect-src', "fetch('http://127.0.0.1:9/').catch(() => {})"],
  ['a beacon to elsewhere', 'connect-src', "navigator.sendBeacon('http://127.0.0.1:9/')"],
  ['a frame', 'frame-src', "add('iframe', (it) => { it.src = '/' })"],
  ['an object', 'require-trusted-types-for', "add('object', (it) => { it.data = '/' })"],
  ['a base elsewhere', 'base-uri', "document.querySelector('base').href = 'http://127.0.0.1:9/'"],
  [
    'a form to elsewhere',
    'form-action',
    "add('form', (it) => { it.action = 'http://127.0.0.1:9/'; it.submit() })",
  ],
]

test('injected code, markup, styles and requests are stopped by the policy', async ({
  page,
  expectInConsole,
}) => {
  expectInConsole(/Content Security Policy|This document requires 'Trusted|the form is not connected/i)
  const violations = await watchPolicy(page)
  for (const [what, directive, code] of INJECTIONS) {
    await page.goto('/login')
    await expect(page.getByLabel('Username')).toBeVisible()
    violations.length = 0
    await page.evaluate(`{
      const box = document.body.appendChild(document.createElement('div'))
      const add = (name, change) => { const it = document.createElement(name); change(it); box.append(it); change(it) }
      try { ${code} } catch {}
      undefined
    }`)
    await expect.poll(() => violations, { message: what }).toContain(directive)
    expect([what, await page.evaluate('typeof ran')]).toEqual([what, 'undefined'])
  }
  // an inline handler: where setAttribute itself is not guarded, the policy is
  await page.goto('/login')
  violations.length = 0
  await page.evaluate(() => {
    const image = document.createElement('img')
    try {
      image.setAttribute('onerror', 'ran=1')
    } catch {}
    image.src = '/assets/none.png'
    document.body.append(image)
  })
  await expect.poll(() => violations.join()).toMatch(/script-src-attr|require-trusted-types-for/)
  expect(await page.evaluate('typeof ran')).toBe('undefined')
})

test('no page of ours violates the policy by itself', async ({ page }) => {
  const violations = await watchPolicy(page)
  for (const path of [
    '/',
    '/login',
    '/nowhere',
    '/r/payments/api',
    '/r/payments/api:4.12.1',
    '/r/tools/helm-chart:0.9.0',
  ])
    for (const tab of path.includes(':') ? TABS : ['']) {
      await page.goto(path + tab)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await page.waitForLoadState('networkidle')
    }
  await page.goto('/r/payments/api')
  await page.getByLabel('Account: admin').click()
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible()
  expect(violations).toEqual([])
})
