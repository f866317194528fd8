// The image page on what real tools pushed into real registries.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import {
  missingOpenTools,
  OPEN_REGISTRIES,
  type OpenRegistry,
  type OpenRegistryName,
  startOpenRegistry,
} from './open-registries.ts'
import { test as base, digestBeside, expect, expectAccessible } from './page.ts'
import { run } from './processes.ts'
import { tool } from './tools.ts'

const ABSENT: OpenRegistry = {
  registry: 'absent.invalid',
  origin: 'http://absent.invalid',
  folder: '',
  seeded: { indexDigest: '' },
  stop: async () => {},
}

const test = base.extend<{ baseURL: string }, { openName: OpenRegistryName; open: OpenRegistry }>({
  openName: [OPEN_REGISTRIES[0], { scope: 'worker', option: true }],
  open: [
    async ({ openName }, use) => {
      const open = missingOpenTools(openName).length > 0 ? ABSENT : await startOpenRegistry(openName)
      await use(open)
      await open.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ open }, use) => use(open.origin),
})

test.beforeAll(({ openName }) => {
  const missing = missingOpenTools(openName)
  test.skip(missing.length > 0, `needs ${missing.join(', ')}`)
})

const part = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Parts of the page' }).getByRole('link', { name })
const command = (page: Page) => page.locator('pre').first()

/** The command of a client as the page shows it, without the program's name. */
async function wordsOf(page: Page, client: string): Promise<string[]> {
  await page.getByText(client, { exact: true }).click()
  await expect(command(page)).toHaveText(new RegExp(`^${client} `))
  return ((await command(page).textContent()) ?? '').split(' ').slice(1)
}

for (const [tag, type] of [
  ['oci', 'application/vnd.oci.image.config.v1+json'],
  ['docker', 'application/vnd.docker.container.image.v1+json'],
] as const)
  test(`skopeo’s image in its ${tag} format: settings, step, digest`, async ({ page, open }) => {
    await page.goto(`/r/artifacts/app:${tag}`)
    await expect(page.getByText('/bin/cat', { exact: true })).toBeVisible()
    await expect(page.getByText('API_TOKEN', { exact: true })).toBeVisible()
    await expect(page.getByText('s3cret-value')).toHaveCount(0)
    const digest = await run(tool('crane'), ['digest', `${open.registry}/artifacts/app:${tag}`, '--insecure'])
    expect(await digestBeside(page, 'Copy the digest')).toBe(digest.trim())
    await part(page, 'Layers').click()
    await expect(page.getByRole('list', { name: 'Steps' })).toContainText('umoci insert')
    await part(page, 'Raw').click()
    await expect(page.getByText('The bytes match')).toBeVisible()
    await expect(page.getByText(type).first()).toBeVisible()
    await expectAccessible(page)
  })

test('crane append: one layer more, found on its base once that was seen', async ({ page }) => {
  await page.goto('/r/artifacts/app:oci')
  await expect(page.getByText('/bin/cat', { exact: true })).toBeVisible()
  await page.getByRole('link', { name: 'appended', exact: true }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('artifacts/app:appended')
  await expect(part(page, 'Layers')).toHaveText('Layers2')
  await expect(page.getByRole('link', { name: /artifacts\/app:oci$/ })).toBeVisible()
})

test('an index of crane’s with what refers to it, wherever the registry keeps it', async ({
  page,
  open,
  openName,
}) => {
  await page.goto('/r/artifacts/app:index?tab=referrers')
  expect(await digestBeside(page, 'Copy the index digest')).toBe(open.seeded.indexDigest)
  await expect(page.getByRole('navigation', { name: 'Platforms' }).getByRole('link')).toHaveText([
    'linux/amd64',
    'linux/arm64',
  ])
  const list = page.getByRole('list', { name: 'Referrers' })
  await expect(list.getByRole('listitem')).toHaveCount(3)
  for (const kind of ['SPDX SBOM', 'Notation signature', 'Cosign signature'])
    await expect(list.getByRole('link', { name: kind })).toBeVisible()
  const way = openName === 'distribution 3.1' ? 'by the fallback tag' : 'by the referrers API'
  await expect(list.getByText(way)).toHaveCount(2)
  await list.getByRole('link', { name: 'SPDX SBOM' }).click()
  await expect(page.getByRole('list', { name: 'Files' })).toContainText('sbom.json')
})

test('buildx’s index: one platform, its statement among the referrers', async ({ page }) => {
  await page.goto('/r/artifacts/attested:latest')
  await expect(page.getByText('/attested', { exact: true })).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Platforms' }).getByRole('link')).toHaveText([
    'linux/amd64',
  ])
  await part(page, 'Referrers').click()
  await expect(page.getByText('https://slsa.dev/provenance/v0.2')).toBeVisible()
})

test('oras’s files, and the command that fetches them', async ({ page, open }) => {
  await page.goto('/r/artifacts/files:1.0')
  await expect(page.getByText('Files', { exact: true }).first()).toBeVisible()
  await expect(page.getByRole('list', { name: 'Files' })).toContainText('report.json')
  const pull = await wordsOf(page, 'oras')
  await run(tool('oras'), [...pull, '--plain-http', '-o', join(open.folder, 'pulled')])
  expect(readFileSync(join(open.folder, 'pulled', 'report.json'), 'utf8')).toBe('{"passed":412}')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download report.json' }).click(),
  ])
  expect(readFileSync(await download.path(), 'utf8')).toBe('{"passed":412}')
})

test('helm’s chart, and the commands that fetch it by version and by digest', async ({ page, open }) => {
  await page.goto('/r/charts/webshop:1.2.3')
  await expect(page.getByText('webshop 1.2.3', { exact: true })).toBeVisible()
  await expect(page.getByText('4.5', { exact: true })).toBeVisible()
  await expectAccessible(page)
  for (const byDigest of [false, true]) {
    if (byDigest) await page.getByText('by digest', { exact: true }).click()
    const pull = await wordsOf(page, 'helm')
    const folder = join(open.folder, `helm-${byDigest}`)
    await run('mkdir', [folder])
    await run(tool('helm'), [...pull, '--plain-http', '-d', folder])
    expect((await run('ls', [folder])).trim()).toMatch(/^webshop.*\.tgz$/)
  }
})

test('the commands for images, run as they are shown', async ({ page, open }) => {
  await page.goto('/r/artifacts/app:index?platform=linux%2Farm64')
  const crane = await wordsOf(page, 'crane')
  await run(tool('crane'), [...crane.slice(0, -1), join(open.folder, 'crane.tar'), '--insecure'])
  expect(existsSync(join(open.folder, 'crane.tar'))).toBe(true)
  const skopeo = await wordsOf(page, 'skopeo')
  const archive = `oci-archive:${join(open.folder, 'skopeo.tar')}`
  await run(tool('skopeo'), [...skopeo.slice(0, -1), archive, '--src-tls-verify=false'])
  expect(await run(tool('skopeo'), ['inspect', '--config', '--override-arch', 'arm64', archive])).toContain(
    'arm64',
  )
})
