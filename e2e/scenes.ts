// Every state of every screen, on the demo: looked at in pictures, and checked for accessibility.

import type { Page, Route } from '@playwright/test'
import { branded } from './branded-page.ts'
import { DELETION_SCENES } from './deletion-scenes.ts'
import { loseSession, signIn } from './page.ts'

export interface Scene {
  readonly name: string
  /** The signed-in user; undefined for none. */
  readonly user?: 'admin' | 'mira' | 'carl'
  readonly path: string
  /** Before the page is opened: what its requests will meet. */
  readonly prepare?: (page: Page) => Promise<void>
  /** Once it is there. */
  readonly act?: (page: Page) => Promise<void>
}

const envelope = (status: number, code: string, message: string, reason?: string) => ({
  status,
  json: { errors: [{ code, message, ...(reason && { detail: { reason } }) }] },
})
const DOWN = envelope(
  502,
  'UNAVAILABLE',
  'The registry cannot be reached. Check that it runs.',
  'registry_down',
)

/** Requests of this kind never get a response. */
const hanging = (pattern: string) => async (page: Page) => {
  await page.route(pattern, () => new Promise(() => {}))
}
const answering = (pattern: string, response: Parameters<Route['fulfill']>[0]) => async (page: Page) => {
  await page.route(pattern, (route) => route.fulfill(response))
}
/** The registry's list, with a next page that cannot be reached. */
const incomplete = (pattern: string) => async (page: Page) => {
  await page.route(pattern, async (route) => {
    const response = await route.fetch()
    await route.fulfill({ response, headers: { ...response.headers(), 'x-gantry-list': 'incomplete' } })
  })
}
const CATALOG = '**/v2/_catalog**'
const TAGS = '**/tags/list**'
const SUMMARIES = '**/summaries'
const MANIFESTS = '**/manifests/**'
const REFERRERS = '**/referrers/**'

/** The first page loads, the second does not. */
async function halfACatalog(page: Page): Promise<void> {
  await page.route(CATALOG, (route) =>
    route.request().url().includes('last=')
      ? route.fulfill(DOWN)
      : route.fulfill({
          json: { repositories: ['base/debian', 'billing/tax', 'data/lake/query'] },
          headers: { link: '</v2/_catalog?n=3&last=data>; rel="next"' },
        }),
  )
}

/** Half of the summaries load; the rest stays pending. */
async function halfOfTheSummaries(page: Page): Promise<void> {
  let requests = 0
  await page.route(SUMMARIES, async (route) => {
    requests++
    if (requests > 1) return new Promise(() => {})
    await route.continue()
  })
}

const LONG_NAME = /a-very-long/

/** Opens the repository with the longest name there may be. */
async function openLongName(page: Page): Promise<void> {
  await page.getByRole('treeitem', { name: LONG_NAME }).click()
}

/** The session ends elsewhere, and a click finds out. */
async function findSessionEnded(page: Page): Promise<void> {
  await loseSession(page)
  await page.getByRole('link', { name: '4.12.1', exact: true }).click()
  await page.getByRole('dialog').waitFor()
}

/** Opens the palette and types into it. */
const inPalette = (text: string) => async (page: Page) => {
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill(text)
}

const admin = 'admin' as const
const mira = 'mira' as const

export const SCENES: readonly Scene[] = [
  { name: 'login', path: '/login' },
  { name: 'login-refused', path: '/login', act: (page) => signIn(page, 'mira.ek', 'wrong') },
  { name: 'login-next', path: '/r/payments/api' },
  { name: 'repositories', user: admin, path: '/' },
  { name: 'repositories-flat', user: admin, path: '/?view=flat' },
  { name: 'repositories-filter', user: admin, path: '/?filter=a' },
  { name: 'repositories-no-match', user: admin, path: '/?filter=zzz' },
  { name: 'repositories-closed', user: 'carl', path: '/' },
  { name: 'repositories-loading', user: admin, path: '/', prepare: hanging(CATALOG) },
  { name: 'repositories-failed', user: admin, path: '/', prepare: answering(CATALOG, DOWN) },
  { name: 'repositories-half', user: admin, path: '/', prepare: halfACatalog },
  { name: 'repositories-incomplete', user: admin, path: '/', prepare: incomplete(CATALOG) },
  {
    name: 'repositories-empty',
    user: admin,
    path: '/',
    prepare: answering(CATALOG, { json: { repositories: [] } }),
  },
  { name: 'guest', path: '/r/public/hello' },
  {
    name: 'account-menu',
    user: mira,
    path: '/r/payments/api',
    act: (page) => page.getByLabel(/^Account/).click(),
  },
  { name: 'tags', user: mira, path: '/r/payments/api' },
  { name: 'tags-by-size', user: mira, path: '/r/payments/api?sort=-size' },
  { name: 'tags-sorting', user: mira, path: '/r/payments/api?sort=-created', prepare: halfOfTheSummaries },
  { name: 'tags-filter', user: mira, path: '/r/payments/api?filter=4.1' },
  { name: 'tags-pattern', user: mira, path: '/r/payments/api?filter=%2F%5E4%5C.(8%7C9)%2F' },
  { name: 'tags-no-match', user: mira, path: '/r/payments/api?filter=zzz' },
  { name: 'tags-bad-pattern', user: mira, path: '/r/payments/api?filter=%2F(%2F' },
  { name: 'tags-signatures', user: mira, path: '/r/payments/api?attached=shown&filter=sha256' },
  {
    name: 'tags-columns',
    user: mira,
    path: '/r/payments/api',
    act: (page) => page.getByLabel('Columns').click(),
  },
  { name: 'tags-broken', user: mira, path: '/r/payments/ledger' },
  { name: 'tags-artifacts', user: admin, path: '/r/tools/helm-chart' },
  { name: 'tags-loading', user: mira, path: '/r/payments/api', prepare: hanging(TAGS) },
  { name: 'tags-pending', user: mira, path: '/r/payments/api', prepare: hanging(SUMMARIES) },
  { name: 'tags-no-summaries', user: mira, path: '/r/payments/api', prepare: answering(SUMMARIES, DOWN) },
  { name: 'tags-failed', user: mira, path: '/r/payments/api', prepare: answering(TAGS, DOWN) },
  { name: 'tags-incomplete', user: admin, path: '/r/payments/api', prepare: incomplete(TAGS) },
  { name: 'tags-empty', user: admin, path: '/r/tools/empty' },
  { name: 'tags-denied', user: mira, path: '/r/web/storefront' },
  { name: 'tags-not-found', user: admin, path: '/r/payments/nothing-here' },
  { name: 'tags-long', user: admin, path: '/?filter=a-very-long', act: openLongName },
  { name: 'tags-deep', user: admin, path: `/r/edge/${'deep/'.repeat(20)}down` },
  { name: 'tags-platforms', user: admin, path: '/r/edge/platforms' },
  { name: 'image', user: mira, path: '/r/payments/api:4.12.1' },
  { name: 'image-layers', user: mira, path: '/r/payments/api:4.12.1?tab=layers' },
  { name: 'image-dockerfile', user: mira, path: '/r/payments/api:4.12.1?tab=layers&view=dockerfile' },
  { name: 'image-referrers', user: mira, path: '/r/payments/api:4.12.1?tab=referrers' },
  {
    name: 'image-referrers-incomplete',
    user: mira,
    path: '/r/payments/api:4.12.1?tab=referrers',
    prepare: incomplete('**/referrers/**'),
  },
  {
    name: 'image-referrers-refused',
    user: mira,
    path: '/r/payments/api:4.12.1?tab=referrers',
    prepare: answering(
      REFERRERS,
      envelope(403, 'DENIED', 'The registry does not let this account list what refers to an image.'),
    ),
  },
  {
    name: 'image-referrers-none',
    user: mira,
    path: '/r/payments/api:4.12.1?tab=referrers',
    prepare: answering(REFERRERS, envelope(404, 'NAME_UNKNOWN', 'This registry cannot list referrers.')),
  },
  { name: 'image-raw', user: mira, path: '/r/payments/api:4.12.1?tab=raw' },
  { name: 'image-docker', user: mira, path: '/r/payments/ledger:latest' },
  { name: 'image-chart', user: admin, path: '/r/tools/helm-chart:0.9.0' },
  { name: 'image-schema1', user: admin, path: '/r/tools/legacy:1.0' },
  { name: 'image-hostile', user: admin, path: '/r/web/storefront:hostile' },
  { name: 'image-forty-platforms', user: admin, path: '/r/edge/platforms:forty' },
  { name: 'image-no-platforms', user: admin, path: '/r/edge/platforms:none' },
  { name: 'image-no-layers', user: admin, path: '/r/edge/odd:no-layers' },
  { name: 'image-long-commands', user: admin, path: '/r/edge/odd:long-commands' },
  { name: 'image-languages', user: admin, path: '/r/edge/odd:languages' },
  { name: 'image-broken', user: mira, path: '/r/payments/ledger:1.2.0-broken' },
  { name: 'image-loading', user: mira, path: '/r/payments/api:4.12.1', prepare: hanging(MANIFESTS) },
  { name: 'image-failed', user: mira, path: '/r/payments/api:4.12.1', prepare: answering(MANIFESTS, DOWN) },
  { name: 'session-ended', user: mira, path: '/r/payments/api', act: findSessionEnded },
  { name: 'branded', user: mira, path: '/r/payments/api:4.12.1', prepare: branded },
  { name: 'branded-welcome', user: mira, path: '/', prepare: branded },
  { name: 'branded-login', path: '/login', prepare: branded },
  { name: 'palette', user: mira, path: '/r/payments/api', act: inPalette('') },
  { name: 'palette-results', user: admin, path: '/r/payments/api:4.12.1', act: inPalette('api') },
  {
    name: 'palette-reference',
    user: mira,
    path: '/',
    act: inPalette('docker pull payments/api:4.12.1'),
  },
  { name: 'palette-long', user: admin, path: '/', act: inPalette('very-long') },
  { name: 'palette-nothing', user: mira, path: '/', act: inPalette('ghcr.io/someone/app:1') },
  { name: 'keys', user: mira, path: '/r/payments/api', act: (page) => page.keyboard.press('?') },
  {
    name: 'copied-by-key',
    user: mira,
    path: '/r/payments/api:4.12.1',
    act: (page) => page.keyboard.press('y'),
  },
  ...DELETION_SCENES,
  { name: 'no-page', user: mira, path: '/nowhere' },
]

/** Opens a scene on a fresh page and waits until nothing moves any more. */
export async function playScene(page: Page, { user, path, prepare, act }: Scene): Promise<void> {
  if (user !== undefined)
    await page.context().request.post('/api/session', { data: { username: user, password: `${user}-demo` } })
  await prepare?.(page)
  await page.goto(path)
  await page.locator('main').waitFor()
  // a request that never ends keeps the network busy: then what is there by now is what there will be
  await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {})
  await act?.(page)
  // what fades in has its colours at the end only; what turns for ever has no end
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
        .map(({ finished }) => finished),
    ),
  )
}
