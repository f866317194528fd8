// What people see and press when they delete, on the pages of the demo.

import type { Page } from '@playwright/test'

export async function open(page: Page, path: string, user = 'admin'): Promise<void> {
  await page.request.post('/api/session', { data: { username: user, password: `${user}-demo` } })
  await page.goto(path)
}
export const table = (page: Page) => page.getByRole('region', { name: 'All tags' })
export const tags = (page: Page) => table(page).getByRole('link').allTextContents()
export const box = (page: Page, tag: string) =>
  page.getByRole('checkbox', { name: `Select ${tag}`, exact: true })
export const link = (page: Page, tag: string) => table(page).getByRole('link', { name: tag, exact: true })
export const dialog = (page: Page) => page.getByRole('dialog')
export const remaining = async (page: Page, repository: string): Promise<string[]> =>
  ((await (await page.request.get(`/v2/${repository}/tags/list`)).json()) as { tags: string[] }).tags
