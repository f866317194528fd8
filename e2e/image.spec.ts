// The image page: whatever lies behind a reference, in words and exact values.

import type { Page } from '@playwright/test'
import { digestBeside, expect, expectAccessible, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
})

const part = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('link', { name })

const TABS = [
  ['Overview', '', '/app/api'],
  ['Layers', '&tab=layers', 'apt-get update'],
  ['Referrers', '&tab=referrers', 'Cosign signature'],
  ['Raw', '&tab=raw', 'The bytes match'],
] as const

test('each tab has an address, and keeps the platform', async ({ page }) => {
  await page.goto('/r/payments/api:4.12.1?platform=linux%2Farm64%2Fv8')
  await expect(part(page, 'Overview')).toHaveAttribute('aria-current', 'page')
  await expect(part(page, 'Layers')).toHaveText('Layers4')
  await expect(part(page, 'Referrers')).toHaveText('Referrers6')
  for (const [name, tab, seen] of TABS) {
    await part(page, name).click()
    await expect(page).toHaveURL(`/r/payments/api:4.12.1?platform=linux%2Farm64%2Fv8${tab}`)
    await expect(page.getByText(seen).first()).toBeVisible()
  }
  await page.reload()
  await expect(page.getByText('The bytes match')).toBeVisible()
  await page.goBack()
  await expect(page).toHaveURL(/tab=referrers/)
})

for (const [name, tab, seen] of TABS)
  test(`${name} is accessible in both themes`, async ({ page }) => {
    await page.goto(`/r/payments/api:4.12.1?platform=linux%2Farm64%2Fv8${tab}`)
    await expect(page.getByText(seen).first()).toBeVisible()
    await expectAccessible(page)
  })

test('the command: by client, by digest, remembered, for the chosen platform', async ({ page }) => {
  await page.goto('/r/payments/api:4.12.1')
  const command = page.locator('pre').first()
  await expect(command).toHaveText(/^docker pull \S+\/payments\/api:4\.12\.1$/)
  await page.getByText('skopeo', { exact: true }).click()
  await expect(command).toHaveText(/^skopeo copy docker:\/\/\S+ oci-archive:api-4\.12\.1\.tar$/)
  await page.getByText('by digest', { exact: true }).click()
  const index = await digestBeside(page, 'Copy the index digest')
  await expect(command).toContainText(`payments/api@${index}`)
  await page.reload()
  await expect(page.getByRole('radio', { name: 'skopeo' })).toBeChecked()
  await expect(page.getByRole('checkbox', { name: 'by digest' })).toBeChecked()
  await page.getByRole('link', { name: 'linux/arm64/v8', exact: true }).click()
  await expect(command).toContainText('--override-arch arm64 --override-variant v8')
  await expect(command).toContainText(`@${await digestBeside(page, 'Copy the platform digest')}`)
  await page.getByRole('radio', { name: 'skopeo' }).press('ArrowRight')
  await expect(page.getByRole('radio', { name: 'regctl' })).toBeChecked()
  await page.getByText('compose', { exact: true }).click()
  await expect(command).toContainText('platform: linux/arm64/v8')
})

test('settings that look like secrets are hidden until asked for', async ({ page }) => {
  await page.goto('/r/payments/api:4.12.1')
  await expect(page.getByText('DB_PASSWORD', { exact: true })).toBeVisible()
  await expect(page.getByText('correct-horse-battery')).toHaveCount(0)
  await expect(page.getByText('/run/secrets/db')).toBeVisible()
  await page.getByRole('button', { name: 'Show the value of DB_PASSWORD' }).click()
  await expect(page.getByText('correct-horse-battery')).toBeVisible()
  await page.getByRole('button', { name: 'Hide the value of DB_PASSWORD' }).click()
  await expect(page.getByText('correct-horse-battery')).toHaveCount(0)
})

test('layers with their steps, empty ones as such, and a Dockerfile said to be reconstructed', async ({
  page,
}) => {
  await page.goto('/r/payments/api:4.12.1?tab=layers')
  const steps = page.getByRole('list', { name: 'Steps' }).getByRole('listitem')
  await expect(steps).toHaveCount(8)
  await expect(steps.nth(0)).toContainText('ADD file:5c1a0f9e /')
  await expect(steps.nth(0)).toContainText('gzip')
  await expect(steps.nth(1)).toContainText('empty')
  await expect(steps.nth(2)).toContainText('RUN apt-get update && apt-get install')
  await page.getByRole('link', { name: 'Dockerfile' }).click()
  await expect(page).toHaveURL(/view=dockerfile/)
  await expect(page.getByText('Reconstructed from the history', { exact: false })).toBeVisible()
  await expect(page.locator('pre').last()).toContainText('ENTRYPOINT ["/app/api"]')
  await expectAccessible(page)
})

test('the base of an image is found by layers shared with what was seen before', async ({ page }) => {
  await page.goto('/r/base/debian:12')
  await expect(page.getByText('bash', { exact: true })).toBeVisible()
  await page.getByRole('treeitem', { name: 'payments' }).click()
  await page.getByRole('treeitem', { name: 'ledger', exact: true }).click()
  await page.getByRole('link', { name: '1.1.0', exact: true }).click()
  await expect(page.getByText('Base image', { exact: true })).toBeVisible()
  await page.getByRole('link', { name: /base\/debian:12$/ }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('base/debian:12')
})

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
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible()
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
  await page.getByLabel('Search the document').fill('ARM64')
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

test('bytes that are not what their digest says are shown, and said to be others', async ({ page }) => {
  await page.route('**/v2/payments/ledger/manifests/latest', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ response: answer, body: `${await answer.text()}\n` })
  })
  await page.goto('/r/payments/ledger:latest?tab=raw')
  await expect(page.getByRole('alert')).toContainText('do not match their digest')
  await expectAccessible(page)
})

test('an index in circles is followed only by who clicks', async ({ page }) => {
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  const digest = `sha256:${'c'.repeat(64)}`
  const asked: string[] = []
  await page.route(`**/v2/tools/oddities/manifests/**`, (route) => {
    asked.push(route.request().url())
    return route.fulfill({
      json: { schemaVersion: 2, mediaType, manifests: [{ mediaType, digest, size: 1 }] },
      headers: { 'content-type': mediaType },
    })
  })
  await page.goto('/r/tools/oddities:nested')
  await page.getByRole('list', { name: 'Manifests' }).getByRole('link', { name: 'Index' }).click()
  await expect(page).toHaveURL(`/r/tools/oddities@${digest}`)
  await expect(page.getByRole('list', { name: 'Manifests' })).toBeVisible()
  expect(asked.length).toBeLessThan(5)
})

test('what contradicts itself is told, and the page stays whole', async ({ page }) => {
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

test('artifacts by their kind, with their files to download', async ({ page }) => {
  for (const [reference, kind, command] of [
    ['tools/filter:0.3.0', 'WebAssembly module', /^oras pull /],
    ['tools/policies:2026.11', 'OPA policy bundle', /^oras pull /],
    ['tools/oddities:rocket', 'Artifact', /^oras pull /],
    ['tools/helm-chart:0.9.0', 'Helm chart', /^helm pull oci:\/\/\S+\/tools\/helm-chart --version 0\.9\.0$/],
  ] as const) {
    await page.goto(`/r/${reference}`)
    await expect(page.getByText(kind, { exact: true }).first()).toBeVisible()
    await expect(page.locator('pre').first()).toHaveText(command)
    await expect(part(page, 'Layers')).toHaveCount(0)
  }
  await page.goto('/r/tools/files:1.0')
  const files = page.getByRole('list', { name: 'Files' })
  await expect(files.getByRole('listitem')).toHaveCount(3)
  await expectAccessible(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    files.getByRole('link', { name: 'Download report.json' }).click(),
  ])
  expect(download.suggestedFilename()).toBe('report.json')
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

test('a link that rests under the pointer is fetched ahead: the click asks for nothing more', async ({
  page,
}) => {
  await page.goto('/r/payments/api')
  const link = page.getByRole('link', { name: '4.11.0', exact: true })
  const asked: string[] = []
  page.on('request', (request) => {
    if (/\/(?:manifests|blobs)\//.test(request.url())) asked.push(request.url())
  })
  await link.hover()
  await expect.poll(() => asked.length).toBe(3)
  await page.waitForLoadState('networkidle')
  asked.length = 0
  await link.click()
  await expect(page.getByText('/app/api', { exact: true })).toBeVisible()
  expect(asked).toEqual([])
})

test('cold, an image takes two requests in a row and an index three: the protocol names no digest earlier', async ({
  page,
}) => {
  const chainOf = async (path: string) => {
    const asked: string[] = []
    page.on('request', (request) => {
      if (/\/(?:manifests|blobs)\/(?!sha256-)/.test(request.url())) asked.push(request.url())
    })
    await page.goto(path)
    await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
    page.removeAllListeners('request')
    return asked.length
  }
  expect(await chainOf('/r/payments/ledger:1.0.0')).toBe(2)
  expect(await chainOf('/r/web/assets:7')).toBe(3)
})

test('nothing overflows on a phone, on any tab', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 780 })
  const long = await page.evaluate(
    async () => (await (await fetch('/v2/_catalog?n=1000')).json()).repositories as string[],
  )
  const longest = long.reduce((a, b) => (b.length > a.length ? b : a))
  for (const path of [
    '/r/payments/api:4.12.1',
    '/r/payments/api:4.12.1?tab=layers',
    '/r/payments/api:4.12.1?tab=layers&view=dockerfile',
    '/r/payments/api:4.12.1?tab=referrers',
    '/r/payments/api:4.12.1?tab=raw',
    '/r/web/storefront:hostile',
    '/r/edge/platforms:forty',
    '/r/edge/odd:long-commands',
    '/r/edge/odd:long-commands?tab=layers',
    '/r/tools/files:1.0',
    `/r/${longest}:1.0.0`,
  ]) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await page.waitForLoadState('networkidle')
    const overflow = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('section')].map(
        (box) => box.scrollWidth - box.clientWidth,
      ),
    )
    expect([path, Math.max(...overflow)]).toEqual([path, 0])
  }
})
