// Deleting: exactly what was said, and the page right afterwards. From repositories that no other suite looks at.

import { box, dialog, link, open, remaining, table, tags } from './deletion-page.ts'
import { expect, expectAccessible, test } from './demo.ts'

// one after the other, since each leaves less
test.describe.configure({ mode: 'serial' })

test('ticks: one, a range, all that the filter finds; kept while sorting and filtering, cleared by Escape', async ({
  page,
}) => {
  await open(page, '/r/payments/api')
  await box(page, '4.12.0').check()
  await box(page, '4.10.1').click({ modifiers: ['Shift'] })
  await expect(page.getByText('4 of 33 selected')).toBeVisible()
  const all = page.getByRole('checkbox', { name: /^Select all \d+ tags$/ })
  expect(await all.evaluate((one: HTMLInputElement) => [one.checked, one.indeterminate])).toEqual([
    false,
    true,
  ])
  // a tick opens nothing, and is not in the address
  await expect(page).toHaveURL('/r/payments/api')
  await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click()
  await expect(box(page, '4.11.1')).toBeChecked()
  await page.getByRole('searchbox', { name: 'Filter tags' }).fill('3.')
  await expect(page.getByText('4 of 33 selected, 4 not shown')).toBeVisible()
  await page.getByRole('checkbox', { name: /^Select all/ }).check()
  await expect(page.getByText('10 of 33 selected, 4 not shown')).toBeVisible()
  // in a search that holds something Escape empties the search
  await page.getByRole('searchbox', { name: 'Filter tags' }).press('Escape')
  await expect(page.getByText('10 of 33 selected')).toBeVisible()
  await expectAccessible(page)
  await link(page, 'latest').focus()
  await page.keyboard.press('Escape')
  await expect(page.getByText(/selected/)).toHaveCount(0)
})

test('one tag: nothing else is deleted, its siblings are named, and the focus returns', async ({ page }) => {
  await open(page, '/r/tools/scratch')
  const before = await remaining(page, 'tools/scratch')
  await link(page, 'edge').hover()
  await page.getByRole('button', { name: 'Delete edge…' }).click()
  await expect(dialog(page)).toHaveAccessibleName('Delete edge')
  await expect(dialog(page).getByText('3 other tags of the same image stay.')).toBeVisible()
  await expect(dialog(page).locator('[data-fate="stays"] li')).toHaveText(['0.8.0', 'latest', 'nightly'])
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Delete edge…' })).toBeFocused()
  expect(await remaining(page, 'tools/scratch')).toEqual(before)

  await page.keyboard.press('Enter')
  await dialog(page).getByRole('button', { name: 'Delete edge', exact: true }).click()
  await expect(dialog(page)).toHaveAccessibleName('Deleted 1 tag')
  await expect(dialog(page).getByText('there is no disk space to get back')).toBeVisible()
  await dialog(page).getByRole('button', { name: 'Close' }).click()
  await expect(link(page, 'edge')).toHaveCount(0)
  await expect(table(page)).toBeFocused()
  expect(await remaining(page, 'tools/scratch')).toEqual(before.filter((tag) => tag !== 'edge'))
})

test('several, by keyboard alone: the name must be typed, a broken tag is deleted too, another tab updates', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open(page, '/r/tools/scratch')
  const other = await context.newPage()
  await other.goto('/r/tools/scratch')
  await expect(link(other, '0.3.0')).toBeVisible()
  await page.bringToFront()
  await box(page, '0.3.0').focus()
  await page.keyboard.press('Space')
  await box(page, '0.1.0').focus()
  await page.keyboard.press('Shift+Space')
  await box(page, 'interrupted').focus()
  await page.keyboard.press('Space')
  await expect(page.getByText('4 of 11 selected')).toBeVisible()
  await page.getByRole('button', { name: 'Delete…', exact: true }).press('Enter')
  await expect(dialog(page)).toHaveAccessibleName('Delete 4 tags')
  await expect(dialog(page).getByText(/[\d.]+ kB \(compressed\) will no longer be used/)).toBeVisible()
  await expect(dialog(page).getByText('Without a manifest')).toBeVisible()
  const name = dialog(page).getByLabel('To confirm, type tools/scratch')
  await expect(name).toBeFocused()
  await expectAccessible(page)
  // not before it is right
  await page.keyboard.type('tools')
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toHaveAccessibleName('Delete 4 tags')
  await page.keyboard.type('/scratch')
  await page.keyboard.press('Enter')
  await expect(dialog(page)).toHaveAccessibleName('Deleted 4 tags')
  await expect(dialog(page).getByText(/garbage-collect --delete-untagged \/etc\/distribution/)).toBeVisible()
  const close = dialog(page).getByRole('button', { name: 'Close' })
  await expect(close).toBeFocused()
  // as on plain http, where there is no clipboard API
  await page.evaluate(() =>
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true }),
  )
  await dialog(page).getByRole('button', { name: 'Copy the command for distribution 3' }).click()
  await expect(dialog(page).getByText('Copied')).toBeAttached()
  await page.evaluate(() => Reflect.deleteProperty(navigator, 'clipboard'))
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^registry garbage-collect/)
  await close.press('Enter')
  const left = ['latest', '0.8.0', '0.7.0', '0.6.0', '0.5.0', '0.4.0', 'nightly']
  expect((await tags(page)).sort()).toEqual([...left].sort())
  await expect(page.getByText(/selected/)).toHaveCount(0)
  await expect.poll(async () => (await tags(other)).sort()).toEqual([...left].sort())
  expect((await remaining(page, 'tools/scratch')).sort()).toEqual([...left].sort())
})

test('from its own page, which leads back to the tags; what signs it is named', async ({ page }) => {
  await open(page, '/r/tools/signed:0.2.0')
  await page.getByRole('button', { name: 'Delete 0.2.0…' }).last().click()
  await expect(dialog(page).getByText('3 other tags of the same image stay.')).toBeVisible()
  await dialog(page).getByRole('button', { name: 'Cancel' }).click()
  await expect(page).toHaveURL('/r/tools/signed:0.2.0')
  for (const tag of ['0.2.0', 'latest', 'edge', 'nightly']) await box(page, tag).check()
  await page.getByRole('button', { name: 'Delete…', exact: true }).click()
  // four names of one image: no name to type
  await expect(dialog(page).getByText('cosign signature')).toBeVisible()
  await dialog(page).getByRole('button', { name: 'Delete 4 tags' }).click()
  await expect(dialog(page)).toHaveAccessibleName('Deleted 4 tags')
  await expect(page).toHaveURL('/r/tools/signed')
  await dialog(page).getByRole('button', { name: 'Close' }).click()
  await expect.poll(() => tags(page)).toEqual(['0.1.0'])
})

test('a repository without tags is marked, and can be left out', async ({ page }) => {
  await open(page, '/r/tools/leftover')
  await page.getByRole('checkbox', { name: 'Select all 2 tags' }).check()
  await page.getByRole('button', { name: 'Delete…', exact: true }).click()
  await expect(dialog(page).getByText('tools/leftover has no tags left afterwards.')).toBeVisible()
  await dialog(page)
    .getByLabel(/^To confirm/)
    .fill('tools/leftover')
  await dialog(page).getByRole('button', { name: 'Delete 2 tags' }).click()
  await dialog(page).getByRole('button', { name: 'Close' }).click()
  await expect(page.getByText('No tags')).toBeVisible()
  await expect(page.locator('[data-path="tools/leftover"]')).toHaveText('leftoverempty')
  await page.getByRole('link', { name: /all repositories$/ }).click()
  await page.locator('[data-path="tools"]').click()
  await page.getByRole('button', { name: '1 empty' }).click()
  await expect(page).toHaveURL('/?empty=hidden')
  await expect(page.locator('[data-path="tools/leftover"]')).toHaveCount(0)
  await expect(page.locator('[data-path="tools/scratch"]')).toBeVisible()
  await page.getByRole('button', { name: '1 hidden' }).click()
  await expect(page.locator('[data-path="tools/leftover"]')).toBeVisible()
})

test('a user without the right to delete is told so, and nothing is deleted', async ({ page }) => {
  await open(page, '/r/payments/webhooks', 'mira')
  await link(page, 'latest').hover()
  await page.getByRole('button', { name: 'Delete latest…' }).click()
  await dialog(page).getByRole('button', { name: 'Delete latest', exact: true }).click()
  await expect(dialog(page)).toHaveAccessibleName('Nothing was deleted')
  await expect(dialog(page).getByRole('alert')).toContainText(/Not allowed.*delete/)
  await dialog(page).getByRole('button', { name: 'Close' }).click()
  await expect(link(page, 'latest')).toBeVisible()
})

test('turned off: no buttons anywhere', async ({ page }) => {
  await page.route('**/api/config', async (route) => {
    const config = await (await route.fetch()).json()
    await route.fulfill({ json: { ...config, delete: false } })
  })
  await open(page, '/r/payments/api:latest')
  await expect(page.getByText('Entrypoint')).toBeVisible()
  await expect(link(page, 'latest')).toBeVisible()
  await expect(page.getByRole('checkbox', { name: /^Select/ })).toHaveCount(0)
  await expect(page.getByRole('button', { name: /^Delete/ })).toHaveCount(0)
})
