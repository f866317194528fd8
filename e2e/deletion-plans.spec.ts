// Deleting where the registry or the moment is another than the demo's: whole images, changed plans, failures.

import type { Page } from '@playwright/test'
import { box, dialog, open } from './deletion-page.ts'
import { deletionsAre, planIs } from './deletion-scenes.ts'
import { expect, loseSession, signIn, test } from './demo.ts'

const manifest = (digit: string, asked: string[], others: string[] = []) => ({
  digest: `sha256:${digit.repeat(64)}`,
  mediaType: 'm',
  asked,
  others,
  platforms: [],
  referrers: [],
})
const byDigest = {
  mode: 'digest',
  manifests: [manifest('a', ['4.12.1'], ['latest']), manifest('b', ['4.9.2'])],
  broken: [],
  gone: [],
  tagCount: 36,
  bytes: 1000,
} as const

async function askForTwo(page: Page): Promise<void> {
  await open(page, '/r/payments/api')
  await box(page, '4.12.1').check()
  await box(page, '4.9.2').check()
  await page.getByRole('button', { name: 'Delete…', exact: true }).click()
}
async function agree(page: Page, what: string): Promise<void> {
  await dialog(page)
    .getByLabel(/^To confirm/)
    .fill('payments/api')
  await dialog(page).getByRole('button', { name: what }).click()
}

test('a registry that deletes whole images: tags not selected are named first, and sent as named', async ({
  page,
}) => {
  await planIs(page, byDigest)
  await deletionsAre(page, () => ({ status: 202 }))
  const sent: unknown[] = []
  page.on('request', (request) => request.method() === 'DELETE' && sent.push(request.postDataJSON()))
  await askForTwo(page)
  await expect(dialog(page).getByText('1 tag you did not ask for')).toBeVisible()
  await expect(dialog(page).locator('[data-fate="too"]')).toHaveText(/not asked for.*latest/)
  await agree(page, 'Delete 3 tags')
  await expect(dialog(page)).toHaveAccessibleName('Deleted 3 tags')
  await expect(dialog(page).getByText('/etc/docker/registry/config.yml')).toBeVisible()
  expect(sent).toEqual([{ tags: ['4.12.1', 'latest'] }, { tags: ['4.9.2'] }])
})

test('what changed between looking and agreeing is shown, and not deleted', async ({ page }) => {
  await planIs(page, { ...byDigest, manifests: [manifest('a', ['4.12.1']), manifest('b', ['4.9.2'])] })
  let deletions = 0
  await deletionsAre(page, () => {
    deletions++
    return { status: 202 }
  })
  await askForTwo(page)
  // the dialog has this name already while planning; the button appears with the plan
  await expect(dialog(page).getByRole('button', { name: 'Delete 2 tags' })).toBeVisible()
  await planIs(page, byDigest)
  await agree(page, 'Delete 2 tags')
  await expect(dialog(page).getByRole('alert')).toContainText('This has changed since you looked.')
  await expect(dialog(page)).toHaveAccessibleName('Delete 3 tags')
  await expect(dialog(page).getByLabel(/^To confirm/)).toHaveValue('')
  expect(deletions).toBe(0)
})

test('one that fails leaves the other alone, and is tried again', async ({ page }) => {
  await planIs(page, byDigest)
  let fails = true
  await deletionsAre(page, (reference) =>
    fails && reference.includes('bbb')
      ? { status: 502, code: 'UNAVAILABLE', message: 'Not now.' }
      : { status: 202 },
  )
  await askForTwo(page)
  await agree(page, 'Delete 3 tags')
  await expect(dialog(page)).toHaveAccessibleName('Deleted 2 tags, not all')
  await expect(dialog(page).getByRole('alert')).toContainText('Not now.')
  fails = false
  await dialog(page).getByRole('button', { name: 'Retry the failed (1)' }).click()
  await expect(dialog(page)).toHaveAccessibleName('Deleted 3 tags')
})

test('Escape stops it, does not hide what is under way, and closes it afterwards', async ({ page }) => {
  await planIs(page, byDigest)
  let resolveDeletion: (value: { status: number }) => void = () => {}
  const answered = new Promise<{ status: number }>((resolve) => {
    resolveDeletion = resolve
  })
  await deletionsAre(page, () => answered)
  await askForTwo(page)
  await agree(page, 'Delete 3 tags')
  await expect(dialog(page)).toHaveAccessibleName('Deleting')
  const stop = dialog(page).getByRole('button', { name: /^Stop/ })
  for (let times = 0; times < 3; times++) {
    await page.keyboard.press('Escape')
    await expect(stop).toHaveText('Stopping…')
  }
  await expect(stop).toBeFocused()
  resolveDeletion({ status: 202 })
  await expect(dialog(page)).toHaveAccessibleName('Deleted 3 tags')
  await page.keyboard.press('Escape')
  await expect(dialog(page)).toHaveCount(0)
})

test('a session that ends in the middle: the password dialog opens over it, and it continues', async ({
  page,
}) => {
  await planIs(page, byDigest)
  await askForTwo(page)
  await expect(dialog(page)).toHaveAccessibleName('Delete 3 tags')
  await deletionsAre(page, () => ({ status: 202 }))
  await loseSession(page)
  let isOver = true
  await page.route('**/v2/**/manifests/sha256*', (route) =>
    isOver
      ? route.fulfill({
          status: 401,
          json: { errors: [{ code: 'UNAUTHORIZED', message: 'x', detail: { reason: 'session_ended' } }] },
        })
      : route.fallback(),
  )
  await agree(page, 'Delete 3 tags')
  await expect(page.getByText('Your session has ended. Sign in again to go on.')).toBeVisible()
  isOver = false
  await signIn(page, 'admin', 'admin-demo')
  await expect(page.getByRole('dialog', { name: 'Deleted 3 tags' })).toBeVisible()
  await expect(dialog(page)).toHaveCount(1)
})
