// Getting in and out, as a person does.

import type { Page } from '@playwright/test'
import { expect, expectAccessible, loseSession, openReference, signIn, signOut, test } from './demo.ts'

test('who is not logged in is led to the login and back to where they wanted to go', async ({ page }) => {
  await page.goto('/r/payments/api:4.12.1?platform=linux%2Farm64%2Fv8')
  await expect(page).toHaveURL(/\/login\?next=/)
  await signIn(page, 'mira', 'mira-demo')
  await expect(page).toHaveURL('/r/payments/api:4.12.1?platform=linux%2Farm64%2Fv8')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('payments/api:4.12.1')
  await expect(page.getByRole('link', { name: 'linux/arm64/v8' })).toHaveAttribute('aria-current', 'true')
})

test('a wrong password is said on the form, without a browser prompt, and can be mended', async ({
  page,
}) => {
  await page.goto('/login')
  await expect(page.getByLabel('Username')).toBeFocused()
  await expectAccessible(page)
  await signIn(page, 'mira', 'wrong')
  await expect(page.getByRole('alert')).toHaveText('The registry refused this name and password.')
  await expectAccessible(page)
  await expect(page).toHaveURL('/login')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page).toHaveURL('/')
  await expect(page.getByLabel('Account: mira')).toBeVisible()
})

test('after logging out, the back button shows nothing of what was seen', async ({ page }) => {
  await page.goto('/login?next=/r/payments/api')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  await signOut(page)
  await expect(page).toHaveURL('/login')
  await page.goBack()
  await expect(page).toHaveURL(/\/login/)
  await expect(page.getByText('4.12.1')).toHaveCount(0)
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(
    'payments',
  )
})

test('the password is nowhere in the browser', async ({ page, context }) => {
  await page.goto('/login')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page).toHaveURL('/')
  const stored = await page.evaluate(
    () => JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie,
  )
  expect(stored + JSON.stringify(await context.cookies())).not.toContain('mira-demo')
  expect(await page.evaluate(() => document.cookie)).toBe('')
})

/** Opens a repository as mira, then ends her session behind the page's back. */
async function workAndLoseSession(page: Page): Promise<void> {
  await page.goto('/login?next=/r/payments/api%3Ffilter=4.1')
  await signIn(page, 'mira', 'mira-demo')
  await loseSession(page)
}

test('a session that ends in mid-work keeps the page and asks for the password over it', async ({ page }) => {
  await workAndLoseSession(page)
  await page.getByRole('link', { name: '4.12.1', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: /^Sign in to/ })
  await expect(dialog.getByText('Your session has ended.')).toBeVisible()
  await expect(dialog.getByLabel('Username')).toHaveValue('mira')
  await expect(dialog.getByLabel('Password')).toBeFocused()
  await expectAccessible(page)
  // at the second one browsers close it by themselves
  for (let times = 0; times < 3; times++) await page.keyboard.press('Escape')
  await expect(dialog.getByLabel('Password')).toBeFocused()
  await signIn(page, 'mira', 'wrong')
  await expect(dialog.getByRole('alert')).toBeVisible()
  await signIn(page, 'mira', 'mira-demo')
  await expect(dialog).toHaveCount(0)
  // back at the same place and filter, and the failed list is there now
  await expect(page).toHaveURL(/\/r\/payments\/api:4\.12\.1/)
  await expect(page.getByText('Entrypoint')).toBeVisible()
  await expect(page.getByRole('link', { name: '4.12.0', exact: true })).toBeVisible()
})

test('a login form whose code fails to load leaves the page usable', async ({ page, expectInConsole }) => {
  expectInConsole(/Failed to fetch dynamically imported module/)
  await workAndLoseSession(page)
  await page.route('**/login-dialog-*.js', (route) => route.fulfill({ status: 503 }))
  await page.getByRole('link', { name: '4.12.1', exact: true }).click()
  await expect(page.getByText('Something went wrong on this page')).toBeVisible()
  await expect(page.getByRole('link', { name: '4.12.0', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Reload' }).click()
  await expect(page).toHaveURL(/\/login\?next=/)
})

test('somebody else who signs in there sees nothing of what the last person saw', async ({ page }) => {
  await workAndLoseSession(page)
  await page.getByRole('link', { name: '4.12.1', exact: true }).click()
  await signIn(page, 'carl', 'carl-demo')
  await expect(page.getByLabel('Account: carl')).toBeVisible()
  await expect(page.getByText('This registry does not let you list its repositories')).toBeVisible()
})

test('a login in one tab applies to the others', async ({ page, context }) => {
  await workAndLoseSession(page)
  await page.getByRole('link', { name: '4.12.1', exact: true }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  const other = await context.newPage()
  await other.goto('/login?next=/r/payments/api')
  await signIn(other, 'mira', 'mira-demo')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByText('Entrypoint')).toBeVisible()
})

test('next leads nowhere but here', async ({ page }) => {
  await page.goto('/login?next=//evil.example/x')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page).toHaveURL('/')
})

test('guests see what the registry shows to guests', async ({ page }) => {
  await page.goto('/r/public/hello')
  await expect(openReference(page)).toContainText('public/hello')
  await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible()
})

test('whose session has ended can go on as a guest', async ({ page, context }) => {
  await page.goto('/login?next=/r/payments/api')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  const cookies = await context.cookies()
  await context.request.delete('/api/session')
  await context.addCookies(cookies)
  await page.goto('/r/public/hello')
  await expect(page).toHaveURL(/\/login/)
  await expect(page.getByText('Your session has ended.')).toBeVisible()
  await page.getByRole('link', { name: 'look around as a guest' }).click()
  await expect(openReference(page)).toContainText('public/hello')
})

test('a guest can open by name what a closed catalog does not list', async ({ page }) => {
  await page.goto('/')
  await expect(page).toHaveURL('/login')
  await page.getByRole('link', { name: 'look around as a guest' }).click()
  await expect(page.getByText('This registry does not let you list its repositories')).toBeVisible()
  await page.getByLabel('Open a repository by name').fill('public/hello:latest')
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('public/hello:latest')
})

test('logging out in one tab empties the others', async ({ page, context }) => {
  await page.goto('/login?next=/r/payments/api')
  await signIn(page, 'mira', 'mira-demo')
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  const other = await context.newPage()
  await other.goto('/r/payments/api')
  await signOut(other)
  await expect(page).toHaveURL(/\/login\?next=/)
  await expect(page.getByText('4.12.1')).toHaveCount(0)
})

test('an account that could not be proven is shown as such, also on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 400, height: 800 })
  await page.route('**/api/session', (route) => route.fulfill({ json: { user: 'mira', verified: false } }))
  await page.goto('/r/public/hello')
  await page.getByLabel(/^Account: mira/).click()
  await expect(page.getByText('not verified by the registry')).toBeVisible()
  await expectAccessible(page)
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
})
