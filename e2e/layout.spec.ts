// How the page fits: panes whose borders move, small screens, paper, forced colours.

import type { Locator } from '@playwright/test'
import { expect, test } from './demo.ts'
import { openAsAdmin, row, tabTo } from './keyboard.ts'

test('borders between panes move by keys and pointer, and stay where they were left', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await openAsAdmin(page, '/r/payments/api:4.12.1')
  const repositories = page.getByRole('separator', { name: 'Width of the repositories' })
  const tags = page.getByRole('separator', { name: /^Width of the tags/ })
  const widthOf = async (name: string) =>
    Math.round((await page.getByRole('region', { name, exact: true }).boundingBox())?.width ?? 0)
  await expect(repositories).toHaveAttribute('aria-valuenow', '272')
  await tabTo(page, repositories)
  await page.keyboard.press('ArrowRight')
  await expect(repositories).toHaveAttribute('aria-valuenow', '288')
  await expect.poll(() => widthOf('Repositories')).toBe(287)
  await page.keyboard.press('End')
  await expect.poll(() => widthOf('Repositories')).toBe(479)
  await page.keyboard.press('Home')
  const before = await widthOf('Tags')
  const border = await tags.boundingBox()
  await page.mouse.move((border?.x ?? 0) + 3, 400)
  await page.mouse.down()
  await page.mouse.move((border?.x ?? 0) + 103, 400, { steps: 4 })
  await page.mouse.up()
  await expect.poll(async () => Math.abs((await widthOf('Tags')) - before - 100)).toBeLessThanOrEqual(2)
  const left = await widthOf('Tags')
  await page.reload()
  await expect.poll(() => widthOf('Tags')).toBe(left)
  await expect(repositories).toHaveAttribute('aria-valuenow', '200')
  await repositories.dblclick()
  await expect(repositories).toHaveAttribute('aria-valuenow', '272')
})

test('at 200 % on a small screen nothing is lost, and on paper only the image is left', async ({ page }) => {
  await page.setViewportSize({ width: 720, height: 450 })
  await openAsAdmin(page, '/r/payments/api:4.12.1')
  await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(720)
  for (const control of [
    page.getByRole('button', { name: 'Go to' }),
    page.getByLabel(/^Account/),
    page.getByRole('searchbox', { name: 'Filter tags' }),
    row(page, 'latest'),
    page.getByRole('button', { name: 'Copy the command' }),
  ]) {
    await control.scrollIntoViewIfNeeded()
    await expect(control).toBeInViewport({ ratio: 0.9 })
  }
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
  await expect(page.getByRole('banner')).toBeHidden()
  await expect(page.getByRole('region', { name: 'Tags', exact: true })).toBeHidden()
  // one column that goes on over the pages
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThan(450)
})

test('with forced colours the selection is visible', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' })
  await openAsAdmin(page, '/r/payments/api:4.12.1')
  await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
  const edge = (locator: Locator) => locator.evaluate((node) => getComputedStyle(node).borderLeftWidth)
  expect(await edge(page.getByRole('treeitem', { selected: true }))).toBe('6px')
  expect(await edge(page.locator('tr[data-selected="true"] td').first())).toBe('6px')
  const outline = await page
    .getByRole('navigation', { name: 'Platforms' })
    .locator('[aria-current]')
    .evaluate((node) => getComputedStyle(node).outlineStyle)
  expect(outline).toBe('solid')
})
