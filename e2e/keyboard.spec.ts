// Without a mouse: the main job from the login to the layers, the palette, the keys, and where the focus is meanwhile.

import type { Page } from '@playwright/test'
import { expect, test } from './demo.ts'
import { openAsAdmin, row, tabTo } from './keyboard.ts'

const palette = (page: Page) => page.getByRole('dialog', { name: 'Go to' })

test('the main job: sign in, find a repository, open a tag, switch platform, copy, layers, back', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const { keyboard } = page
  await page.goto('/login')
  await expect(page.getByLabel('Username')).toBeFocused()
  await keyboard.type('admin')
  await keyboard.press('Tab')
  await keyboard.type('admin-demo')
  await keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Repositories' })).toBeFocused()

  // the key finds the filter once the list is there
  await expect(page.getByRole('treeitem').first()).toBeVisible()
  await keyboard.press('/')
  await expect(page.getByRole('searchbox', { name: 'Filter repositories' })).toBeFocused()
  await keyboard.type('ments api')
  await expect(page.getByText('2 match')).toBeVisible()
  await keyboard.press('ArrowDown')
  await expect(page.getByRole('treeitem', { name: 'payments/api', exact: true })).toBeFocused()
  await keyboard.press('Enter')
  await expect(page).toHaveURL('/r/payments/api')
  await expect(row(page, 'latest')).toBeVisible()

  await keyboard.press('/')
  await expect(page.getByRole('searchbox', { name: 'Filter tags' })).toBeFocused()
  await keyboard.type('4.12.')
  await keyboard.press('Enter')
  await expect(row(page, '4.12.1')).toBeFocused()
  await keyboard.press('j')
  await expect(row(page, '4.12.0')).toBeFocused()
  await keyboard.press('k')
  await keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('payments/api:4.12.1')
  await expect(row(page, '4.12.1')).toBeFocused()

  await tabTo(page, page.getByRole('link', { name: /^linux\/arm64/ }))
  await keyboard.press('Enter')
  await expect(page).toHaveURL(/platform=linux%2Farm64/)
  // the key copies the digest on the page, which appears after the address changes
  const command = page.locator('pre').filter({ hasText: 'docker pull --platform linux/arm64' })
  await expect(command.first()).toBeVisible()
  await keyboard.press('c')
  await expect(page.getByText(/^Copied docker pull --platform linux\/arm64/)).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^docker pull --platform linux\/arm64/,
  )

  await tabTo(page, page.getByRole('link', { name: /^Layers/ }))
  await keyboard.press('Enter')
  await expect(page.getByRole('list', { name: 'Steps' })).toBeVisible()
  await expect(page.getByRole('link', { name: /^Layers/ })).toBeFocused()
  await keyboard.press('g')
  await keyboard.press('t')
  await expect(page).toHaveURL(/\/r\/payments\/api(?:\?|$)/)
  await expect(page.getByRole('heading', { level: 1, name: 'Tags' })).toBeFocused()
})

test('the palette: a pasted command leads there, and its heading has the focus', async ({ page }) => {
  await openAsAdmin(page, '/')
  await expect(page.getByRole('treeitem').first()).toBeVisible()
  await page.keyboard.press('Control+k')
  const field = page.getByRole('combobox')
  await expect(field).toBeFocused()
  await field.fill('docker pull payments/api:4.12.1')
  await expect(page.getByRole('option', { selected: true })).toHaveText('payments/api:4.12.1')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL('/r/payments/api:4.12.1')
  await expect(page.getByRole('heading', { level: 1, name: 'payments/api:4.12.1' })).toBeFocused()
})

test('the palette: arrows, Home and End choose, Escape gives the focus back, actions act', async ({
  page,
}) => {
  await openAsAdmin(page, '/r/payments/api')
  await row(page, 'latest').focus()
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('payments')
  const options = page.getByRole('option')
  const isChosen = (at: number) => expect(options.nth(at)).toHaveAttribute('aria-selected', 'true')
  await isChosen(0)
  await page.keyboard.press('ArrowDown')
  await isChosen(1)
  await page.keyboard.press('End')
  await isChosen((await options.count()) - 1)
  await page.keyboard.press('ArrowDown')
  await isChosen(0)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Home')
  await isChosen(0)
  const active = await page.getByRole('combobox').getAttribute('aria-activedescendant')
  expect(await options.first().getAttribute('id')).toBe(active)
  await page.keyboard.press('Escape')
  await expect(palette(page)).toHaveCount(0)
  await expect(row(page, 'latest')).toBeFocused()

  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('theme dark')
  await page.keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(row(page, 'latest')).toBeFocused()
})

test('the palette closes at a click beside it, and not at the end of a selection', async ({ page }) => {
  await openAsAdmin(page, '/')
  await page.getByRole('button', { name: 'Go to' }).click()
  const field = page.getByRole('combobox')
  await field.fill('payments')
  const box = await field.boundingBox()
  if (box === null) throw new Error('no field')
  await page.mouse.move(box.x + 40, box.y + 20)
  await page.mouse.down()
  await page.mouse.move(20, 700, { steps: 5 })
  await page.mouse.up()
  await expect(palette(page)).toBeVisible()
  await page.mouse.click(20, 700)
  await expect(palette(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Go to' })).toBeFocused()
})

test('a palette whose code failed to load can be opened once it loads', async ({ page, expectInConsole }) => {
  expectInConsole(/Failed to fetch dynamically imported module/)
  await page.route('**/palette-*.js', (route) => route.fulfill({ status: 503 }))
  await openAsAdmin(page, '/')
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('alert')).toBeVisible()
  await page.getByRole('button', { name: 'Close' }).click()
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.unroute('**/palette-*.js')
  await page.keyboard.press('Control+k')
  await expect(palette(page)).toBeVisible()
})

test('100,000 repositories: the palette draws fifty of those that it finds', async ({ page }) => {
  const names = Array.from(
    { length: 100_000 },
    (_, index) => `team-${index % 97}/group-${index % 1013}/app-${index}`,
  )
  await page.route('**/v2/_catalog**', (route) => route.fulfill({ json: { repositories: names } }))
  await openAsAdmin(page, '/')
  await expect(page.getByText('100,000')).toBeVisible()
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('option').first()).toBeVisible()
  await page.keyboard.type('app-999')
  const found = page.getByRole('group', { name: 'Repositories' }).getByRole('option')
  await expect(found).toHaveCount(50)
  for (const text of await found.allTextContents()) expect(text).toContain('app-999')
})

test('? shows the keys; letters do nothing while typing, under a dialog, or once they are turned off', async ({
  page,
}) => {
  await openAsAdmin(page, '/r/payments/api')
  await expect(row(page, 'latest')).toBeVisible()
  await page.keyboard.press('y')
  await expect(page.getByText(/^Copied \S+\/payments\/api$/)).toBeVisible()
  await expect(page.getByText(/^Copied \S/)).toHaveCount(0)
  await page.keyboard.press('?')
  const keys = page.getByRole('dialog', { name: 'Keys' })
  await expect(keys).toBeVisible()
  await page.keyboard.press('y')
  await tabTo(page, keys.getByRole('checkbox', { name: 'Single letters are keys' }))
  await page.keyboard.press('Space')
  await page.keyboard.press('Escape')
  await expect(keys).toHaveCount(0)
  await page.keyboard.press('y')
  await page.keyboard.press('?')
  await page.keyboard.press('/')
  await expect(keys).toHaveCount(0)
  await page.getByRole('searchbox', { name: 'Filter tags' }).focus()
  await page.keyboard.type('y?jk')
  await expect(page.getByRole('searchbox', { name: 'Filter tags' })).toHaveValue('y?jk')
  await expect(page.getByText(/^Copied \S/)).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('searchbox', { name: 'Filter tags' })).toHaveValue('')
})

test('j begins where it should, and in the tree it moves while other letters search', async ({ page }) => {
  await openAsAdmin(page, '/')
  await expect(page.getByRole('treeitem').first()).toBeVisible()
  await page.keyboard.press('j')
  await expect(page.getByRole('treeitem').first()).toBeFocused()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await expect(page.getByRole('treeitem').nth(2)).toBeFocused()
  await page.keyboard.press('k')
  await expect(page.getByRole('treeitem').nth(1)).toBeFocused()
  await page.keyboard.press('w')
  await expect(page.getByRole('treeitem', { name: /^web/ })).toBeFocused()
})

test('on a phone the new page’s heading has the focus, there and back', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 780 })
  await openAsAdmin(page, '/r/payments/api')
  await row(page, '4.12.1').focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'payments/api:4.12.1' })).toBeFocused()
  await page.goBack()
  await expect(page.getByRole('heading', { level: 1, name: 'Tags' })).toBeFocused()
})
