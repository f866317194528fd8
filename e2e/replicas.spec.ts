// Several replicas: who is served by which one is nothing that anybody notices.

import { createHash } from 'node:crypto'
import type { BrowserContext } from '@playwright/test'
import { ACCOUNTS } from './accounts.ts'
import { test as base, expect, openReference, signIn, signOut } from './page.ts'
import { missingTools, type Replicas, startReplicas } from './replicas.ts'

const missing = missingTools()
const test = base.extend<{ baseURL: string }, { replicas: Replicas }>({
  replicas: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const replicas = await startReplicas()
      await use(replicas)
      await replicas.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  baseURL: async ({ replicas }, use) => use(replicas.origin),
})

/** The last test kills one of them. */
test.describe.configure({ mode: 'serial' })
test.skip(missing.length > 0, `needs ${missing.join(', ')}`)

/** The browser's Cookie field. */
async function cookieOf(context: BrowserContext): Promise<string> {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
}

/** What a replica says to a cookie. */
async function ask(
  origin: string,
  cookie: string,
): Promise<{ user: unknown; tags: number; reason: unknown }> {
  const session = await fetch(`${origin}/api/session`, { headers: { cookie } })
  const tags = await fetch(`${origin}/v2/payments/api/tags/list`, { headers: { cookie } })
  const body = await tags.json()
  return { user: (await session.json()).user, tags: tags.status, reason: body.errors?.[0]?.detail?.reason }
}

test('a login holds on both replicas, and so does the logout, at once', async ({
  page,
  context,
  replicas,
}) => {
  await page.goto('/r/payments/api:1.10.0')
  await signIn(page, 'mira', ACCOUNTS.mira.password)
  await expect(openReference(page)).toContainText('payments/api')
  const field = await cookieOf(context)
  for (const { origin } of replicas.replicas)
    expect(await ask(origin, field)).toEqual({ user: 'mira', tags: 200, reason: undefined })
  await signOut(page)
  await expect(page.getByLabel(/^Account: /)).toHaveCount(0)
  for (const { origin } of replicas.replicas)
    expect(await ask(origin, field)).toEqual({ user: null, tags: 401, reason: 'session_ended' })
})

test('while a blob comes through one replica the other is killed: nobody notices', async ({
  page,
  context,
  replicas,
}) => {
  const { digest, size } = replicas.blob
  await page.goto('/login')
  await signIn(page, 'mira', ACCOUNTS.mira.password)
  await expect(page.getByRole('treeitem', { name: 'payments' })).toBeVisible()

  // no further than the first chunk: a slow line
  const cookie = await cookieOf(context)
  const answer = await fetch(`${replicas.origin}/v2/payments/big/blobs/${digest}`, { headers: { cookie } })
  const reader = answer.body?.getReader()
  const hash = createHash('sha256')
  const read = async () => {
    const part = await reader?.read()
    if (part?.value !== undefined) hash.update(part.value)
    return part?.value?.length ?? 0
  }
  let received = await read()
  const servedBy = `http://${answer.headers.get('x-served-by')}`
  const [other] = replicas.replicas.filter(({ origin }) => origin !== servedBy)
  expect(other).toBeDefined()
  other?.kill()

  await page.getByRole('treeitem', { name: 'payments' }).click()
  await page.getByRole('treeitem', { name: 'api' }).click()
  const tags = page.getByRole('region', { name: 'All tags' }).getByRole('link')
  await expect(tags.first()).toHaveText('latest')
  await tags.filter({ hasText: '1.9.0' }).click()
  await expect(page.getByText('/api amd64')).toBeVisible()
  await page.reload()
  await expect(page.getByText('/api amd64')).toBeVisible()
  await expect(page.getByLabel('Account: mira')).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)

  expect(received).toBeLessThan(size / 2)
  for (let length = await read(); length > 0; length = await read()) received += length
  expect([received, `sha256:${hash.digest('hex')}`]).toEqual([size, digest])
})
