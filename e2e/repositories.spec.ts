// The list of repositories: tree and flat, by keyboard, and what registries do to it.

import type { Page, Route } from '@playwright/test'
import { expect, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  await expect(page.getByRole('treeitem').first()).toBeVisible()
})

const focused = (page: Page) => page.locator(':focus')
const catalog = (page: Page, response: (route: Route, url: URL) => unknown) =>
  page.route('**/v2/_catalog**', (route) => response(route, new URL(route.request().url())))
const paths = (page: Page) =>
  page.getByRole('treeitem').evaluateAll((items) => items.map((item) => item.getAttribute('data-path')))

test('by keyboard: open, go in, type ahead, open all, and Enter', async ({ page }) => {
  await page.getByRole('treeitem').first().focus()
  await expect(focused(page)).toHaveAttribute('data-path', 'base')
  await page.keyboard.press('ArrowRight')
  await expect(focused(page)).toHaveAttribute('aria-expanded', 'true')
  await page.keyboard.press('ArrowRight')
  await expect(focused(page)).toHaveAttribute('data-path', 'base/debian')
  await page.keyboard.press('ArrowLeft')
  await expect(focused(page)).toHaveAttribute('data-path', 'base')
  await page.keyboard.press('ArrowLeft')
  await expect(focused(page)).toHaveAttribute('aria-expanded', 'false')
  await page.keyboard.type('pay')
  await expect(focused(page)).toHaveAttribute('data-path', 'payments')
  await page.keyboard.press('*')
  await expect(page.getByRole('treeitem', { expanded: false })).not.toHaveCount(0)
  await expect(page.locator('[data-path="payments"]')).toHaveAttribute('aria-expanded', 'true')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  await expect(focused(page)).toHaveAttribute('data-path', 'payments/api')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL('/r/payments/api')
})

test('a filter ranks: the name itself before its longer neighbours', async ({ page }) => {
  await page.getByRole('searchbox', { name: 'Filter repositories' }).fill('webhooks')
  await expect.poll(() => paths(page)).toEqual(['data/ingest/webhooks', 'payments/webhooks'])
  await page.getByRole('searchbox', { name: 'Filter repositories' }).fill('ledger')
  await expect.poll(() => paths(page)).toEqual(['payments/ledger', 'payments/ledger-migrations'])
  await expect(page).toHaveURL('/?filter=ledger')
  await page.getByRole('treeitem').first().click()
  await expect(page).toHaveURL('/r/payments/ledger')
  // opened from a narrowed list, the list stays narrowed
  await expect.poll(() => paths(page)).toEqual(['payments/ledger', 'payments/ledger-migrations'])
  await page.goBack()
  await expect(page).toHaveURL('/?filter=ledger')
})

test('flat or tree, as it was last time, which the address says', async ({ page }) => {
  await page.getByRole('button', { name: 'Show as a flat list' }).click()
  await expect.poll(async () => (await paths(page))[0]).toBe('base/debian')
  await expect(page).toHaveURL('/?view=flat')
  await page.goto('/')
  await expect.poll(async () => (await paths(page))[0]).toBe('base/debian')
  await expect(page).toHaveURL('/?view=flat')
  await page.getByRole('button', { name: 'Show as a tree of namespaces' }).click()
  await expect.poll(async () => (await paths(page))[0]).toBe('base')
})

test('a tag count shows once it is known, and is never requested', async ({ page }) => {
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.getByRole('treeitem', { name: /^payments/ }).click()
  await expect(page.locator('[data-path="payments/api"]')).toHaveText('api')
  expect(asked.filter((path) => path.endsWith('/tags/list'))).toEqual([])
  await page.locator('[data-path="payments/api"]').click()
  await expect(page.locator('[data-path="payments/api"]')).toHaveText('api36')
})

test('going back needs no request; a refresh loads a new list', async ({ page }) => {
  let requests = 0
  await catalog(page, async (route) => {
    requests++
    await route.fulfill({ json: { repositories: ['fresh/one'] } })
  })
  await page.locator('[data-path="nightly"]').click()
  await expect(page).toHaveURL('/r/nightly')
  await page.getByRole('link', { name: /all repositories$/ }).click()
  await expect(page).toHaveURL('/')
  expect(requests).toBe(0)
  await page.getByRole('button', { name: 'Refresh the list of repositories' }).click()
  await expect(page.locator('[data-path="fresh"]')).toBeVisible()
  expect(requests).toBe(1)
})

test('a registry that ignores last, repeats names and rejects n', async ({ page }) => {
  let requests = 0
  await catalog(page, (route, url) => {
    requests++
    if (url.searchParams.has('n'))
      return route.fulfill({ status: 400, json: { errors: [{ code: 'UNSUPPORTED', message: 'no n' }] } })
    return route.fulfill({
      json: { repositories: ['a/one', 'a/one', 'b/two'] },
      headers: { link: `</v2/_catalog?last=${requests}>; rel="next"` },
    })
  })
  await page.goto('/')
  await expect.poll(() => paths(page)).toEqual(['a', 'b'])
  const repositories = page.getByRole('region', { name: 'Repositories' })
  await expect(repositories.locator('small')).toHaveText('2 and more')
  await expect(repositories.getByText('This list is incomplete')).toBeVisible()
  expect(requests).toBeLessThan(6)
})

test('pages are on screen while others are on their way, with a count', async ({ page }) => {
  let release = () => {}
  const second = new Promise<void>((resolve) => {
    release = resolve
  })
  await catalog(page, async (route, url) => {
    if (url.searchParams.has('last')) {
      await second
      return route.fulfill({ json: { repositories: ['b/two'] } })
    }
    return route.fulfill({
      json: { repositories: ['a/one'] },
      headers: { link: '</v2/_catalog?n=1&last=a>; rel="next"' },
    })
  })
  await page.goto('/')
  await expect(page.getByText('1 so far…')).toBeVisible()
  await expect(page.locator('[data-path="a"]')).toBeVisible()
  release()
  await expect(page.locator('[data-path="b"]')).toBeVisible()
  await expect(page.getByText('so far')).toHaveCount(0)
})
