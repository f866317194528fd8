// The image page: the contents of a reference, in plain text and exact values.

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

test('settings that look like secrets are hidden until revealed', async ({ page }) => {
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

test('artifacts by their kind, with their files to download', async ({ page }) => {
  for (const [reference, kind, command] of [
    ['tools/filter:0.3.0', 'WebAssembly module', /^oras copy --to-oci-layout \S+ filter$/],
    ['tools/policies:2026.11', 'OPA policy bundle', /^oras pull /],
    ['tools/oddities:rocket', 'Artifact', /^oras copy --to-oci-layout \S+ oddities$/],
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
