// The next person at the same browser sees nothing of the last, and no secret is ever in the browser.

import type { Page } from '@playwright/test'
import { expect, NAMES, signIn, signOut, test } from './attacked.ts'

test.use({ ignoreHTTPSErrors: true })

async function enter(page: Page, origin: string, user: string, next = '/'): Promise<void> {
  await page.goto(`${origin}/login?${new URLSearchParams({ next })}`)
  await signIn(page, user, `${user}-demo`)
  await expect(page.getByLabel(`Account: ${user}`)).toBeVisible()
}

/** All that a page can keep, as text. */
async function storedText(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name)
    const caches = 'caches' in window ? await window.caches.keys() : []
    const workers = (await navigator.serviceWorker?.getRegistrations())?.map(({ scope }) => scope)
    const kept = { ...localStorage, ...sessionStorage, databases, caches, workers, history: history.state }
    return JSON.stringify(kept) + document.cookie + name
  })
}

for (const scheme of ['http', 'https'] as const)
  test(`a document cached for one user is not served to the next (${scheme})`, async ({
    page,
    relay: plainRelay,
    secureRelay,
  }) => {
    const relay = scheme === 'https' ? secureRelay : plainRelay
    const origin = `${scheme}://${NAMES.gantry}:${relay.port}`
    await enter(page, origin, 'admin', '/r/payments/ledger:1.1.0')
    await expect(page.getByText('Entrypoint')).toBeVisible()
    const read = relay.passed.flatMap(({ url, status }) =>
      status === 200 && /@?sha256:/.test(url) ? [url] : [],
    )
    // not a list of referrers, which is never cached
    const [path = ''] = read.filter((url) => /^\/v2\/payments\/ledger\/(?:manifests|blobs)\//.test(url))
    expect(path).not.toBe('')
    const status = () => page.evaluate(async (url) => (await fetch(url)).status, path)
    const askedFor = () => relay.passed.filter(({ url }) => url === path).length
    // the same user: no new request, unless the browser does not cache over a self-signed certificate
    const first = askedFor()
    expect(await status()).toBe(200)
    const before = askedFor()
    if (scheme === 'http') expect(before).toBe(first)
    await signOut(page)
    await expect(page).toHaveURL(/\/login/)
    expect([await status(), askedFor()]).toEqual([401, before + 1])
    await signIn(page, 'carl', 'carl-demo')
    await expect(page.getByLabel('Account: carl')).toBeVisible()
    expect([await status(), askedFor()]).toEqual([403, before + 2])
    const logout = relay.passed.find(({ method }) => method === 'DELETE')
    expect(logout?.responseHeaders['clear-site-data']).toBe(scheme === 'https' ? '"cache"' : undefined)
  })

test('the back button, the storage and the recent list reveal nothing to the next user', async ({
  page,
  baseURL,
}) => {
  await enter(page, baseURL, 'mira', '/r/payments/api')
  await page.getByRole('link', { name: '4.12.1', exact: true }).click()
  await expect(page.getByText('Entrypoint')).toBeVisible()
  expect(await storedText(page)).toContain('payments/api')
  await signOut(page)
  await expect(page).toHaveURL(/\/login/)
  expect(await storedText(page)).not.toContain('payments')
  await signIn(page, 'carl', 'carl-demo')
  await expect(page.getByText('This registry does not let you list its repositories')).toBeVisible()
  await expect(page.getByText(/payments|4\.12\.1/)).toHaveCount(0)
  for (let step = 0; step < 2; step++) {
    await page.goBack()
    await expect(page.getByRole('banner')).toBeVisible()
    await page.waitForLoadState('networkidle')
    // the address is the browser's to remember; nothing of what was behind it is shown
    await expect(page.getByText(/4\.12\.0|linux\/|Entrypoint/)).toHaveCount(0)
  }
  expect(await storedText(page)).not.toMatch(/mira|"payments/)
})

test('a page from the back-forward cache is reloaded', async ({ context, page, baseURL }) => {
  await enter(page, baseURL, 'mira', '/r/payments/api')
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  await context.clearCookies()
  // Playwright's browsers have none: the page learns it from the event
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await expect(page).toHaveURL(/\/login\?next=/)
  await expect(page.getByText('4.12.1')).toHaveCount(0)
})

/** All strings of the page's JavaScript heap, after a collection of its garbage. */
async function heapText(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page)
  const chunks: string[] = []
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk))
  await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot')
  await session.detach()
  return chunks.join('')
}

test('row 52: password and tokens are in no response, storage, cookie or log', async ({
  context,
  gantry,
  page,
  relay,
  baseURL,
}) => {
  const password = 'mira-demo'
  const token = /eyJ[\w-]{10,}\.eyJ/
  await page.goto(`${baseURL}/login?next=/r/payments/api:4.12.1`)
  // by the keyboard: what Playwright fills in would be a string of its own in the page
  await page.getByLabel('Username').pressSequentially('mira')
  await page.getByLabel('Password').focus()
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await expect(page.getByText('Entrypoint')).toBeVisible()
  await page.goto(`${baseURL}/r/payments/api:4.12.1?tab=raw`)
  await expect(page.getByText('The bytes match')).toBeVisible()
  await page.goto(`${baseURL}/r/web/storefront`)
  await expect(page.getByText('Not allowed')).toBeVisible()
  const cookies = JSON.stringify(await context.cookies())
  const responses = relay.passed.map(
    ({ url, responseHeaders, body }) => url + JSON.stringify(responseHeaders) + body,
  )
  expect(responses.length).toBeGreaterThan(20)
  for (const text of [
    ...responses,
    cookies,
    decodeURIComponent(cookies),
    await storedText(page),
    await page.content(),
    gantry.log(),
  ]) {
    expect(text).not.toContain(password)
    expect(text).not.toContain(Buffer.from(`mira:${password}`).toString('base64'))
    expect(text).not.toMatch(token)
  }
})

test('row 52: once somebody is in, the page itself no longer holds the password', async ({
  page,
  baseURL,
}) => {
  await page.goto(`${baseURL}/login?next=/r/payments/api`)
  await page.getByLabel('Username').pressSequentially('mira')
  await page.getByLabel('Password').focus()
  await page.keyboard.type('mira-demo')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  // the same page, never left
  const heap = await heapText(page)
  expect(heap).toContain('payments/api')
  expect(heap).not.toContain('mira-demo')
})

test('next= leads to no other site, by login and by the link for guests', async ({ page, baseURL }) => {
  const hostile = [
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/..//evil.example',
    'https:evil.example',
    'https://localhost@evil.example/',
    'javascript:alert(1)',
    '\u0000//evil.example',
  ]
  for (const next of hostile) {
    await page.goto(`${baseURL}/login?${new URLSearchParams({ next })}`)
    const guest = page.getByRole('link', { name: 'look around as a guest' })
    expect([next, await guest.evaluate((link) => (link as HTMLAnchorElement).href)]).toEqual([
      next,
      `${baseURL}/`,
    ])
    await signIn(page, 'mira', 'mira-demo')
    await expect(page.getByLabel('Account: mira')).toBeVisible()
    await expect(page).toHaveURL('/')
    await signOut(page)
    await expect(page).toHaveURL('/login')
  }
})

test('next= that looks like another site to a careless reader is a page of ours that is not there', async ({
  page,
  baseURL,
}) => {
  for (const next of ['/%2f%2fevil.example', '/%5cevil.example', '/@evil.example', '/https://evil.example']) {
    await page.goto(`${baseURL}/login?${new URLSearchParams({ next })}`)
    await signIn(page, 'mira', 'mira-demo')
    await expect(page.getByText('This address is no page of Gantry')).toBeVisible()
    expect(new URL(page.url()).origin).toBe(baseURL)
    await signOut(page)
    await expect(page).toHaveURL('/login')
  }
})
