// The test function of all browser suites: watches the console and where requests go.

import { AxeBuilder } from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'

/** Chromium's own message for each 4xx or 5xx response, which the pages expect and show. */
const REFUSED = /^Failed to load resource: the server responded with a status of \d+/
/** What is more than news: a warning is somebody's mistake, too. */
const WATCHED = ['error', 'warning', 'assert']

export interface Fixtures {
  /** Where a page may send requests. */
  readonly ownHosts: readonly string[]
  /** Tells of messages that a test provokes; every other error or warning of any page of its context fails it. */
  expectInConsole(pattern: RegExp): void
  readonly watched: undefined
}

export const test = base.extend<Fixtures>({
  ownHosts: [['localhost', '127.0.0.1'], { option: true }],
  expectInConsole: [
    async ({ context }, use) => {
      const expected = [REFUSED]
      const said: string[] = []
      context.on('console', (message) => {
        if (WATCHED.includes(message.type())) said.push(message.text())
      })
      context.on('weberror', (error) => said.push(String(error.error())))
      await use((pattern) => expected.push(pattern))
      expect(said.filter((text) => !expected.some((pattern) => pattern.test(text)))).toEqual([])
    },
    { auto: true },
  ],
  watched: [
    async ({ page, ownHosts }, use) => {
      const faults: string[] = []
      page.on('dialog', (dialog) => {
        faults.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on('request', (request) => {
        const { hostname, protocol } = new URL(request.url())
        if (protocol.startsWith('http') && !ownHosts.includes(hostname))
          faults.push(`foreign host: ${hostname}`)
      })
      await use(undefined)
      expect(faults).toEqual([])
    },
    { auto: true },
  ],
})

/** Fills the login form and sends it. */
export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Opens the account's menu and signs out. */
export async function signOut(page: Page): Promise<void> {
  await page.getByLabel(/^Account: /).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
}

/**
 * Ends the session behind the back of a page of tags, once it has all it wants: what it still asks for would tell of
 * the end before the next click does.
 */
export async function loseSession(page: Page): Promise<void> {
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  await expect(page.locator('td [class*="pending"]')).toHaveCount(0)
  const context = page.context()
  const cookies = await context.cookies()
  expect((await context.request.delete('/api/session')).ok()).toBe(true)
  await context.addCookies(cookies)
}

/** The reference that the page says it is about. */
export function openReference(page: Page) {
  return page.getByRole('navigation', { name: 'Reference' })
}

/** The whole digest that stands, cut short, beside the button which copies it. */
export async function digestBeside(page: Page, button: string): Promise<string> {
  const short = page
    .locator('span')
    .filter({ has: page.getByRole('button', { name: button }) })
    .locator('code')
    .last()
  return (await short.getAttribute('title')) ?? ''
}

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** What another theme may change: the rest of the page is the same in both, and axe is slow. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block']

/** No accessibility violation by WCAG 2.2 AA and good practice (one h1, landmarks), in both themes. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // only what is wrong is written out, and in this page: there are no frames that would need another one
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode()
      .options({
        resultTypes: ['violations'],
        runOnly:
          colorScheme === 'light'
            ? { type: 'tag', values: STANDARDS }
            : { type: 'rule', values: COLOUR_RULES },
      })
      .analyze()
    expect(violations.map(({ id, nodes }) => [colorScheme, id, nodes[0]?.html])).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}

export { expect }
