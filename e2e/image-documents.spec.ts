// The image page's referrers and raw documents, and what it makes of documents that contradict themselves or attack.

import type { Page } from '@playwright/test'
import { digestBeside, expect, expectAccessible, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
})

const part = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('link', { name })

test('referrers from everywhere, each with a page of its own and its payload', async ({ page }) => {
  await page.goto('/r/payments/api:4.12.1?tab=referrers')
  const list = page.getByRole('list', { name: 'Referrers' })
  await expect(list.getByRole('link')).toHaveText([
    'SPDX SBOM',
    'Notation signature',
    'Attestation',
    'SPDX SBOM',
    'Cosign signature',
    'in-toto attestation',
  ])
  await expect(list.getByText('by the referrers API')).toHaveCount(2)
  await expect(list.getByText('by its cosign tag')).toHaveCount(3)
  await expect(list.getByText('in the index', { exact: true })).toHaveCount(1)
  await expect(list.getByText('https://slsa.dev/provenance/v0.2')).toBeVisible()
  await list.getByRole('link', { name: 'SPDX SBOM' }).first().click()
  await expect(page).toHaveURL(/\/r\/payments\/api@sha256:[0-9a-f]{64}$/)
  await expect(page.getByText('application/spdx+json').first()).toBeVisible()
  await part(page, 'Raw').click()
  await page.getByRole('link', { name: 'Payload' }).click()
  await expect(page.getByText('"SPDX-2.3"')).toBeVisible()
})

test('without the referrers API the fallback tag says the same', async ({ page }) => {
  await page.goto('/r/tools/oddities:with-fallback-tag?tab=referrers')
  const list = page.getByRole('list', { name: 'Referrers' })
  await expect(list.getByRole('link')).toHaveText(['CycloneDX SBOM'])
  await expect(list.getByText('by the referrers API')).toBeVisible()
  const asked: string[] = []
  await page.route('**/referrers/**', (route) => {
    asked.push(route.request().url())
    return route.fulfill({ status: 404, json: { errors: [{ code: 'NOT_FOUND', message: 'no such route' }] } })
  })
  await page.reload()
  await expect(list.getByText('by the fallback tag')).toBeVisible()
  expect(asked).toHaveLength(1)
  await page.unroute('**/referrers/**')
  await page.route('**/referrers/**', (route) => route.fulfill({ status: 502, json: {} }))
  await page.reload()
  // what one place cannot tell, another one does
  const refused = page.getByText('The referrers API could not be read.')
  await expect(refused).toBeVisible()
  await expect(list.getByRole('link')).toHaveText(['CycloneDX SBOM'])
  await expect(part(page, 'Referrers')).toHaveText('Referrers')
  await page.goto('/r/payments/ledger:latest?tab=referrers')
  await expect(refused.first()).toBeVisible()
  await expect(page.getByText('Nothing refers to this')).toHaveCount(0)
  await page.unroute('**/referrers/**')
  await page.getByRole('button', { name: 'Try again' }).first().click()
  await expect(page.getByText('Nothing refers to this')).toBeVisible()
})

test('raw: the exact bytes, their digest recomputed, digests as links, folding and search', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.goto('/r/payments/api:4.12.1?tab=raw')
  const index = await digestBeside(page, 'Copy the index digest')
  await expect(page.getByText('The bytes match')).toBeVisible()
  await expect(page.getByTitle(index).last()).toHaveText(index)
  await page.getByRole('button', { name: 'Copy the exact text' }).click()
  const bytes = await (
    await page.request.get(`/v2/payments/api/manifests/${index}`, {
      headers: { accept: 'application/vnd.oci.image.index.v1+json' },
    })
  ).text()
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(bytes)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download the exact bytes' }).click(),
  ])
  expect(download.suggestedFilename()).toBe(`index-${index.slice(7, 19)}.json`)
  await page.getByRole('button', { name: 'Fold', exact: true }).nth(1).click()
  await expect(page.getByText('"manifests"')).toBeVisible()
  await expect(page.getByText('"platform"')).toHaveCount(0)
  const search = page.getByLabel('Search the document')
  await search.pressSequentially('ARM64')
  await expect(search).toHaveValue('ARM64')
  await expect(page.getByText('1 match')).toBeVisible()
  await expect(page.locator('mark')).toHaveText('arm64')
  await page.getByRole('link', { name: 'Config' }).click()
  await expect(page).toHaveURL(/doc=sha256/)
  await expect(page.getByText('"Entrypoint"')).toBeVisible()
  await expect(page.getByText('The bytes match')).toBeVisible()
  await page.getByRole('link', { name: 'Manifest of linux/amd64' }).click()
  await page.getByRole('combobox', { name: 'Other documents' }).selectOption({ label: 'linux/arm/v7' })
  await expect(page.getByText('The bytes match')).toBeVisible()
  await page.getByRole('link', { name: 'Index' }).click()
  await page
    .getByRole('link', { name: /^"sha256:/ })
    .first()
    .click()
  await expect(page).toHaveURL(/\/r\/payments\/api@sha256:[0-9a-f]{64}$/)
})

test('where the registry names no digest, the bytes are hashed: all that needs one is there', async ({
  page,
}) => {
  let digest = ''
  await page.route('**/v2/payments/api/manifests/4.12.1', async (route) => {
    const response = await route.fetch()
    const { 'docker-content-digest': named = '', etag: _etag, ...headers } = response.headers()
    digest = named
    await route.fulfill({ response, headers })
  })
  await page.goto('/r/payments/api:4.12.1?tab=referrers')
  await expect(page.getByRole('list', { name: 'Referrers' }).getByRole('listitem')).toHaveCount(6)
  expect(await digestBeside(page, 'Copy the index digest')).toBe(digest)
  await page.getByText('by digest', { exact: true }).click()
  await expect(page.locator('pre').first()).toContainText(`@${digest}`)
  await part(page, 'Raw').click()
  await expect(page.getByText('by these bytes; the registry names none.')).toBeVisible()
})

test('bytes that are not what their digest says are shown, and said to be others', async ({ page }) => {
  await page.route('**/v2/payments/ledger/manifests/latest', async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: `${await response.text()}\n` })
  })
  await page.goto('/r/payments/ledger:latest?tab=raw')
  await expect(page.getByRole('alert')).toContainText('do not match their digest')
  await expectAccessible(page)
})

test('contradictions are shown, and the page stays intact', async ({ page }) => {
  await page.goto('/r/tools/oddities:mismatched')
  await expect(page.getByText('The config lists 0 layers, the manifest 1.')).toBeVisible()
  await expectAccessible(page)
  await page.goto('/r/tools/oddities:config-is-a-list')
  await expect(page.getByText('This config cannot be read')).toBeVisible()
  await part(page, 'Layers').click()
  await expect(page.getByRole('list', { name: 'Steps' })).toContainText('zstd')
  await page.goto('/r/tools/oddities:missing-child?platform=linux%2Farm64%2Fv8')
  await expect(page.getByText('This manifest is missing')).toBeVisible()
  await expect(page.getByRole('link', { name: 'linux/arm64/v8 cannot be read' })).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'linux/amd64', exact: true }).click()
  await expect(page.getByText('bash', { exact: true })).toBeVisible()
  await page.goto('/r/tools/oddities:foreign-and-zstd?tab=layers')
  await expect(page.getByText('Gantry never fetches it')).toBeVisible()
  await page.goto('/r/tools/oddities:unknown-sizes?tab=layers')
  await expect(page.getByText(/3 layers, at least \d+ B compressed/)).toBeVisible()
  await expectAccessible(page)
  await page.goto('/r/tools/oddities:broken-layer')
  await expect(page.getByRole('list', { name: 'Problems', exact: true })).toHaveText(
    'Layer 2 has no valid digest.',
  )
  await expect(page.getByText('/app', { exact: true })).toBeVisible()
  await expectAccessible(page)
  await page.goto('/r/tools/oddities:half-named-platforms')
  await expect(page.getByRole('list', { name: 'Problems of the index' })).toHaveText(
    'Entry 3 has no valid digest.',
  )
  await expect(page.getByRole('navigation', { name: 'Platforms' }).getByRole('link')).toHaveText([
    'arm64',
    /^manifest [0-9a-f]{12}$/,
  ])
  await page.goto('/r/tools/oddities:no-platforms')
  await expect(page.getByText('An empty index')).toBeVisible()
  await page.goto('/r/tools/oddities:artifact-manifest')
  await expect(page.getByText('This is no kind of manifest that Gantry knows')).toBeVisible()
  await expect(page.getByRole('list', { name: 'What it names' })).toContainText('blobs.0')
  await expectAccessible(page)
  await page.goto('/r/tools/oddities:nested')
  await page.getByRole('link', { name: 'index all-platforms' }).click()
  await expect(page.getByRole('list', { name: 'Manifests' }).getByRole('link')).toHaveText([
    'linux/amd64',
    'linux/arm64/v8',
  ])
})

test('hostile texts are texts: nothing runs, links or turns the page around', async ({ page }) => {
  await page.goto('/r/web/storefront:hostile')
  await expect(page.getByText('<script>alert(document.domain)</script>', { exact: true })).toBeVisible()
  await expect(page.getByText('U+202E')).toBeVisible()
  await expect(page.getByText('1,500 more characters')).toBeVisible()
  const links = await page
    .locator('section a[target]')
    .evaluateAll((all) => all.map((link) => (link as HTMLAnchorElement).href))
  expect(links.filter((href) => !/^https?:\/\/[^@]+$/.test(href))).toEqual([])
  const names = page.locator('dt', { hasText: 'long word' })
  expect((await names.boundingBox())?.width).toBeGreaterThan(60)
  await expectAccessible(page)
  await part(page, 'Raw').click()
  await expect(page.getByText('The bytes match')).toBeVisible()
})
