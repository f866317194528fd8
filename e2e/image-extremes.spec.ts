// The image page with very large contents, and with circular indexes.

import type { Page, Route } from '@playwright/test'
import { expect, expectAccessible, signIn, test } from './demo.ts'

const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
})

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}`
const index = (manifests: readonly object[]) => ({ schemaVersion: 2, mediaType: INDEX, manifests })
const children = (count: number, more: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => ({ mediaType: MANIFEST, digest: digest(n), size: 100, ...more(n) }))

/** Serves these documents by tag or digest, and 404 for any other; returns the requested references. */
async function serve(page: Page, documents: Readonly<Record<string, object>>): Promise<string[]> {
  const asked: string[] = []
  const response = (route: Route) => {
    const reference = route.request().url().split('/').at(-1) ?? ''
    asked.push(reference)
    const json = documents[reference]
    const headers = { 'content-type': INDEX, 'docker-content-digest': digest(0xfff) }
    return json === undefined ? route.fulfill({ status: 404, json: {} }) : route.fulfill({ json, headers })
  }
  await page.route('**/v2/tools/oddities/manifests/*', response)
  return asked
}

test('of five hundred referrers of unknown type, only those in view are requested', async ({ page }) => {
  const asked = await serve(page, { nested: index([]) })
  const list = index(children(500, () => ({})))
  await page.route('**/v2/tools/oddities/referrers/*', (route) => route.fulfill({ json: list }))
  await page.goto('/r/tools/oddities:nested?tab=referrers')
  const rows = page.getByRole('list', { name: 'Referrers' }).getByRole('listitem')
  await expect(rows).toHaveCount(100)
  await page.waitForLoadState('networkidle')
  expect(asked.length).toBeLessThan(40)
  await page.getByRole('button', { name: 'Show 100 more of 500 referrers' }).click()
  await expect(rows).toHaveCount(200)
  await page.waitForLoadState('networkidle')
  expect(asked.length).toBeLessThan(80)
  const before = asked.length
  expect(asked).not.toContain(digest(150))
  await rows.nth(150).scrollIntoViewIfNeeded()
  await expect.poll(() => asked).toContain(digest(150))
  expect(asked.length - before).toBeLessThan(40)
})

test('an endless list of referrers says that it continues', async ({ page }) => {
  await serve(page, { nested: index([]) })
  let pages = 0
  await page.route(/\/v2\/tools\/oddities\/referrers\//, (route) => {
    const path = new URL(route.request().url()).pathname
    pages += 1
    const json = index([{ mediaType: MANIFEST, digest: digest(pages), size: 1, artifactType: 'a/b' }])
    return route.fulfill({ json, headers: { link: `<${path}?last=${pages}>; rel="next"` } })
  })
  await page.goto('/r/tools/oddities:nested?tab=referrers')
  await expect(page.getByRole('list', { name: 'Referrers' }).getByRole('listitem')).toHaveCount(20)
  await expect(page.getByText('The registry’s list goes on')).toBeVisible()
  expect(pages).toBe(20)
  await expectAccessible(page)
})

test('an index of two thousand images asks for one, and is shown step by step', async ({ page }) => {
  const platform = (n: number) => ({
    platform: { os: 'linux', architecture: `a${String(n).padStart(4, '0')}` },
  })
  const asked = await serve(page, { nested: index(children(2000, platform)) })
  await page.goto('/r/tools/oddities:nested')
  const platforms = page.getByRole('navigation', { name: 'Platforms' })
  await expect(platforms.getByRole('link')).toHaveCount(10)
  await expect(page.getByText('This manifest is missing')).toBeVisible()
  await platforms.getByRole('button', { name: '100 of 1,990 more' }).click()
  await expect(platforms.getByRole('link')).toHaveCount(110)
  await platforms.getByRole('link', { name: 'linux/a0105' }).click()
  await expect(page.getByText('The index names it for linux/a0105')).toBeVisible()
  await page.goto('/r/tools/oddities:nested?tab=raw')
  await expect(page.getByRole('combobox', { name: 'Other documents' })).toBeVisible()
  expect(new Set(asked)).toEqual(new Set(['nested', digest(0), digest(105)]))
})

test('an index of two thousand things without a platform is a list that grows by hundreds', async ({
  page,
}) => {
  // an index within an index: what the outer one shows of it is its list
  const inner = digest(0xabc)
  const asked = await serve(page, {
    nested: index([{ mediaType: INDEX, digest: inner, size: 1 }]),
    [inner]: index(children(2000, () => ({}))),
  })
  await page.goto('/r/tools/oddities:nested')
  const rows = page.getByRole('list', { name: 'Manifests' }).getByRole('listitem')
  await expect(rows).toHaveCount(100)
  await page.getByRole('button', { name: 'Show 100 more of 2,000 manifests' }).click()
  await expect(rows).toHaveCount(200)
  expect(new Set(asked)).toEqual(new Set(['nested', inner]))
})

// a page lists what the index shown of it lists: each click leads two levels down
const entry = (n: number) => ({ mediaType: INDEX, digest: digest(n), size: 1 })

for (const [name, documents, path] of [
  [
    'two that name each other',
    { nested: index([entry(2)]), [digest(1)]: index([entry(2)]), [digest(2)]: index([entry(1)]) },
    [1, 1],
  ],
  ['one that names itself', { nested: index([entry(7)]), [digest(7)]: index([entry(7), entry(7)]) }, [7, 7]],
  [
    'thirteen within each other',
    {
      nested: index([entry(1)]),
      ...Object.fromEntries(Array.from({ length: 13 }, (_, n) => [digest(n + 1), index([entry(n + 2)])])),
    },
    [2, 4, 6, 8, 10, 12],
  ],
] as const)
  test(`indexes in indexes are followed by who clicks, the page stays whole: ${name}`, async ({ page }) => {
    const asked = await serve(page, documents)
    await page.goto('/r/tools/oddities:nested')
    const list = page.getByRole('list', { name: 'Manifests' })
    for (const n of path) {
      await list.getByRole('link', { name: 'Index' }).first().click()
      await expect(page).toHaveURL(`/r/tools/oddities@${digest(n)}`)
      await expect(list).toBeVisible()
    }
    for (const tab of ['Referrers', 'Raw']) {
      await page
        .getByRole('navigation', { name: 'Parts of the page' })
        .getByRole('link', { name: tab })
        .click()
      await expect(page.getByRole('navigation', { name: 'Platforms' })).toBeVisible()
    }
    await expect(page.getByText('"manifests"')).toBeVisible()
    // each page is its index and the one shown of it
    expect(asked.length).toBeLessThanOrEqual(2 * path.length + 4)
  })
