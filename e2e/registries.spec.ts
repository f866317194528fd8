// The main job against real registries, each behind its real guard.

import { ACCOUNTS } from './accounts.ts'
import { test as base, expect, expectAccessible, signIn, signOut } from './page.ts'
import {
  absentStack,
  type Gantry,
  missingTools,
  STACKS,
  type Stack,
  type StackName,
  startStack,
} from './registries.ts'

const password = (name: keyof typeof ACCOUNTS) => ACCOUNTS[name].password
const test = base.extend<{ baseURL: string }, { stackName: StackName; stack: Stack; gantry: Gantry }>({
  stackName: [STACKS[0], { scope: 'worker', option: true }],
  stack: [
    async ({ stackName }, use) => {
      // Playwright wants the base URL, and so the stack, of tests that are about to be skipped too
      const stack = missingTools(stackName).length > 0 ? absentStack(stackName) : await startStack(stackName)
      await use(stack)
      await stack.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  gantry: [async ({ stack }, use) => use(await stack.startGantry()), { scope: 'worker' }],
  baseURL: async ({ gantry }, use) => use(gantry.origin),
})

/** The first test of a stack starts it; the last one stops its parts. */
test.describe.configure({ mode: 'serial' })
// before all, not each: a test's page would want its browser first
test.beforeAll(({ stackName }) => {
  const missing = missingTools(stackName)
  test.skip(missing.length > 0, `needs ${missing.join(', ')}`)
})
const takesAnyPassword = (name: StackName) => name.includes('registry-oauth-server')
const isBasic = (name: StackName) => name.includes('htpasswd')

test('a deep link leads through the login and back; from the repositories to an image', async ({
  page,
  stack,
}) => {
  await page.goto('/r/payments/api:1.10.0')
  await expect(page).toHaveURL(/\/login\?next=/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Sign in to ${stack.registry}`)
  await signIn(page, 'admin', password('admin'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('payments/api:1.10.0')
  await expect(page.getByRole('navigation', { name: 'Platforms' }).getByRole('link')).toHaveText([
    'linux/amd64',
    'linux/arm64',
  ])
  await expect(page.getByText('/api amd64')).toBeVisible()
  await expectAccessible(page)
  await page.goto('/')
  await expect(page.getByRole('tree').getByRole('treeitem')).toHaveText([
    'base1',
    'payments1',
    'secret1',
    'web1',
  ])
  await page.getByRole('treeitem', { name: 'payments' }).click()
  await page.getByRole('treeitem', { name: 'api' }).click()
  await expect(page.getByRole('region', { name: 'All tags' }).getByRole('link')).toHaveText([
    'latest',
    '1.10.0',
    '1.10.0-rc.1',
    '1.9.0',
    'part-amd64',
    'part-arm64',
  ])
  for (const tag of ['12', 'docker']) {
    await page.goto(`/r/base/debian:${tag}`)
    await expect(page.getByText('/bin/cat', { exact: true })).toBeVisible()
  }
})

test('a wrong password is said on the form', async ({ page, stackName }) => {
  test.skip(takesAnyPassword(stackName), 'this token server takes any password')
  await page.goto('/login')
  await signIn(page, 'mira', 'wrong')
  await expect(page.getByRole('alert')).toHaveText('The registry refused this name and password.')
  await signIn(page, 'nobody', 'wrong')
  await expect(page.getByRole('alert')).toHaveText('The registry refused this name and password.')
})

test('a forbidden repository is shown as such, and the session continues', async ({ page, stackName }) => {
  test.skip(isBasic(stackName), 'htpasswd knows no rights: who is in may read all')
  await page.goto('/login')
  await signIn(page, 'mira', password('mira'))
  await expect(page).toHaveURL('/')
  await page.goto('/r/secret/vault')
  await expect(page.getByText('Not allowed')).toBeVisible()
  await page.goto('/r/payments/api')
  await expect(page.getByRole('link', { name: '1.10.0', exact: true })).toBeVisible()
})

test('without catalog rights a repository is opened by its name', async ({ page, stackName }) => {
  test.skip(isBasic(stackName), 'htpasswd knows no rights: who is in may read all')
  await page.goto('/login')
  await signIn(page, 'carl', password('carl'))
  await page.getByLabel('Open a repository by name').fill('web/storefront')
  await page.getByRole('button', { name: 'Open' }).click()
  await expect(page.getByRole('link', { name: '1.0.0' })).toBeVisible()
})

test('after logging out the back button shows nothing, and the cookie is worth nothing', async ({
  page,
  context,
}) => {
  await page.goto('/login?next=/r/payments/api')
  await signIn(page, 'mira', password('mira'))
  await expect(page.getByRole('link', { name: '1.10.0', exact: true })).toBeVisible()
  const cookies = await context.cookies()
  await signOut(page)
  await expect(page).toHaveURL('/login')
  await page.goBack()
  await expect(page).toHaveURL(/\/login/)
  await expect(page.getByText('1.10.0')).toHaveCount(0)
  await context.addCookies(cookies)
  expect((await context.request.get('/v2/payments/api/tags/list')).status()).toBe(401)
})

test('warm: no further token request', async ({ context, stack }) => {
  await context.request.post('/api/session', { data: { username: 'mira', password: password('mira') } })
  await context.request.get('/v2/payments/api/tags/list')
  const before = stack.tokenRequests()
  const responses = await Promise.all(
    Array.from({ length: 20 }, () => context.request.get('/v2/payments/api/tags/list')),
  )
  expect(new Set(responses.map((response) => response.status()))).toEqual(new Set([200]))
  expect(stack.tokenRequests() - before).toBe(0)
})

test('TOKEN_CACHE=0 asks for each request, and works', async ({ context, stack }) => {
  const { origin } = await stack.startGantry({ TOKEN_CACHE: '0' })
  await context.request.post(`${origin}/api/session`, {
    data: { username: 'mira', password: password('mira') },
  })
  const before = stack.tokenRequests()
  for (let i = 0; i < 3; i++)
    expect((await context.request.get(`${origin}/v2/payments/api/tags/list`)).status()).toBe(200)
  expect(stack.tokenRequests() - before).toBe(isBasic(stack.name) ? 0 : 3)
})

test('a wrong REGISTRY_AUTH_TYPE is named in the error', async ({ page, stack }) => {
  const { origin } = await stack.startGantry({ REGISTRY_AUTH_TYPE: isBasic(stack.name) ? 'token' : 'basic' })
  await page.goto(`${origin}/login`)
  await signIn(page, 'admin', password('admin'))
  await expect(page.getByRole('alert')).toContainText(
    `REGISTRY_AUTH_TYPE=${isBasic(stack.name) ? 'basic' : 'token'}`,
  )
})

test('token server and registry down: the page says so, the session is kept', async ({
  page,
  stack,
  gantry,
}) => {
  await page.goto('/login?next=/r/payments/api')
  await signIn(page, 'mira', password('mira'))
  await expect(page.getByRole('link', { name: '1.10.0', exact: true })).toBeVisible()
  await stack.stopTokenServer()
  if (!isBasic(stack.name)) {
    await page.goto('/r/payments/other')
    await expect(page.getByRole('region', { name: 'Tags' }).getByRole('alert')).toContainText(
      'The token server cannot be reached',
    )
  }
  await stack.stopRegistry()
  await page.goto('/r/payments/api')
  await expect(page.getByRole('region', { name: 'Tags' }).getByRole('alert')).toContainText(
    'The registry cannot be reached',
  )
  await expect(page.getByLabel('Account: mira')).toBeVisible()
  for (const { password: secret } of Object.values(ACCOUNTS)) expect(gantry.log()).not.toContain(secret)
})
