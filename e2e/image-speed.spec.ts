// How few requests in a row it takes to open an image.

import { expect, signIn, test } from './demo.ts'

test.beforeEach(async ({ page }) => {
  await page.goto('/login')
  await signIn(page, 'admin', 'admin-demo')
  await expect(page).toHaveURL('/')
})

test('a hovered link is prefetched: the click needs no further request', async ({ page }) => {
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

test('from the table one round trip opens an index: its image and config are requested in parallel', async ({
  page,
}) => {
  await page.goto('/r/web/assets')
  const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: '7', exact: true }) })
  await expect(row.getByRole('button', { name: 'Copy the digest of 7' })).toBeAttached()
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route('**/v2/web/assets/manifests/7', async (route) => {
    await held
    await route.continue()
  })
  const asked: string[] = []
  page.on('request', (request) => {
    const [, part] = /\/(manifests\/7$|manifests|blobs)/.exec(request.url()) ?? []
    if (part !== undefined && !/sha256-/.test(request.url())) asked.push(part)
  })
  await row.getByRole('link', { name: '7', exact: true }).click()
  await expect.poll(() => [...asked].sort()).toEqual(['blobs', 'manifests', 'manifests/7'])
  release()
  await expect(page.getByText('Entrypoint', { exact: true })).toBeVisible()
  expect(asked).toHaveLength(3)
})

test('a tag moved since the table was loaded opens as it is now', async ({ page }) => {
  await page.goto('/r/web/assets')
  const link = page.getByRole('link', { name: '7', exact: true })
  await expect(page.getByRole('button', { name: 'Copy the digest of 7' })).toBeAttached()
  await page.route('**/v2/web/assets/manifests/7', async (route) => {
    const headers = { accept: 'application/vnd.oci.image.index.v1+json' }
    const moved = await page.request.get('/v2/payments/api/manifests/4.12.1', { headers })
    await route.fulfill({ response: moved })
  })
  await page.route('**/v2/web/assets/*/sha256:*', (route) =>
    route.continue({ url: route.request().url().replace('/web/assets/', '/payments/api/') }),
  )
  await link.click()
  await expect(page.getByText('/app/api', { exact: true })).toBeVisible()
})

test('opened by URL, an image takes two requests in a row and an index three: no digest is known earlier', async ({
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
