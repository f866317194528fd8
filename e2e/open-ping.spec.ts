// A registry with an open /v2/: a signed-in user is not verified at first, and the page says so.

import { test as base, expect, expectAccessible, signIn } from './page.ts'
import { type SampleRegistry, startGantry, startSampleRegistry } from './sample-registry.ts'

const test = base.extend<{ baseURL: string }, { registry: SampleRegistry; address: string }>({
  registry: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const registry = await startSampleRegistry(true)
      await use(registry)
      await registry.stop()
    },
    { scope: 'worker' },
  ],
  address: [
    async ({ registry }, use) => {
      const gantry = await startGantry(registry.origin)
      await use(`http://localhost:${gantry.port}`)
      await gantry.stop()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ address }, use) => use(address),
})

/** How many requests the registry got for its list. */
const lists = async (registry: SampleRegistry) =>
  (await registry.asked()).registry.filter(({ url }) => url.startsWith('/v2/_catalog')).length

test('the bar says "not verified" until a private repository is opened; then the list is requested again', async ({
  page,
  registry,
}) => {
  await page.goto('/login')
  await registry.forget()
  await signIn(page, 'admin', 'admin-demo')
  const note = page.getByText('not verified', { exact: true })
  await expect(note).toBeVisible()
  await expect(note).toHaveAttribute('title', /has not yet said whether/)
  await expectAccessible(page)
  // the user still sees their own list: one request with the password, and one without to compare
  await expect(page.getByRole('treeitem', { name: 'payments' })).toBeVisible()
  expect(await lists(registry)).toBe(2)
  await page.setViewportSize({ width: 390, height: 800 })
  await expect(note).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0)
  await page.setViewportSize({ width: 1280, height: 500 })
  await page.goto('/r/public/hello:latest')
  await expect(page.getByText('Entrypoint')).toBeVisible()
  await expect(note).toBeVisible()
})

test('a private repository verifies the session, and the list stays where it was', async ({
  page,
  registry,
}) => {
  await page.setViewportSize({ width: 1280, height: 400 })
  await page.goto('/login?next=/?view=flat')
  await signIn(page, 'admin', 'admin-demo')
  const note = page.getByText('not verified', { exact: true })
  await expect(note).toBeVisible()
  const tree = page.getByRole('tree')
  await page.getByRole('treeitem').first().waitFor()
  await tree.evaluate((element) => element.scrollTo(0, 520))
  const scrolled = () => tree.evaluate((element) => element.scrollTop)
  expect(await scrolled()).toBe(520)
  await registry.forget()
  await page.getByRole('treeitem', { name: 'payments/api', exact: true }).click()
  await expect(page.getByRole('link', { name: '4.12.1', exact: true })).toBeVisible()
  await expect(note).toHaveCount(0)
  await expect(page.getByLabel('Account: admin')).toBeVisible()
  await expect.poll(() => lists(registry)).toBe(1)
  expect(await scrolled()).toBe(520)
})

test('a wrong password is reported on the form', async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'mira', 'wrong')
  await expect(page.getByRole('alert')).toHaveText('The registry refused this name and password.')
})
