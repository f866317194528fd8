// What a page shows when there is nothing to show: each state its own.

import { expect, expectAccessible, openReference, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
})

test('not allowed: said, and the session is kept', async ({ page }) => {
  await signIn(page, 'mira', 'mira-demo')
  await expect(page).toHaveURL('/')
  await page.goto('/r/web/storefront')
  await expect(page.getByText('Not allowed')).toBeVisible()
  await expectAccessible(page)
  await page.goto('/r/payments/api')
  await expect(page.getByRole('link', { name: 'latest', exact: true })).toBeVisible()
})

test('no catalog rights: open by name, also a whole reference, and what was opened lately', async ({
  page,
}) => {
  await signIn(page, 'carl', 'carl-demo')
  await expect(page.getByText('This registry does not let you list its repositories')).toBeVisible()
  await expectAccessible(page)
  const field = page.getByLabel('Open a repository by name')
  await field.fill('not a reference')
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('alert')).toBeVisible()
  const { registry } = await (await page.request.get('/api/config')).json()
  await field.fill(`docker pull ${registry}/web/storefront`)
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page).toHaveURL('/r/web/storefront')
  await expect(openReference(page)).toContainText('web/storefront')
  // the recent list holds repositories that were found, not those requested
  await expect(page.getByRole('link', { name: 'hostile', exact: true })).toBeVisible()
  await page.goto('/')
  await expect(page.getByRole('link', { name: 'web/storefront' })).toBeVisible()
})

test('not found, empty, no match, and an unknown address', async ({ page }) => {
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  await page.goto('/r/payments/nothing-here')
  await expect(page.getByText('Not found')).toBeVisible()
  await page.goto('/r/payments/api:none')
  await expect(page.getByText('Not found')).toBeVisible()
  await page.goto('/r/tools/empty')
  await expect(page.getByText('No tags')).toBeVisible()
  await expectAccessible(page)
  await page.goto('/?filter=zzzz')
  await expect(page.getByText('No match')).toBeVisible()
  await page.goto('/r/Not_A_Name!')
  await expect(page.getByText('This address is no page of Gantry')).toBeVisible()
  await expectAccessible(page)
  await page.goto('/nowhere')
  await expect(page.getByText('This address is no page of Gantry')).toBeVisible()
})

test('the registry fails: cause, what to change, try again', async ({ page }) => {
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  const body = {
    errors: [
      {
        code: 'UNAVAILABLE',
        message: 'The registry cannot be reached. Check that it runs.',
        detail: { reason: 'registry_down' },
      },
    ],
  }
  await page.route('**/v2/**', (route) => route.fulfill({ status: 502, json: body }))
  await page.goto('/r/payments/api')
  const tags = page.getByRole('region', { name: 'Tags' })
  await expect(tags.getByRole('alert')).toContainText('The registry cannot be reached')
  await expectAccessible(page)
  await page.unroute('**/v2/**')
  await tags.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('link', { name: 'latest', exact: true })).toBeVisible()
})

test('the catalog fails halfway: the first page stays, and loading continues', async ({ page }) => {
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  let broken = true
  await page.route('**/v2/_catalog**', async (route) => {
    const isSecond = route.request().url().includes('last=')
    if (isSecond && broken)
      return route.fulfill({
        status: 503,
        headers: { 'retry-after': '1' },
        json: {
          errors: [{ code: 'UNAVAILABLE', message: 'Not just now.', detail: { reason: 'registry_down' } }],
        },
      })
    if (isSecond) return route.fulfill({ json: { repositories: ['second/page'] } })
    return route.fulfill({
      json: { repositories: ['first/page'] },
      headers: { link: '</v2/_catalog?n=1&last=first%2Fpage>; rel="next"' },
    })
  })
  await page.goto('/')
  await expect(page.getByRole('treeitem', { name: 'first' })).toBeVisible()
  await expect(page.getByRole('button', { name: /^Continue/ })).toBeVisible()
  broken = false
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  await expect(page.getByRole('treeitem', { name: 'second' })).toBeVisible()
  await expect(page.getByRole('treeitem', { name: 'first' })).toBeVisible()
})

test('loading is a state of its own', async ({ page }) => {
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  let release = () => {}
  await page.route('**/tags/list**', async (route) => {
    await new Promise<void>((resolve) => {
      release = resolve
    })
    await route.continue()
  })
  await page.goto('/r/payments/api')
  await expect(page.getByText('Loading tags…')).toBeVisible()
  await expectAccessible(page)
  release()
  await expect(page.getByRole('link', { name: 'latest', exact: true })).toBeVisible()
})

test('a broken tag, schema 1 and hostile labels are shown as what they are', async ({ page }) => {
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  await page.goto('/r/tools/legacy')
  await page.getByRole('region', { name: 'All tags' }).getByRole('link').first().click()
  await expect(page.getByText('Schema 1 is not supported any more')).toBeVisible()
  await page.goto('/r/web/storefront:hostile')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('web/storefront:hostile')
  await expect(page.getByText('<script>', { exact: false }).first()).toBeVisible()
  await expect(page.locator('a[href^="javascript:"]')).toHaveCount(0)
})

test('nothing overflows at 400 px', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 })
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  for (const path of [
    '/',
    '/r/payments/api',
    '/r/payments/api:latest',
    '/r/web/storefront:hostile',
    '/nowhere',
  ]) {
    await page.goto(path)
    await expect(page.locator('main')).toBeVisible()
    await page.waitForLoadState('networkidle')
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
    expect([path, overflow]).toEqual([path, 0])
  }
})
