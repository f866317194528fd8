// The states of a deletion. Nothing is deleted: what the registry would say is said for it.

import type { Page } from '@playwright/test'
import type { DeletionPlan, PlannedManifest } from '../shared/api/deletion.ts'
import type { Scene } from './scenes.ts'

const manifest = (index: number, change: Partial<PlannedManifest> = {}): PlannedManifest => ({
  digest: `sha256:${String(index).padStart(2, '0').repeat(32)}`,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  asked: [`4.${index}.0`],
  others: [],
  platforms: ['linux/amd64', 'linux/arm/v7', 'linux/arm64/v8'],
  referrers: [],
  ...change,
})
const signature = { type: 'cosign signature', tag: `sha256-${'12'.repeat(32)}.sig` }
const PLAN: DeletionPlan = {
  mode: 'tag',
  manifests: [
    manifest(12, {
      asked: ['latest', '4.12.1'],
      referrers: [signature, { type: 'SPDX SBOM', digest: `sha256:${'ab'.repeat(32)}` }],
    }),
    manifest(9, { asked: ['4.9.2'], others: ['4.9', 'stable'] }),
    manifest(8, { imageOf: ['4.8-all'] }),
  ],
  broken: ['4.0.0-interrupted'],
  gone: [],
  tagCount: 36,
  bytes: 84_213_006,
}

/** The server's response to a request for a deletion plan. */
export async function planIs(page: Page, plan: DeletionPlan): Promise<void> {
  await page.route('**/deletion-plan', (route) =>
    route.fulfill({
      contentType: 'application/x-ndjson',
      body: `${JSON.stringify({ progress: { known: 20, all: plan.tagCount } })}\n${JSON.stringify({ plan })}\n`,
    }),
  )
}

interface FakeResponse {
  readonly status: number
  readonly code?: string
  readonly message?: string
}

/** A registry's responses to deletions: 202, or the one of `status`. */
export async function deletionsAre(
  page: Page,
  response: (reference: string) => FakeResponse | Promise<FakeResponse> | 'never',
): Promise<void> {
  await page.route('**/v2/**/manifests/*', async (route) => {
    if (route.request().method() !== 'DELETE') return route.continue()
    const answered = await response(decodeURIComponent(route.request().url().split('/').at(-1) ?? ''))
    if (answered === 'never') return new Promise(() => {})
    const { status, code, message } = answered
    return route.fulfill(code === undefined ? { status } : { status, json: { errors: [{ code, message }] } })
  })
}

async function tick(page: Page, ...tags: readonly string[]): Promise<void> {
  for (const tag of tags) await page.getByRole('checkbox', { name: `Select ${tag}`, exact: true }).check()
}
async function ask(page: Page): Promise<void> {
  await tick(page, 'latest', '4.12.1', '4.9.2')
  await page.getByRole('button', { name: 'Delete…', exact: true }).click()
  await page.getByRole('dialog').waitFor()
}
async function agree(page: Page): Promise<void> {
  await ask(page)
  await page.getByLabel(/^To confirm, type/).fill('payments/api')
  await page.getByRole('button', { name: /^Delete \d+ tags$/ }).click()
  await page.getByText('deleted').first().waitFor()
}

const scene = (name: string, prepare: Scene['prepare'], act: Scene['act']): Scene => ({
  name,
  user: 'admin',
  path: '/r/payments/api',
  ...(prepare && { prepare }),
  ...(act && { act }),
})

export const DELETION_SCENES: readonly Scene[] = [
  scene('tags-selected', undefined, (page) => tick(page, 'latest', '4.12.1', '4.9.2')),
  scene(
    'delete-planning',
    async (page) => {
      await page.route('**/deletion-plan', () => new Promise(() => {}))
    },
    ask,
  ),
  scene(
    'delete-denied',
    async (page) => {
      await page.route('**/deletion-plan', (route) =>
        route.fulfill({
          status: 403,
          json: { errors: [{ code: 'DENIED', message: 'Your account may not delete here.' }] },
        }),
      )
    },
    ask,
  ),
  scene(
    'delete-one',
    (page) => planIs(page, { ...PLAN, manifests: [manifest(9, { asked: ['4.9.2'] })], broken: [] }),
    ask,
  ),
  scene('delete-tags', (page) => planIs(page, PLAN), ask),
  scene('delete-images', (page) => planIs(page, { ...PLAN, mode: 'digest', partial: true }), ask),
  scene(
    'delete-in-doubt',
    (page) =>
      planIs(page, {
        ...PLAN,
        mode: 'digest',
        bytes: 0,
        partial: true,
        bytesAtMost: PLAN.bytes,
        referrersUnknown: 'refused',
      }),
    ask,
  ),
  scene(
    'delete-no-plan',
    async (page) => {
      const error = {
        code: 'UNSUPPORTED',
        message:
          'Gantry cannot say what the tag multi would lose: indexes are nested more than 8 levels deep there.',
        detail: { reason: 'too_much_to_read', tag: 'multi' },
      }
      await page.route('**/deletion-plan', (route) =>
        route.fulfill({ contentType: 'application/x-ndjson', body: `${JSON.stringify({ error })}\n` }),
      )
    },
    ask,
  ),
  scene(
    'delete-nothing',
    (page) => planIs(page, { ...PLAN, mode: 'digest', manifests: [], gone: ['4.9.2'] }),
    ask,
  ),
  scene(
    'delete-running',
    async (page) => {
      await planIs(page, PLAN)
      await deletionsAre(page, (reference) =>
        reference === 'latest'
          ? { status: 502, code: 'UNAVAILABLE', message: 'The registry could not delete it.' }
          : reference === '4.8.0'
            ? 'never'
            : { status: 202 },
      )
    },
    agree,
  ),
  scene(
    'delete-stopped',
    async (page) => {
      await planIs(page, PLAN)
      await deletionsAre(page, () => ({
        status: 409,
        code: 'CONFLICT',
        message: '4.9.2 names another manifest by now: nothing was deleted. Look at the plan again.',
      }))
    },
    agree,
  ),
  scene(
    'delete-finished',
    async (page) => {
      await planIs(page, { ...PLAN, mode: 'digest', broken: [] })
      await deletionsAre(page, () => ({ status: 202 }))
    },
    agree,
  ),
]
