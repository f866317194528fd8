// What images and registries can do with the page: nothing. Rows are of the fault matrix.

import type { Page } from '@playwright/test'
import { expect, STOPPED, signIn, test, watchPolicy } from './attacked.ts'

const HOSTILE = '/r/web/storefront:hostile'
const TABS = ['', '?tab=layers', '?tab=layers&view=dockerfile', '?tab=referrers', '?tab=raw']

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page.getByLabel('Account: admin')).toBeVisible()
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
  const response = (body: object) => ({
    kind: 'respond',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await registry.script({ match: '/_catalog', fault: response({ repositories: names }) })
  await registry.script({
    match: '/payments/api/tags/list',
    fault: response({ name: names[0], tags: names }),
  })
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
  const response = await page.request.get('/v2/web/storefront/manifests/hostile-files', {
    headers: { accept },
  })
  const { layers } = (await response.json()) as { layers: { mediaType: string; digest: string }[] }
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
  expectInConsole,
}) => {
  expectInConsole(STOPPED)
  const files = await hostileFiles(page)
  expect(files).toHaveLength(4)
  const ours = await context.newPage()
  await ours.goto('/login')
  for (const { mediaType, path } of files) {
    // the media type is under the pusher's control
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
    const responses = relay.passed.filter(({ url, status }) => url === path && status === 200)
    expect(responses.length).toBeGreaterThan(0)
    for (const { responseHeaders } of responses)
      expect(responseHeaders).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'content-security-policy': "sandbox; default-src 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      })
    await opened.close()
  }
})
