// What the suites without a mouse share.

import type { Locator, Page } from '@playwright/test'
import { expect, signIn } from './page.ts'

/** Presses Tab until the element has the focus. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let pressed = 0; pressed < 120; pressed++) {
    if (await target.evaluate((node) => node === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error('Tab does not lead there')
}

/** Signs in and opens a page; the focus is nowhere yet. */
export async function openAsAdmin(page: Page, path: string): Promise<void> {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
  await page.goto(path)
  // the bar is there, and with it what listens to keys
  await page.getByLabel(/^Account: /).waitFor({ state: 'attached' })
}
/** The link of a tag in the table. */
export const row = (page: Page, tag: string) =>
  page.getByRole('region', { name: 'All tags' }).getByRole('link', { name: tag, exact: true })
