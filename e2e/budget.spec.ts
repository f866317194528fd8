// The first screen's weight: 150 kB of JavaScript and 15 kB of CSS, gzipped (design.md §1).

import { gzipSync } from 'node:zlib'
import type { Page } from '@playwright/test'
import { expect, signIn, test } from './demo.ts'

const KB = 1000

/** Scripts and styles that the page asks for from now on; `weigh` gives each its gzipped size. */
function watchAssets(page: Page) {
  const asked = new Set<string>()
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (/\.(?:js|css)$/.test(pathname)) asked.add(pathname)
  })
  // fetched again: the browser drops bodies on navigation
  return async () => {
    const sizes = new Map<string, number>()
    for (const path of asked)
      sizes.set(path, gzipSync(await (await page.request.get(path)).body(), { level: 9 }).length)
    return sizes
  }
}

for (const [path, user] of [
  ['/login', undefined],
  ['/', 'admin'],
] as const)
  test(`what ${path} loads before it is at rest fits its budget`, async ({ page }) => {
    // by no page before it, which would go on loading
    if (user !== undefined)
      await page.request.post('/api/session', { data: { username: user, password: `${user}-demo` } })
    const weigh = watchAssets(page)
    await page.goto(path)
    await page.waitForLoadState('networkidle')
    const sizes = await weigh()
    const sum = (ending: string) =>
      [...sizes].filter(([name]) => name.endsWith(ending)).reduce((all, [, size]) => all + size, 0)
    const list = [...sizes].map(([name, size]) => `${name} ${size}`).join('\n')
    expect(sizes.size).toBeGreaterThan(1)
    expect(sum('.js'), list).toBeLessThanOrEqual(150 * KB)
    expect(sum('.css'), list).toBeLessThanOrEqual(15 * KB)
  })

test('the image page’s own code is at most 60 kB, and its tabs load their own', async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  await page.goto('/r/payments/api')
  await expect(page.getByRole('link', { name: 'latest', exact: true })).toBeVisible()
  await page.waitForLoadState('networkidle')
  const weigh = watchAssets(page)
  const sum = (sizes: Map<string, number>) => [...sizes.values()].reduce((all, size) => all + size, 0)
  await page.getByRole('link', { name: 'latest', exact: true }).click()
  await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
  await page.waitForLoadState('networkidle')
  const sizes = await weigh()
  const first = sum(sizes)
  const list = [...sizes].map(([name, size]) => `${name} ${size}`).join('\n')
  expect(first, list).toBeGreaterThan(5 * KB)
  expect(first, list).toBeLessThanOrEqual(60 * KB)
  await page.getByRole('link', { name: 'Raw', exact: true }).click()
  await expect(page.getByText('The bytes match')).toBeVisible()
  expect(sum(await weigh())).toBeGreaterThan(first)
})
