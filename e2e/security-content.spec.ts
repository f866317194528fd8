// What images, registries and injected markup can do with the page: nothing. Rows are of the fault matrix.

import type { Page } from '@playwright/test'
import { expect, signIn, test } from './attacked.ts'

const HOSTILE = '/r/web/storefront:hostile'
const TABS = ['', '?tab=layers', '?tab=layers&view=dockerfile', '?tab=referrers', '?tab=raw']

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page.getByLabel('Account: admin')).toBeVisible()
})

/** Tells of all violations of the page's policy, also in the pages it goes to. */
async function watchPolicy(page: Page): Promise<string[]> {
  const violations: string[] = []
  await page.exposeFunction('tellViolation', (directive: string) => violations.push(directive))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
      (window as unknown as { tellViolation(text: string): void }).tellViolation(effectiveDirective),
    )
  })
  return violations
}

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
    HOSTILE,
    '/nowhere',
    '/assets/none.js',
    '/api/config',
  ]) {
    const answer = await request.get(path, { headers: { accept: 'text/html' } })
    expect([path, answer.headers()['content-security-policy']]).toEqual([path, POLICY])
    expect(answer.headers()).toMatchObject({
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

test('injected code, markup, styles and requests are stopped by the policy', async ({ context }) => {
  // not the page whose console is watched
  const page = await context.newPage()
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

/** Nothing ran, and no link leads to anything but http(s), ours or marked as foreign. */
async function expectInert(page: Page): Promise<void> {
  const links = await page.locator('a[href]').evaluateAll((all) =>
    all.map((link) => {
      const { href, rel, origin, target } = link as HTMLAnchorElement
      return { href, isOurs: origin === location.origin, rel, target }
    }),
  )
  expect(links.length).toBeGreaterThan(0)
  for (const { href, isOurs, rel } of links) {
    expect(href).toMatch(/^https?:\/\/[^@]+$|^https?:\/\/[^@]+@sha256:[0-9a-f]{64}/)
    if (!isOurs) expect([href, rel]).toEqual([href, expect.stringContaining('noreferrer')])
  }
  expect(await page.title()).not.toContain('it ran')
  expect(
    await page
      .locator('main script, main iframe, main img, main object, main style, main svg script')
      .count(),
  ).toBe(0)
  const inherited = await page.evaluate(() => {
    const names: string[] = []
    for (const name in {}) names.push(name)
    return names
  })
  expect(inherited).toEqual([])
}

// dialogs, errors and requests to other hosts fail every test (see page.ts)
for (const reference of [HOSTILE, '/r/web/storefront:hostile-files'])
  for (const tab of TABS)
    test(`row 43: a hostile image is inert: ${reference}${tab}`, async ({ page }) => {
      const violations = await watchPolicy(page)
      await page.goto(reference + tab)
      await expect(page.getByRole('heading', { level: 1 })).toContainText('hostile')
      await page.waitForLoadState('networkidle')
      await expect(page.getByRole('status', { name: /loading/i })).toHaveCount(0)
      await expectInert(page)
      expect(violations).toEqual([])
    })

test('row 43: hostile tag and repository names of a lying registry are texts or left out', async ({
  page,
  registry,
}) => {
  const violations = await watchPolicy(page)
  const names = [
    '<img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    '../../api/session',
    '"><script>alert(1)</script>',
    'fine',
  ]
  const answer = (body: object) => ({
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await registry.script({ match: '/_catalog', fault: answer({ repositories: names }) })
  await registry.script({ match: '/payments/api/tags/list', fault: answer({ name: names[0], tags: names }) })
  for (const path of ['/', '/r/payments/api']) {
    await page.goto(path)
    await expect(page.getByText('fine', { exact: true }).first()).toBeVisible()
    await page.waitForLoadState('networkidle')
    await expectInert(page)
  }
  expect(violations).toEqual([])
})

/** Where the files of the hostile artifact are, and the media types they claim. */
async function hostileFiles(page: Page) {
  const accept = 'application/vnd.oci.image.manifest.v1+json'
  const answer = await page.request.get('/v2/web/storefront/manifests/hostile-files', { headers: { accept } })
  const { layers } = (await answer.json()) as { layers: { mediaType: string; digest: string }[] }
  return layers.map(({ mediaType, digest }) => ({ mediaType, path: `/v2/web/storefront/blobs/${digest}` }))
}

/** Loads an address in every way in which one site may embed another's. */
async function embed(page: Page, address: string): Promise<void> {
  await page.evaluate((url) => {
    const ways = { iframe: 'src', object: 'data', embed: 'src', script: 'src', img: 'src' }
    for (const [name, attribute] of Object.entries(ways)) {
      const element = document.createElement(name)
      element.setAttribute(attribute, url)
      document.body.append(element)
    }
  }, address)
}

/** Loads an address as code and style of our own page, whose policy lets in what is ours. */
async function loadAsOurs(page: Page, address: string): Promise<void> {
  await page.evaluate(async (url) => {
    await import(url).catch(() => undefined)
    const link = document.createElement('link')
    Object.assign(link, { rel: 'stylesheet', href: url })
    await new Promise((resolve) => {
      Object.assign(link, { onload: resolve, onerror: resolve })
      document.head.append(link)
    })
  }, address)
}

test('row 44: an HTML, SVG, XML or script blob opened by its address is a download, and runs nowhere', async ({
  attacker,
  context,
  page,
  registry,
  relay,
}) => {
  const files = await hostileFiles(page)
  expect(files).toHaveLength(4)
  // its console complains of what is refused
  const ours = await context.newPage()
  await ours.goto('/login')
  for (const { mediaType, path } of files) {
    // the registry says what whoever pushed it wants
    const headers = { 'content-type': mediaType, 'content-disposition': 'inline' }
    await registry.script({ match: path, fault: { kind: 'headers', headers } })
    const opened = await context.newPage()
    const dialogs: string[] = []
    for (const one of [opened, ours])
      one.on('dialog', (dialog) => {
        dialogs.push(dialog.message())
        void dialog.dismiss()
      })
    const download = opened.waitForEvent('download')
    await opened.goto(path).catch((error: Error) => expect(error.message).toContain('Download is starting'))
    await (await download).cancel()
    expect(await opened.title()).toBe('')
    await opened.goto(`http://127.0.0.1:${attacker.port}/`)
    await embed(opened, `http://localhost:${relay.port}${path}`)
    await loadAsOurs(ours, path)
    await opened.waitForLoadState('networkidle')
    expect([mediaType, await opened.title(), dialogs]).toEqual([mediaType, 'attacker', []])
    expect(await ours.title()).not.toContain('it ran')
    const answers = relay.passed.filter(({ url, status }) => url === path && status === 200)
    expect(answers.length).toBeGreaterThan(0)
    for (const { answerHeaders } of answers)
      expect(answerHeaders).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'content-security-policy': "sandbox; default-src 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      })
    await opened.close()
  }
})
