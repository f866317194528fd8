// Rows of the fault matrix as the person at the page meets them. What Gantry itself does is in server/faults/.

import type { Page } from '@playwright/test'
import { expect, signIn, test } from './attacked.ts'

const tagsOf = (page: Page) => page.getByRole('region', { name: 'Tags' })
const tag = (page: Page, name: string) => page.getByRole('link', { name, exact: true })
const whoIsHere = async (page: Page) => (await (await page.request.get('/api/session')).json()).user

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page.getByLabel('Account: mira')).toBeVisible()
})

test('row 1: registry down: said on the page, try again, the session kept', async ({ page, registry }) => {
  await page.goto('/r/payments/api')
  await expect(tag(page, '4.12.1')).toBeVisible()
  await registry.stop()
  await page.reload()
  await expect(tagsOf(page).getByRole('alert')).toContainText('The registry cannot be reached')
  await expect(page.getByLabel('Account: mira')).toBeVisible()
  await registry.start()
  await tagsOf(page).getByRole('button', { name: 'Try again' }).click()
  await expect(tag(page, '4.12.1')).toBeVisible()
  expect(await whoIsHere(page)).toBe('mira')
})

test('row 4: registry slow: the page shows that it is loading, and the rest keeps working', async ({
  page,
  registry,
}) => {
  await registry.script({ match: '/payments/api/tags', fault: { kind: 'silence' } })
  await page.goto('/r/payments/api')
  await expect(page.getByText('Loading tags…')).toBeVisible()
  await page.getByRole('treeitem', { name: 'base' }).first().click()
  expect((await page.request.get('/v2/base/debian/tags/list')).status()).toBe(200)
  await registry.mend()
  await page.goto('/r/payments/api')
  await expect(tag(page, '4.12.1')).toBeVisible()
})

test('row 6: a manifest that breaks off is said to be incomplete, and never half shown', async ({
  page,
  registry,
  expectInConsole,
}) => {
  // Chromium's own line where the first bytes were on their way already
  expectInConsole(/^Failed to load resource: net::ERR_/)
  const image = page.getByRole('region', { name: 'payments/ledger:1.1.0' })
  const match = '/payments/ledger/manifests/1\\.1\\.0'
  for (const [fault, said] of [
    [{ kind: 'cut', bytes: 300, end: 'disconnect' }, 'broke off before its end'],
    [{ kind: 'truncate', bytes: 300 }, 'This manifest is incomplete'],
  ] as const) {
    await registry.script({ match, fault })
    await page.goto('/r/payments/ledger:1.1.0')
    await expect(image.getByText(said)).toBeVisible()
    await expect(image.getByText(/Entrypoint|linux\/amd64/)).toHaveCount(0)
    if (fault.kind === 'truncate') {
      await page.goto('/r/payments/ledger:1.1.0?tab=raw')
      await expect(image.getByText('The bytes shown do not match their digest')).toBeVisible()
    }
    await registry.mend()
  }
})

test('an incomplete list is shown as far as it was read, and nothing is deleted from it', async ({
  page,
  registry,
}) => {
  // before there is a page whose requests would meet the end of the session that was
  const payload = { username: 'admin', password: 'admin-demo' }
  expect((await page.request.post('/api/session', { data: payload })).status()).toBe(200)
  const link = '</v2/payments/api/tags/list?last=4.12.1>'
  await registry.script({ match: '/payments/api/tags/list', fault: { kind: 'headers', headers: { link } } })
  await page.goto('/r/payments/api')
  await expect(tag(page, '4.12.1')).toBeVisible()
  await expect(tagsOf(page).getByText('This list is incomplete')).toBeVisible()
  await expect(tagsOf(page).locator('small')).toContainText(/^\d+ and more/)
  const url = '/api/repositories/payments/api/deletion-plan'
  const body = await (await page.request.post(url, { data: { tags: ['4.12.1'] } })).text()
  expect(body).toContain('some may be missing')
  await registry.mend()
  await tagsOf(page).getByRole('button', { name: 'Refresh the tags' }).click()
  await expect(tagsOf(page).getByText('This list is incomplete')).toHaveCount(0)
})

test('tags and repositories paged by keys of the registry’s own are all there', async ({
  page,
  registry,
}) => {
  const headers = { 'content-type': 'application/json' }
  for (const [path, name, pages] of [
    ['/v2/_catalog', 'repositories', [['first/one'], ['second/two']]],
    ['/v2/payments/api/tags/list', 'tags', [['4.12.1'], ['4.12.0']]],
  ] as const) {
    const link = `<http://elsewhere.example/prefix${path}?token=abc&orderby=>; rel="next"`
    const listOf = (names: readonly string[]) => ({
      kind: 'respond',
      status: 200,
      body: JSON.stringify({ [name]: names }),
    })
    await registry.script({
      match: `${path}(?:\\?n=\\d+)?$`,
      fault: { ...listOf(pages[0]), headers: { ...headers, link } },
    })
    await registry.script({
      match: `${path}\\?token=abc&orderby=$`,
      fault: { ...listOf(pages[1]), headers },
    })
  }
  await page.goto('/r/payments/api')
  await expect(tag(page, '4.12.1')).toBeVisible()
  await expect(tag(page, '4.12.0')).toBeVisible()
  await expect(tagsOf(page).locator('small')).toHaveText('2')
  await expect(page.getByRole('treeitem', { name: 'second' })).toBeVisible()
})

test('row 9: 429: a countdown, no retries meanwhile, and then it continues', async ({ page, registry }) => {
  const tooManyRequests = (after: string) => ({
    kind: 'respond',
    status: 429,
    headers: { 'retry-after': after, 'content-type': 'application/json' },
    body: JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'slow down' }] }),
  })
  const asked = async () =>
    (await registry.asked()).registry.filter(({ url }) => url.includes('/payments/api/tags/list')).length
  await registry.forget()
  await registry.script({ match: '/payments/api/tags/list', fault: tooManyRequests('3') })
  // its code loads after the 429, and must not send a second request
  const refused = page.waitForEvent('requestfinished', (request) =>
    request.url().includes('/payments/api/tags/list'),
  )
  await page.route('**/tags-pane-*.js', async (route) => {
    await refused
    await route.continue()
  })
  await page.goto('/r/payments/api')
  await expect(tagsOf(page).getByText('The registry asks to slow down', { exact: true })).toBeVisible()
  await expect(tagsOf(page).getByRole('button', { name: /^Try again in [1-3] s$/ })).toBeDisabled()
  const again = tagsOf(page).getByRole('button', { name: 'Try again', exact: true })
  await expect(again).toBeEnabled()
  expect(await asked()).toBe(1)
  await registry.mend()
  await again.click()
  await expect(tag(page, '4.12.1')).toBeVisible()
  expect(await asked()).toBe(2)
})

test('row 32: Gantry started anew in mid-session: the login, and back to the same address', async ({
  gantry,
  page,
}) => {
  const address = '/r/payments/api:4.12.1?filter=4.1&tab=layers'
  await page.goto(address)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('payments/api:4.12.1')
  await page.waitForLoadState('networkidle')
  await gantry.stop()
  await gantry.start()
  await page.reload()
  await expect(page).toHaveURL(/\/login\?next=/)
  await expect(page.getByText('Your session has ended.')).toBeVisible()
  await signIn(page, 'mira', 'mira-demo')
  await expect(page).toHaveURL(address)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('payments/api:4.12.1')
})
