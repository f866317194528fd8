// The table of tags: sorted and filtered over all of them, whatever is in view.

import type { Page } from '@playwright/test'
import { expect, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
})

const rows = (page: Page) =>
  page.getByRole('region', { name: 'All tags' }).locator('tbody tr:not([aria-hidden])')
const row = (page: Page, tag: string) =>
  rows(page).filter({ has: page.getByRole('link', { name: tag, exact: true }) })
const names = (page: Page) => rows(page).getByRole('link').allTextContents()

test('a row says when, how large, for which machines, and which other tags are the same image', async ({
  page,
}) => {
  await page.goto('/r/payments/api')
  const latest = row(page, 'latest')
  await expect(latest).toContainText('the same as 4, 4.12 +2')
  await expect(latest.locator('time')).toHaveText(/ago|yesterday/)
  await expect(latest).toContainText(/\d+\.\d kB/)
  await expect(latest).toContainText('amd64')
  await expect(latest.getByTitle('linux/amd64, linux/arm/v7, linux/arm64/v8')).toBeVisible()
  await expect(
    latest.getByTitle(/^[\d,]+ bytes compressed \(linux\/amd64\); all platforms: [\d,]+ bytes$/),
  ).toBeVisible()
  // the whole row leads there, not the name only
  await latest.locator('time').click()
  await expect(page).toHaveURL('/r/payments/api:latest')
})

test('sorted by size and date over all tags, both ways, in the URL, and remembered', async ({ page }) => {
  await page.goto('/r/payments/api')
  const created = page.getByRole('columnheader', { name: 'Created' })
  await created.getByRole('button').click()
  await expect(page).toHaveURL('/r/payments/api?sort=-created')
  await expect(created).toHaveAttribute('aria-sort', 'descending')
  await expect.poll(async () => (await names(page))[0]).toBe('4.13.0-rc.1')
  await created.getByRole('button').click()
  await expect(page).toHaveURL('/r/payments/api?sort=created')
  await expect.poll(async () => (await names(page))[0]).toBe('3.0.0')
  await page.goto('/r/payments/ledger')
  await expect(page).toHaveURL('/r/payments/ledger?sort=created')
  await expect(page.getByRole('columnheader', { name: 'Created' })).toHaveAttribute('aria-sort', 'ascending')
  await expect.poll(() => names(page)).toEqual(['0.9.0', '1.0.0', 'latest', '1.1.0', '1.2.0-broken'])
  await page.getByRole('columnheader', { name: 'Created' }).getByRole('button').click()
  await expect.poll(async () => (await names(page))[0]).toBe('latest')
  await page.goBack()
})

test('a filter finds parts and patterns in all tags; an invalid pattern is reported', async ({ page }) => {
  await page.goto('/r/payments/api')
  const filter = page.getByRole('searchbox', { name: 'Filter tags' })
  await expect(filter).toBeVisible()
  await page.keyboard.press('/')
  await expect(filter).toBeFocused()
  await page.keyboard.type('4.1')
  await expect(page.getByText('10 match')).toBeVisible()
  await expect(page).toHaveURL('/r/payments/api?filter=4.1')
  await filter.fill('/^4\\.(8|9)\\.\\d$/')
  await expect.poll(() => names(page)).toEqual(['4.9.2', '4.9.1', '4.9.0', '4.8.1', '4.8.0'])
  await filter.fill('/(/')
  await expect(page.getByText('This filter cannot be read')).toBeVisible()
  await page.goBack()
})

test('signatures are counted and folded, and shown when wanted', async ({ page }) => {
  await page.goto('/r/payments/api')
  await expect(page.getByRole('button', { name: '3 signatures folded' })).toBeVisible()
  await page.getByRole('searchbox', { name: 'Filter tags' }).fill('sha256')
  await expect(page.getByText('No match')).toBeVisible()
  await page.getByRole('button', { name: '3 signatures folded' }).click()
  await expect(rows(page)).toHaveCount(3)
  await expect(page).toHaveURL(/attached=shown/)
})

test('a broken tag is a row in its place, with its reason', async ({ page }) => {
  await page.goto('/r/payments/ledger')
  const broken = row(page, '1.2.0-broken')
  await expect(broken.getByText('manifest unknown')).toBeVisible()
  await expect(broken.getByTitle(/MANIFEST_UNKNOWN/)).toBeVisible()
  expect((await names(page)).indexOf('1.2.0-broken')).toBe(1)
})

test('columns are chosen, and the choice stays', async ({ page }) => {
  await page.goto('/r/payments/api')
  await page.getByLabel('Columns').click()
  await page.getByRole('checkbox', { name: 'Digest' }).uncheck()
  await expect(page.getByRole('columnheader', { name: 'Digest' })).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('checkbox', { name: 'Digest' })).toBeHidden()
  await page.goto('/r/payments/ledger')
  await expect(page.getByRole('columnheader', { name: 'Size' })).toBeVisible()
  await expect(page.getByRole('columnheader', { name: 'Digest' })).toHaveCount(0)
  await expect(page).toHaveURL('/r/payments/ledger?columns=created%2Csize%2Cplatforms')
})

test('a long sort shows its progress, can be stopped and continued', async ({ page }) => {
  let response = () => {}
  const held = new Promise<void>((resolve) => {
    response = resolve
  })
  await page.route('**/summaries', async (route) => {
    await held
    // those that were stopped are gone
    await route.continue().catch(() => {})
  })
  await page.goto('/r/payments/api?sort=-size')
  await expect(page.getByText('Sorting by size: 0 of 33')).toBeVisible()
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByText(/^Sorted by size as far as known: \d+ of 33$/)).toBeVisible()
  response()
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect(page.getByText(/^Sort(?:ing|ed) by size/)).toHaveCount(0)
  await expect.poll(async () => (await names(page))[0]).toBe('4.13.0-rc.1')
})

test('without summaries the tags are still listed', async ({ page }) => {
  await page.route('**/summaries', (route) =>
    route.fulfill({ status: 502, json: { errors: [{ code: 'UNAVAILABLE', message: 'Down just now.' }] } }),
  )
  await page.goto('/r/payments/api')
  await expect(page.getByRole('alert')).toContainText('Down just now.')
  await expect(row(page, 'latest')).toBeVisible()
  await page.unroute('**/summaries')
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(row(page, 'latest')).toContainText('kB')
})

/** `count` tags, the larger the newer, with summaries at once. */
async function manyTags(page: Page, count: number): Promise<void> {
  const tags = Array.from({ length: count }, (_, index) => `1.${index}.0`)
  await page.route('**/tags/list', (route) => route.fulfill({ json: { name: 'payments/api', tags } }))
  const line = (tag: string) => {
    const size = Number(tag.split('.')[1])
    const digest = `sha256:${String(size).padStart(64, '0')}`
    return `${JSON.stringify({ tag, digest, mediaType: 'm', platforms: [], size })}\n`
  }
  await page.route('**/summaries', async (route) => {
    const { tags: asked } = route.request().postDataJSON() as { tags: string[] }
    await route.fulfill({ contentType: 'application/x-ndjson', body: asked.map(line).join('') })
  })
}

test('20,000 tags: a screenful of rows in the document, filtered and scrolled to the end', async ({
  page,
}) => {
  await manyTags(page, 20_000)
  await page.goto('/r/payments/api')
  await expect(rows(page).first()).toContainText('1.19999.0')
  expect(await page.locator('*').count()).toBeLessThan(2500)
  await page.getByRole('region', { name: 'All tags' }).focus()
  await page.keyboard.press('End')
  await expect(row(page, '1.0.0')).toContainText('0 B')
  await page.getByRole('searchbox', { name: 'Filter tags' }).fill('/^1\\.1234\\d?\\./')
  await expect(page.getByText('11 match')).toBeVisible()
})

test('sorting covers all tags, not only those in view', async ({ page }) => {
  await manyTags(page, 2000)
  await page.goto('/r/payments/api?sort=size')
  await expect.poll(async () => (await names(page)).slice(0, 3)).toEqual(['1.0.0', '1.1.0', '1.2.0'])
  await expect(page.getByText(/^Sorting by size/)).toHaveCount(0)
})
