// What other sites can do: nothing. Row 42 is of the fault matrix.

import type { Page } from '@playwright/test'
import { expect, NAMES, STOPPED, signIn, test } from './attacked.ts'
import { attack } from './attacker.ts'
import type { Relay } from './relay.ts'

// the certificate is the test's own
test.use({ ignoreHTTPSErrors: true })

const MANIFEST = '/v2/web/storefront/manifests/2026.10.7'
const TARGETS = ['/api/session', MANIFEST, '/api/repositories/web/storefront/summaries']
/** POSTs that `attack` sends to each. */
const POSTS = 11

/** Who is logged in at this browser, as Gantry's own page learns it. */
async function whoIsHere(page: Page): Promise<unknown> {
  return page.evaluate(async () => (await (await fetch('/api/session')).json()).user)
}

async function enter(page: Page, origin: string, user: string): Promise<void> {
  await page.goto(`${origin}/login`)
  await signIn(page, user, `${user}-demo`)
  await expect(page.getByLabel(`Account: ${user}`)).toBeVisible()
}

/** How the attacker's site is related to Gantry's, and where both are. */
const PLACES = [
  ['another port of its host', 'http', 'localhost', 'localhost'],
  ['another site', 'http', 'localhost', '127.0.0.1'],
  ['another port of its name', 'http', NAMES.gantry, NAMES.gantry],
  ['a sibling site', 'http', NAMES.gantry, NAMES.sibling],
  ['a stranger', 'http', NAMES.gantry, NAMES.stranger],
  ['another scheme of its name', 'https', NAMES.gantry, NAMES.gantry],
  ['a sibling site', 'https', NAMES.gantry, NAMES.sibling],
  ['a stranger', 'https', NAMES.gantry, NAMES.stranger],
] as const

for (const [who, scheme, gantryHost, attackerHost] of PLACES)
  for (const user of ['admin', undefined])
    test(`row 42: CSRF from ${who} on ${gantryHost} (${scheme}), ${user ?? 'nobody'} logged in: 403`, async ({
      attacker,
      context,
      page,
      registry,
      relay: plainRelay,
      secureRelay,
      expectInConsole,
    }) => {
      expectInConsole(STOPPED)
      const relay: Relay = scheme === 'https' ? secureRelay : plainRelay
      const origin = `${scheme}://${gantryHost}:${relay.port}`
      if (user !== undefined) await enter(page, origin, user)
      await page.goto(`${origin}/login`)
      await page.waitForLoadState('networkidle')
      const before = await context.cookies()
      await registry.forget()
      relay.passed.length = 0
      const evil = await context.newPage()
      // who is not logged in has nothing to lose but being logged in as somebody else
      const targets = user === undefined ? TARGETS.slice(0, 1) : TARGETS
      for (const target of targets) {
        await evil.goto(`http://${attackerHost}:${attacker.port}/`)
        await attack(evil, `${origin}${target}`)
      }
      const posts = () => relay.passed.filter(({ method }) => method === 'POST')
      await expect.poll(() => posts().length).toBe(targets.length * POSTS)
      expect(posts().filter(({ status }) => status !== 403)).toEqual([])
      // DELETE and JSON need a preflight, which is never allowed
      expect(relay.passed.filter(({ method }) => method === 'DELETE')).toEqual([])
      const fields = relay.passed.flatMap(({ responseHeaders }) => Object.keys(responseHeaders))
      expect(fields.filter((name) => /^access-control-|^set-cookie$/.test(name))).toEqual([])
      expect(await registry.asked()).toEqual({ registry: [], tokens: [] })
      expect(await context.cookies()).toEqual(before)
      expect(await whoIsHere(page)).toBe(user ?? null)
    })

test('row 42: another site can link to the page, and neither send its cookie nor read its data', async ({
  attacker,
  context,
  page,
  relay,
  expectInConsole,
}) => {
  expectInConsole(STOPPED)
  const origin = `http://localhost:${relay.port}`
  await enter(page, origin, 'admin')
  const evil = await context.newPage()
  await evil.goto(`http://127.0.0.1:${attacker.port}/`)
  relay.passed.length = 0
  const read = await evil.evaluate(async (url) => {
    const picture = new Promise((resolve) => {
      const image = new Image()
      Object.assign(image, { onload: () => resolve('shown'), onerror: () => resolve('blocked'), src: url })
    })
    const text = await fetch(url, { credentials: 'include' }).then(
      (response) => response.text(),
      () => 'blocked',
    )
    return [await picture, text]
  }, `${origin}${MANIFEST}`)
  expect(read).toEqual(['blocked', 'blocked'])
  await evil.evaluate((url) => location.assign(url), `${origin}/r/web/storefront`)
  // the page is the same for all users, and fetches its data itself
  await expect(evil.getByRole('link', { name: '2026.11.2', exact: true })).toBeVisible()
  const foreign = relay.passed.filter(({ headers }) => headers['sec-fetch-site'] === 'cross-site')
  expect(foreign.length).toBeGreaterThanOrEqual(3)
  expect(foreign.filter(({ headers }) => headers.cookie !== undefined)).toEqual([])
})

test('row 42: its own page may do what other sites may not', async ({ page, registry, relay }) => {
  await enter(page, `http://${NAMES.gantry}:${relay.port}`, 'admin')
  await registry.forget()
  const status = await page.evaluate(
    async () => (await fetch('/v2/nightly/manifests/2026-11-18', { method: 'DELETE' })).status,
  )
  expect(status).toBe(202)
  expect((await registry.asked()).registry.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
})

test('cookies on https: __Host-, Secure, HttpOnly, SameSite=Strict, a new one at each login', async ({
  context,
  page,
  secureRelay,
}) => {
  const origin = `https://${NAMES.gantry}:${secureRelay.port}`
  await enter(page, origin, 'admin')
  const [cookie, ...others] = await context.cookies()
  expect(others).toEqual([])
  expect(cookie).toMatchObject({
    name: expect.stringMatching(/^__Host-gantry-[0-9a-f]{8}$/),
    domain: NAMES.gantry,
    path: '/',
    secure: true,
    httpOnly: true,
    sameSite: 'Strict',
  })
  expect(await page.evaluate(() => document.cookie)).toBe('')
  await enter(page, origin, 'mira')
  const [next] = await context.cookies()
  expect(next?.value).not.toBe(cookie?.value)
  // the one before it is dead
  await context.clearCookies()
  await context.addCookies([cookie!])
  expect(await whoIsHere(page)).toBeNull()
  const strict = secureRelay.passed.find(({ url }) => url === '/login')?.responseHeaders
  expect(strict?.['strict-transport-security']).toContain('max-age=')
})

test('cookies on plain http, at a name that is not localhost: login works, HttpOnly and SameSite=Strict', async ({
  context,
  page,
  relay,
}) => {
  await enter(page, `http://${NAMES.gantry}:${relay.port}`, 'admin')
  const [cookie, ...others] = await context.cookies()
  expect(others).toEqual([])
  expect(cookie).toMatchObject({
    name: expect.stringMatching(/^gantry-[0-9a-f]{8}$/),
    domain: NAMES.gantry,
    path: '/',
    secure: false,
    httpOnly: true,
    sameSite: 'Strict',
  })
  const headers = relay.passed.find(({ url }) => url === '/login')?.responseHeaders
  expect(headers).not.toHaveProperty('strict-transport-security')
})

test('a sibling site cannot plant a session of its own where Gantry is on https', async ({
  attacker,
  context,
  page,
  secureRelay,
}) => {
  const origin = `https://${NAMES.gantry}:${secureRelay.port}`
  // the attacker's own session, sealed by this very Gantry as it does for plain http
  const login = await fetch(`http://127.0.0.1:${secureRelay.gantryPort()}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `http://${NAMES.gantry}:${secureRelay.port}` },
    body: JSON.stringify({ username: 'carl', password: 'carl-demo' }),
  })
  const planted = /^(gantry-[0-9a-f]{8}=[^;]+)/.exec(login.headers.get('set-cookie') ?? '')?.[1]
  expect(planted).toBeDefined()
  const evil = await context.newPage()
  const cookies = new URLSearchParams({ cookie: `${planted}; domain=gantry.test; path=/` })
  cookies.append('cookie', `__Host-${planted}; domain=gantry.test; path=/; secure`)
  await evil.goto(`http://${NAMES.sibling}:${attacker.port}/?${cookies}`)
  secureRelay.passed.length = 0
  await page.goto(`${origin}/login`)
  expect(await whoIsHere(page)).toBeNull()
  expect(secureRelay.passed.at(-1)?.headers.cookie).toBe(planted)
  await enter(page, origin, 'admin')
  expect(await whoIsHere(page)).toBe('admin')
})
