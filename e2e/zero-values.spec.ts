// Manifests with Go's zero values in real registries: the table and the page of each.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSummaryLine } from '../shared/api/summaries.ts'
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from '../shared/oci/media-types.ts'
import { type ZeroValueManifest, zeroValueManifests } from '../shared/oci/zero-values.test-data.ts'
import { test as base, expect, expectAccessible } from './page.ts'
import {
  DISTRIBUTIONS,
  type DistributionName,
  programOf,
  startDistribution,
  startGantryBeside,
} from './registries.ts'
import { pusher } from './seed-artifacts.ts'
import { findTool } from './tools.ts'

const REPOSITORY = 'zero/values'

interface Shapes {
  readonly origin: string
  readonly manifests: readonly ZeroValueManifest[]
  stop(): Promise<void>
}

async function push(registry: string): Promise<readonly ZeroValueManifest[]> {
  const { blob, manifest } = pusher(registry, REPOSITORY)
  const config = await blob(OCI_CONFIG, { os: 'linux', architecture: 'amd64' })
  const layer = await blob(OCI_LAYER_GZIP, 'a layer')
  await blob(OCI_LAYER_GZIP, '')
  const image = await manifest(OCI_MANIFEST, { config, layers: [layer] }, 'whole')
  const bare = ({ digest, size }: { digest: string; size: number }) => ({ digest, size })
  const manifests = zeroValueManifests(bare(config), bare(layer), bare(image))
  for (const { name, mediaType, content } of manifests) await manifest(mediaType, content, name)
  return manifests
}

async function startShapes(name: DistributionName): Promise<Shapes> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-shapes-'))
  const parts: { stop(): Promise<void> }[] = []
  async function stop(): Promise<void> {
    for (const part of parts.reverse()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const { port, program } = await startDistribution(name, folder, undefined)
    parts.push(program)
    const registry = `127.0.0.1:${port}`
    const manifests = await push(registry)
    const gantry = await startGantryBeside(registry, { REGISTRY_AUTH_TYPE: 'none' })
    parts.push(gantry)
    return { origin: gantry.origin, manifests, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const missing = (name: DistributionName) =>
  ['chromium', programOf(name)].filter((program) => findTool(program) === undefined)
const ABSENT: Shapes = { origin: 'http://absent.invalid', manifests: [], stop: async () => {} }

const test = base.extend<{ baseURL: string }, { distributionName: DistributionName; shapes: Shapes }>({
  distributionName: [DISTRIBUTIONS[0], { scope: 'worker', option: true }],
  shapes: [
    async ({ distributionName }, use) => {
      const shapes = missing(distributionName).length > 0 ? ABSENT : await startShapes(distributionName)
      await use(shapes)
      await shapes.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ shapes }, use) => use(shapes.origin),
})

test.beforeAll(({ distributionName }) => {
  const absent = missing(distributionName)
  test.skip(absent.length > 0, `needs ${absent.join(', ')}`)
})

test('each has a row, with what it says and nothing added up that it does not', async ({
  request,
  shapes: { manifests },
}) => {
  const tags = manifests.map(({ name }) => name)
  const response = await request.post(`/api/repositories/${REPOSITORY}/summaries`, { data: { tags } })
  const lines = (await response.text()).trim().split('\n')
  const rows = new Map(lines.map((line) => parseSummaryLine(line)).map((row) => [row?.tag, row]))
  for (const { name, row } of manifests) expect([name, rows.get(name)]).toMatchObject([name, row])
})

test('the table names unknown values', async ({ page }) => {
  await page.goto(`/r/${REPOSITORY}`)
  const rowOf = (tag: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: tag }) })
  await expect(rowOf('config-without-size').getByText('≥ 7 B')).toBeVisible()
  await expect(rowOf('platform-of-nothing').getByText('amd64')).toBeVisible()
  await expect(page.getByText(/invalid|unreadable|failed/)).toHaveCount(0)
})

test('each has a page', async ({ page, shapes: { manifests } }) => {
  for (const { name, row } of manifests) {
    await page.goto(`/r/${REPOSITORY}:${name}`)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`${REPOSITORY}:${name}`)
    if (name === 'index-without-manifests') await expect(page.getByText('An empty index')).toBeVisible()
    else await expect(page.getByText('Platform', { exact: true })).toBeVisible()
    await expect(page.getByText('at least', { exact: false })).toHaveCount(
      row.sizeAtLeast === undefined ? 0 : 1,
    )
    await expect(
      page.getByText(/invalid|no kind of manifest|The index says|cannot be read|is not/i),
    ).toHaveCount(0)
  }
})

test('layers of unknown size are shown as such', async ({ page }) => {
  await page.goto(`/r/${REPOSITORY}:empty-blob-without-size?tab=layers`)
  await expect(page.getByText('2 layers, at least 7 B compressed')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Steps' })).toContainText('unknown')
  await expectAccessible(page)
})
