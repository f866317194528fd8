// Repositories, tags, image.

import { digestBeside, expect, expectAccessible, openReference, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
})

test('from the repositories to an image and back by its reference', async ({ page }) => {
  await page.getByRole('searchbox', { name: 'Filter repositories' }).fill('ments api')
  await expect(page).toHaveURL('/?filter=ments+api')
  await expect(page.getByText('2 match')).toBeVisible()
  await page.getByRole('treeitem', { name: 'payments/api', exact: true }).click()
  await expect(page).toHaveURL('/r/payments/api')
  await expect(page).toHaveTitle(/\/payments\/api$/)
  await page.getByRole('link', { name: 'latest', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('payments/api:latest')
  await expect(page).toHaveTitle(/\/payments\/api:latest$/)
  await openReference(page).getByRole('link', { name: 'api' }).click()
  await expect(page).toHaveURL('/r/payments/api')
})

test('every key typed into a filter counts, also within a word', async ({ page }) => {
  const filter = page.getByRole('searchbox', { name: 'Filter repositories' })
  await filter.click()
  await page.keyboard.type('paments')
  for (const _ of 'ments') await page.keyboard.press('ArrowLeft')
  await page.keyboard.type('y')
  await expect(filter).toHaveValue('payments')
  await expect(page).toHaveURL('/?filter=payments')
  await page.reload()
  await expect(filter).toHaveValue('payments')
})

test('tags are sorted by version, latest first', async ({ page }) => {
  await page.goto('/r/payments/api')
  const list = page.getByRole('region', { name: 'All tags' }).getByRole('link')
  await expect(list.first()).toHaveText('latest')
  const names = await list.allTextContents()
  expect(names.indexOf('4.10.0')).toBeLessThan(names.indexOf('4.9.2'))
  await page.getByRole('searchbox', { name: 'Filter tags' }).fill('4.12')
  await expect(list.first()).toHaveText('4.12')
  expect(await list.count()).toBeLessThan(names.length)
})

test('an index: platforms without attestations, both digests, config and layers of the chosen one', async ({
  page,
}) => {
  await page.goto('/r/payments/api:latest')
  const platforms = page.getByRole('navigation', { name: 'Platforms' }).getByRole('link')
  await expect(platforms.first()).toHaveText('linux/amd64')
  await expect(platforms.filter({ hasText: 'unknown' })).toHaveCount(0)
  expect(await digestBeside(page, 'Copy the index digest')).toMatch(/^sha256:[0-9a-f]{64}$/)
  const amd64 = await digestBeside(page, 'Copy the platform digest')
  await platforms.filter({ hasText: 'arm64' }).click()
  await expect(page).toHaveURL(/platform=linux%2Farm64/)
  await expect(page.getByText(/^docker pull --platform linux\/arm64\/v8 /)).toBeVisible()
  expect(await digestBeside(page, 'Copy the platform digest')).not.toBe(amd64)
  await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
  const parts = page.getByRole('navigation', { name: 'Parts of the page' })
  await parts.getByRole('link', { name: 'Layers' }).click()
  await expect(page).toHaveURL(/platform=linux%2Farm64%2Fv8&tab=layers/)
  await expect(page.getByRole('list', { name: 'Steps' }).getByText('ENTRYPOINT')).toBeVisible()
  await parts.getByRole('link', { name: 'Raw' }).click()
  await expect(page.getByText('"manifests"')).toBeVisible()
})

test('the pull command is copied, with or without a clipboard API', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/r/payments/api:4.12.1')
  const copy = page.getByRole('button', { name: 'Copy the command' })
  await copy.click()
  await expect(page.getByText('Copied')).toBeAttached()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
    /^docker pull \S+\/payments\/api:4\.12\.1$/,
  )
  await page.evaluate(async () => {
    await navigator.clipboard.writeText('')
    Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })
  })
  await expect(page.getByText('Copied')).toHaveCount(0)
  await copy.click()
  await expect(page.getByText('Copied')).toBeAttached()
})

test('by digest, and by craneoperator’s addresses', async ({ page, request }) => {
  await page.goto('/containers/payments/api/tag/4.12.1')
  await expect(page).toHaveURL('/r/payments/api:4.12.1')
  await page.goto('/containers/payments/api')
  await expect(page).toHaveURL('/r/payments/api')
  await page.goto('/r/payments/api:4.12.1')
  const digest = await digestBeside(page, 'Copy the index digest')
  await page.goto(`/r/payments/api@${digest}`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`payments/api@${digest}`)
  expect((await request.get(`/v2/payments/api/manifests/${digest}`)).status()).toBe(401)
})

test('a Helm chart is an artifact, not a broken image', async ({ page }) => {
  await page.goto('/r/tools/helm-chart')
  await page.getByRole('region', { name: 'All tags' }).getByRole('link').first().click()
  await expect(page.getByText('Helm chart').first()).toBeVisible()
  await expect(page.getByText('helm-chart 0.9.0', { exact: true })).toBeVisible()
  await expect(page.getByText(/^helm pull oci:/)).toBeVisible()
  await expectAccessible(page)
})
